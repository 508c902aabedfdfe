"""Reports to people: the message, its way out, and the ledger that sends each one once.

What a report says is computed in `reports.run`.
"""

from reports.delivery.deliver import Delivery, deliver_report

__all__ = ["Delivery", "deliver_report"]
