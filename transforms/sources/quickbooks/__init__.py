"""Accounting of QuickBooks' shape: invoices and bills.

What all sources share stands one folder up.
"""
