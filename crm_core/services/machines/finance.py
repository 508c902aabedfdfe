"""Invoices and payments: which status follows which.

What guards a step and what follows from it is in the services of the same area.
"""

from enum import StrEnum

from crm_core.enums import InvoiceStatus, PaymentStatus, Resource
from crm_core.services.machines.machine import Machine, all_to, moves


class InvoiceEvent(StrEnum):
    ISSUE = "ISSUE"
    VIEW = "VIEW"
    PART_PAY = "PART_PAY"
    SETTLE = "SETTLE"
    FALL_DUE = "FALL_DUE"
    CANCEL = "CANCEL"
    RETURN_ALL = "RETURN_ALL"


_I = InvoiceStatus
_OPEN = (_I.SENT, _I.VIEWED, _I.PARTIAL_PAID, _I.OVERDUE)
# PAID falls back when a part of the money is returned; an overdue invoice stays overdue while
# a balance is left, however much of it was paid.
INVOICE = Machine(
    "invoice",
    Resource.INVOICE,
    InvoiceStatus.DRAFT,
    moves(
        {
            InvoiceEvent.ISSUE: {_I.DRAFT: _I.SENT},
            InvoiceEvent.VIEW: all_to(_I.VIEWED, _I.SENT, _I.VIEWED),
            InvoiceEvent.PART_PAY: all_to(_I.PARTIAL_PAID, *_OPEN, _I.PAID),
            InvoiceEvent.SETTLE: all_to(_I.PAID, *_OPEN),
            InvoiceEvent.FALL_DUE: all_to(_I.OVERDUE, *_OPEN, _I.PAID),
            InvoiceEvent.CANCEL: all_to(_I.CANCELLED, _I.DRAFT, _I.SENT, _I.VIEWED, _I.OVERDUE),
            InvoiceEvent.RETURN_ALL: all_to(_I.REFUNDED, _I.PAID, _I.PARTIAL_PAID, _I.OVERDUE),
        }
    ),
)


class PaymentEvent(StrEnum):
    PROCESS = "PROCESS"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    CANCEL = "CANCEL"
    REFUND = "REFUND"


_P = PaymentStatus
# Cash, cheques and transfers are entered as done: PENDING to COMPLETED without a gateway.
PAYMENT = Machine(
    "payment",
    Resource.PAYMENT,
    PaymentStatus.PENDING,
    moves(
        {
            PaymentEvent.PROCESS: {_P.PENDING: _P.PROCESSING},
            PaymentEvent.COMPLETE: all_to(_P.COMPLETED, _P.PENDING, _P.PROCESSING),
            PaymentEvent.FAIL: {_P.PROCESSING: _P.FAILED},
            PaymentEvent.CANCEL: {_P.PENDING: _P.CANCELLED},
            PaymentEvent.REFUND: {_P.COMPLETED: _P.REFUNDED},
        }
    ),
)
