"""Report runs and when they are due.

Rendering is `reports`.
"""
