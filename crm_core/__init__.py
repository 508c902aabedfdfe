"""What is recorded, and by what rules.

Knows nothing of the warehouse, of metrics, of reports or of any screen.
"""
