"""Rates of exchange of a central bank, of the shape of Valet.

What all sources share stands one folder up.
"""
