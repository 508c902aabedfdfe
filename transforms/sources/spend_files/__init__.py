"""Marketing spend from files in a folder.

What all sources share stands one folder up.
"""
