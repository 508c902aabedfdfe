"""Every pair of statuses of a report run that may follow one another.

Written from the rules of the business, not from the table that they are held against.
"""

PAIRS = {
    "report run": """
        PENDING>GENERATING GENERATING>COMPLETED GENERATING>PENDING GENERATING>FAILED
        PENDING>FAILED""",
}
