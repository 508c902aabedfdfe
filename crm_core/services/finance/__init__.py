"""Prices, taxes, bills, money in and out, and the ledger they tie out with.

What is sold is agreed in `sales`.
"""
