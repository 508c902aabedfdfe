"""Everything dbt builds, and the publication of it.

What they compute belongs to the packages they call.
"""
