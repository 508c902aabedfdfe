"""Slots, who and what is free, conflicts and what to do about them.

What happens in a slot is `operations`.
"""
