"""Every pair of statuses of the field app that may follow one another, by machine.

Written from the rules of the business, not from the tables that they are held against.
"""

PAIRS = {
    "mobile update": """
        PENDING>SYNCING CONFLICT>SYNCING SYNCING>SYNCED CONFLICT>SYNCED SYNCING>CONFLICT
        SYNCING>PENDING SYNCING>FAILED""",
    "upload": """
        PENDING>UPLOADING UPLOADING>COMPLETED UPLOADING>PENDING UPLOADING>FAILED""",
}
