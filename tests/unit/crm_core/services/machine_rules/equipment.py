"""Every pair of statuses of assets that may follow one another, by machine.

Written from the rules of the business, not from the tables that they are held against.
"""

PAIRS = {
    "equipment": """
        ACTIVE>MAINTENANCE MAINTENANCE>ACTIVE ACTIVE>REPAIR REPAIR>ACTIVE ACTIVE>RETIRED
        REPAIR>RETIRED RETIRED>SOLD""",
    "work order": """
        SCHEDULED>IN_PROGRESS IN_PROGRESS>COMPLETED SCHEDULED>CANCELLED IN_PROGRESS>CANCELLED""",
    "assignment": "ACTIVE>COMPLETED ACTIVE>CANCELLED",
}
