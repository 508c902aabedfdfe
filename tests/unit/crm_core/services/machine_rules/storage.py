"""Every pair of statuses of storage that may follow one another, by machine.

Written from the rules of the business, not from the tables that they are held against.
"""

PAIRS = {
    "storage unit": """
        AVAILABLE>RESERVED RESERVED>OCCUPIED RESERVED>AVAILABLE OCCUPIED>AVAILABLE
        OCCUPIED>MAINTENANCE AVAILABLE>MAINTENANCE MAINTENANCE>AVAILABLE
        AVAILABLE>OUT_OF_SERVICE MAINTENANCE>OUT_OF_SERVICE OUT_OF_SERVICE>AVAILABLE""",
    "storage booking": """
        PENDING>ACTIVE PENDING>CANCELLED ACTIVE>OVERDUE OVERDUE>ACTIVE ACTIVE>COMPLETED
        OVERDUE>COMPLETED""",
}
