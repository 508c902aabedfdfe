"""The core's raw tables in the lake.

What they compute belongs to the packages they call.
"""
