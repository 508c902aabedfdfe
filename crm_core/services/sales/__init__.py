"""From the first request to an accepted offer.

Work begins in `operations`, money in `finance`.
"""
