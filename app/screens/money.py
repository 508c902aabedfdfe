"""Screens of money: invoices from draft to paid, and the payments on them.

What is owed, taxed and posted is decided in `crm_core.services.finance`.
"""

from decimal import Decimal
from typing import Any

from app.screens.spec import Act, Deed, Field, Part, Screen, child, deed, step
from crm_core.enums import Action, InvoiceStatus, PaymentCategory, PaymentMethod, Resource
from crm_core.models import InvoiceItem
from crm_core.models.lists import LISTS
from crm_core.services.finance import credit_notes, customer_credit, invoices, payments
from crm_core.services.machines.finance import INVOICE, PAYMENT, InvoiceEvent, PaymentEvent

R, A = Resource, Action
REASON = Field("reason", is_needed=True)
OPEN = (
    InvoiceStatus.SENT,
    InvoiceStatus.VIEWED,
    InvoiceStatus.PARTIAL_PAID,
    InvoiceStatus.OVERDUE,
)


def _owes(row: Any) -> bool:
    return bool(row.status in OPEN and row.balance_amount > 0)


def _receive(act: Act) -> Any:
    return payments.receive(
        act.session, act.subject, invoice_id=act.row.id, amount=act.values["payment_amount"],
        method=act.values["payment_method"], category=act.values["payment_category"], at=act.at,
        keep_excess=bool(act.values.get("keep_excess")), idempotency_key=act.key,
    )  # fmt: skip


def _refund(act: Act) -> Any:
    return payments.refund(
        act.session, act.subject, payment_id=act.row.id, amount=act.values.get("amount"),
        at=act.at, idempotency_key=act.key,
    )  # fmt: skip


REFUND = Deed(
    "refund", R.PAYMENT, A.APPROVE, _refund, (Field("amount", Decimal),),
    when=lambda row: (PAYMENT.state_of(row), PaymentEvent.REFUND) in PAYMENT.moves
    and row.refund_of_payment_id is None,
    is_final=True,
)  # fmt: skip

INVOICES = Screen(
    "invoices", "receipt_long", LISTS["invoices"],
    columns=("invoice_number", "customer_id", "status", "issued_on", "due_on", "total_amount",
             "balance_amount", "journey_id", "location_id"),
    filters=("status", "location_id"),
    title=("invoice_number", "customer_id"),
    sections=(
        ("the_price", ("subtotal_amount", "discount_amount", "tax_amount", "total_amount",
                       "paid_amount", "balance_amount", "currency")),
        ("the_invoice", ("status", "service_on", "issued_on", "due_on", "paid_on", "tax_province",
                         "is_tax_exempt", "owner_id", "location_id", "notes")),
    ),
    deeds=(
        step("issue", INVOICE, InvoiceEvent.ISSUE, invoices.issue, "invoice_id", is_main=True,
             is_final=True),
        Deed("take_payment", R.PAYMENT, A.CREATE, _receive,
             (Field("payment_amount", Decimal, is_needed=True,
                    start=lambda act: act.row.balance_amount),
              Field("payment_method", PaymentMethod, is_needed=True),
              Field("payment_category", PaymentCategory, is_needed=True,
                    codes=("BALANCE_DUE", "DEPOSIT", "OTHER"),
                    start=lambda act: PaymentCategory.BALANCE_DUE),
              Field("keep_excess", bool)),
             when=_owes, is_main=True),
        deed("use_credit", R.PAYMENT, A.CREATE, customer_credit.apply, "invoice_id",
             Field("amount", Decimal), when=_owes),
        deed("credit_note", R.INVOICE, A.APPROVE, credit_notes.credit, "invoice_id", REASON,
             Field("net_amount", Decimal), is_final=True, opens="invoices",
             when=lambda row: row.status in (*OPEN, InvoiceStatus.PAID)
             and row.credit_of_invoice_id is None),
        deed("write_off", R.INVOICE, A.APPROVE, customer_credit.write_off, "invoice_id", REASON,
             Field("amount", Decimal), when=_owes, is_final=True),
        step("cancel", INVOICE, InvoiceEvent.CANCEL, invoices.cancel, "invoice_id", REASON,
             right=A.APPROVE, is_final=True),
    ),
    parts=(
        Part("lines", child(InvoiceItem, R.INVOICE, "invoice_id"), "invoice_id",
             ("description", "category", "quantity", "unit", "unit_amount", "total_amount")),
        Part("payments", LISTS["payments"], "invoice_id",
             ("received_on", "payment_amount", "payment_method", "payment_category", "status"),
             deeds=(REFUND,), is_newest_first=True),
    ),
    links=(("journey_id", "jobs"), ("quote_id", "quotes"), ("customer_id", "customers")),
)  # fmt: skip

PAYMENTS = Screen(
    "payments", "payments", LISTS["payments"],
    columns=("received_on", "customer_id", "invoice_id", "payment_amount", "payment_method",
             "payment_category", "status", "location_id"),
    filters=("received_on", "location_id"),
    title=("customer_id",),
    sections=(
        ("the_payment", ("payment_amount", "currency", "fee_amount", "payment_method",
                         "payment_category", "status", "received_on", "gateway", "location_id")),
    ),
    deeds=(REFUND,),
    links=(("invoice_id", "invoices"), ("customer_id", "customers")),
)  # fmt: skip

SCREENS = (INVOICES, PAYMENTS)
