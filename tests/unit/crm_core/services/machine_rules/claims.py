"""Every pair of statuses of claims that may follow one another, by machine.

Written from the rules of the business, not from the tables that they are held against.
"""

PAIRS = {
    "claim": "OPEN>IN_REVIEW IN_REVIEW>SETTLED IN_REVIEW>DENIED DENIED>IN_REVIEW",
}
