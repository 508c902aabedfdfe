"""Reports and when they go out.

What they compute belongs to the packages they call.
"""
