"""The commands of `crm`, one module per word; each calls one function of a package and prints.

Rules, SQL and figures do not belong here.
"""
