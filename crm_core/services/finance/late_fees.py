"""Late fees, billed once per overdue invoice, and which reminders are due.

What lateness costs is `late_fee_rules`; sending reminders is the edge's.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from crm_core.database import as_system
from crm_core.enums import ItemCategory
from crm_core.models import Invoice, InvoiceItem
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import rows
from crm_core.services.finance import invoice_book, late_fee_rules
from crm_core.services.finance.customer_credit import PAYABLE
from crm_core.services.finance.invoice_book import Lines
from crm_core.services.finance.invoice_rules import Reminder, latest_reminder
from crm_core.services.finance.ledger_rules import DEPOSIT, LATE_FEE
from crm_core.services.finance.pricing import Line


class DueReminder(NamedTuple):
    """What an invoice's customer should have been told last."""

    invoice_id: UUID
    kind: Reminder
    open_amount: Decimal


def charge(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """The daily run: bills the fee of every invoice that is late by its policy; returns how many.

    A fee is an invoice of its own, since issued ones never change: free of tax, and named by its
    external id for the invoice it is about, which so has one at most.
    """
    require(subject, Resource.INVOICE, Action.CREATE)
    fee, late = aliased(Invoice), Invoice
    charged = select(fee.id).where(
        fee.client_id == late.client_id, fee.external_id == "late-fee/" + late.invoice_number
    )
    free = select(InvoiceItem.invoice_id).where(
        InvoiceItem.client_id == subject.client_id,
        InvoiceItem.subcategory.in_([LATE_FEE, DEPOSIT]),
    )
    query = (
        select(late)
        .where(
            late.client_id == subject.client_id,
            late.status.in_([status.value for status in PAYABLE]),
            late.due_on <= as_of.date(),
            late.id.not_in(free),
            ~charged.exists(),
        )
        .order_by(late.id)
        .with_for_update()  # all of them before the first number is taken
    )
    return sum(_charge(session, subject, each, as_of) for each in session.scalars(query).all())


def reminders(session: Session, subject: Subject, *, as_of: datetime) -> list[DueReminder]:
    """The latest reminder of every open invoice; whoever sends them knows which were sent."""
    require(subject, Resource.INVOICE, Action.READ)
    query = (
        select(Invoice)
        .where(
            Invoice.client_id == subject.client_id,
            Invoice.status.in_([status.value for status in PAYABLE]),
            Invoice.due_on <= as_of.date() + timedelta(days=4),
        )
        .order_by(Invoice.id)
    )
    found = []
    for invoice in session.scalars(query).all():
        today = rows.day_at(session, subject, invoice.location_id, as_of)
        assert invoice.due_on is not None
        assert invoice.issued_on is not None
        kind = latest_reminder(invoice.due_on, invoice.issued_on, today)
        if kind is not None:
            open_amount = invoice_book.open_amount(session, invoice)
            found.append(DueReminder(invoice.id, kind, open_amount))
    return found


def _charge(session: Session, subject: Subject, late: Invoice, at: datetime) -> bool:
    """Whether the lateness of a locked invoice cost anything; then it is billed."""
    assert late.due_on is not None
    with as_system(session):
        terms = late_fee_rules.terms_of(session, subject, late.location_id)
        today = rows.day_at(session, subject, late.location_id, at)
        overdue = invoice_book.open_amount(session, late)
        amount = late_fee_rules.fee(terms, overdue, late.due_on, today)
        if amount <= 0 or terms.currency != late.currency:
            return False
        invoice = Invoice(
            location_id=late.location_id,
            owner_id=late.owner_id,
            customer_id=late.customer_id,
            storage_booking_id=late.storage_booking_id,
            currency=late.currency,
            tax_province=late.tax_province,
            is_tax_exempt=True,
            external_id=f"late-fee/{late.invoice_number}",
        )
        line = Line(ItemCategory.OTHER, f"Late fee {late.invoice_number}", Decimal(1), amount)
        invoice_book.store(session, subject, invoice, Lines([line], subcategory=LATE_FEE), at)
        invoice_book.send(session, subject, invoice, at)
    return True
