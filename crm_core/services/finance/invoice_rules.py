"""What follows from the amounts and dates of an invoice: status, reminders, taxes taken back.

Pure; the rows themselves are written by `invoice_book` and `credit_notes`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from crm_core.enums import CustomerType, InvoiceStatus
from crm_core.money import cents
from crm_core.services.finance.pricing import TaxLine
from crm_core.services.machines.finance import InvoiceEvent

TERMS = {CustomerType.CORPORATE_ACCOUNT: timedelta(days=15)}
"""Days to pay; everybody else pays on the day."""


class Facts(NamedTuple):
    """What the status of an invoice follows from; the total is what credit notes left of it."""

    total_amount: Decimal
    received_amount: Decimal
    refunded_amount: Decimal
    due_on: date | None
    is_issued: bool
    is_viewed: bool
    is_cancelled: bool


def status_of(facts: Facts, today: date) -> InvoiceStatus:
    """The status that amounts and dates give an invoice on a day; what is stored is a copy."""
    paid = facts.received_amount - facts.refunded_amount
    if facts.is_cancelled:
        return InvoiceStatus.CANCELLED
    if not facts.is_issued:
        return InvoiceStatus.DRAFT
    if facts.refunded_amount > 0 and paid == 0:
        return InvoiceStatus.REFUNDED
    if paid >= facts.total_amount:
        return InvoiceStatus.PAID
    if facts.due_on is not None and facts.due_on < today:
        return InvoiceStatus.OVERDUE
    if paid > 0:
        return InvoiceStatus.PARTIAL_PAID
    return InvoiceStatus.VIEWED if facts.is_viewed else InvoiceStatus.SENT


EVENTS = {
    InvoiceStatus.VIEWED: InvoiceEvent.VIEW,
    InvoiceStatus.PARTIAL_PAID: InvoiceEvent.PART_PAY,
    InvoiceStatus.PAID: InvoiceEvent.SETTLE,
    InvoiceStatus.OVERDUE: InvoiceEvent.FALL_DUE,
    InvoiceStatus.REFUNDED: InvoiceEvent.RETURN_ALL,
}
"""What brings an issued invoice into the status that its facts give it."""


class Reminder(StrEnum):
    """What is sent about an open invoice, in order."""

    SOON_DUE = "SOON_DUE"
    FIRST = "FIRST"
    SECOND = "SECOND"
    LAST = "LAST"
    ESCALATION = "ESCALATION"


REMINDERS = {
    Reminder.SOON_DUE: -3,
    Reminder.FIRST: 1,
    Reminder.SECOND: 7,
    Reminder.LAST: 14,
    Reminder.ESCALATION: 15,
}
"""Days after the due date; below zero before it."""


def reminder_dates(due_on: date) -> dict[Reminder, date]:
    """When each reminder of an invoice is due, in order, as long as it is open."""
    return {kind: due_on + timedelta(days=days) for kind, days in REMINDERS.items()}


def latest_reminder(due_on: date, issued_on: date, today: date) -> Reminder | None:
    """The reminder that an open invoice should have had last by `today`.

    None before the first; nothing is said before an invoice was issued.
    """
    passed = [
        kind for kind, on in reminder_dates(due_on).items() if issued_on <= on and on <= today
    ]
    return passed[-1] if passed else None


def taxes_of_credit(
    tax_lines: Sequence[Mapping[str, Any]],
    credited: Mapping[str, Decimal],
    net_amount: Decimal,
    net_before: Decimal,
    net_credited: Decimal,
) -> tuple[TaxLine, ...]:
    """The taxes that a credit note takes back with `net_credited` before tax; amounts below zero.

    `tax_lines` as stored with the invoice, `credited` what earlier notes took back by tax code,
    `net_amount` the invoice before tax, `net_before` what earlier notes took of that. The notes of
    an invoice add up to its share to the cent, and to all of it once all of it is taken back.
    """
    taken = net_before + net_credited
    lines = []
    for line in tax_lines:
        code, rate = str(line["code"]), Decimal(line["rate"])
        base, amount = Decimal(line["base"]), Decimal(line["amount"])
        due = cents(amount * taken / net_amount) - credited.get(code, Decimal(0))
        share = cents(base * taken / net_amount) - cents(base * net_before / net_amount)
        lines.append(TaxLine(code, rate, -share, -due))
    return tuple(lines)
