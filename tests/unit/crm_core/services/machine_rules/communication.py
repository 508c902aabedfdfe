"""Every pair of statuses of messages, notes and surveys that may follow one another, by machine.

Written from the rules of the business, not from the tables that they are held against.
"""

PAIRS = {
    "communication": "DRAFT>SENT SENT>DELIVERED DELIVERED>READ DRAFT>FAILED SENT>FAILED",
    "notification": "PENDING>SENT SENT>DELIVERED DELIVERED>READ PENDING>FAILED SENT>FAILED",
    "survey": "SENT>ANSWERED SENT>EXPIRED",
}
