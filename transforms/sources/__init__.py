"""Integration sources: pulling, contracting and landing what outside systems hold.

Where the landed rows go from here (lake, dbt) belongs to transforms.lake.
"""
