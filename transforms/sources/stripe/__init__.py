"""A payment processor of Stripe's shape: charges, refunds, fees, payouts, disputes.

What all sources share stands one folder up.
"""
