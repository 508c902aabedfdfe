"""What outside systems sent.

What they compute belongs to the packages they call.
"""
