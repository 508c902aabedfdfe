"""What a mail and SMS provider says about messages it took.

What all sources share stands one folder up.
"""
