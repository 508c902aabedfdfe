"""What devices in the field send, also late.

What it means for a journey is in `operations`.
"""
