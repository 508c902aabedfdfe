"""Stock by its ledger, reservations, and what is ordered.

What a job is charged is `operations`.
"""
