"""Every pair of statuses of purchasing that may follow one another, by machine.

Written from the rules of the business, not from the tables that they are held against.
"""

PAIRS = {
    "purchase order": """
        DRAFT>SENT SENT>PARTIAL SENT>RECEIVED PARTIAL>RECEIVED DRAFT>CANCELLED SENT>CANCELLED""",
}
