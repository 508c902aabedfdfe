"""Who works in a tenant, what they may do, and a person's right to their data.

What a role may do by default is in `security.matrix`.
"""
