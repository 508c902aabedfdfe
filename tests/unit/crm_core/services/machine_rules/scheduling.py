"""Every pair of statuses of the calendar that may follow one another, by machine.

Written from the rules of the business, not from the tables that they are held against.
"""

PAIRS = {
    "slot": """
        SCHEDULED>IN_PROGRESS IN_PROGRESS>COMPLETED SCHEDULED>CANCELLED SCHEDULED>RESCHEDULED""",
    "availability": """
        NOT_REQUIRED>PENDING REJECTED>PENDING PENDING>APPROVED PENDING>REJECTED""",
}
