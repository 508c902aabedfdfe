"""Every pair of statuses of integrations and webhooks that may follow one another, by machine.

Written from the rules of the business, not from the tables that they are held against.
"""

PAIRS = {
    "integration": """
        ACTIVE>SYNCING SYNCING>ACTIVE SYNCING>ERROR ERROR>SYNCING ACTIVE>INACTIVE
        SYNCING>INACTIVE ERROR>INACTIVE INACTIVE>ACTIVE""",
    "sync run": "PENDING>IN_PROGRESS IN_PROGRESS>COMPLETED PENDING>FAILED IN_PROGRESS>FAILED",
    "webhook delivery": "PENDING>SENT RETRY>SENT SENT>DELIVERED SENT>RETRY SENT>FAILED",
}
