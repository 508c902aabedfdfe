"""Dagster's assets, checks and schedules, one folder per area, the same file names in each.

What they compute belongs to the packages they call.
"""
