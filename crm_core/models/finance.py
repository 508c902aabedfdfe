"""Invoices, their lines, payments, and dated tax rates.

Totals, tax and status are computed in `crm_core.services`, checked here; the ledger and royalties
are in `crm_core.models.ledger`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import (
    Currency,
    DataSource,
    InvoiceStatus,
    ItemCategory,
    LineUnit,
    PaymentCategory,
    PaymentMethod,
    PaymentStatus,
    TaxCategory,
)
from crm_core.models.base import (
    Base,
    Instant,
    Money,
    Quantity,
    Scoped,
    Sourced,
    Stamped,
    Versioned,
    in_set,
    indexes,
    kept,
    not_negative,
    one_of,
    private,
    source_key,
    tenant_fk,
    tracked,
)


class Invoice(Scoped, Sourced, Versioned, Base):
    """A bill; immutable once issued, corrected by a credit note."""

    __tablename__ = "invoices"
    __table_args__ = tracked(
        "invoices",
        in_set("status", InvoiceStatus),
        in_set("currency", Currency),
        in_set("data_source", DataSource),
        *not_negative("discount_amount", "paid_amount"),
        CheckConstraint(
            "total_amount = subtotal_amount - discount_amount + tax_amount", name="total_adds_up"
        ),
        CheckConstraint("balance_amount = total_amount - paid_amount", name="balance_adds_up"),
        CheckConstraint(
            "status = 'DRAFT' or (status = 'CANCELLED' and issued_at is null)"
            " or (invoice_number is not null and issued_on is not null and due_on is not null)",
            name="issued_has_number",
        ),
        CheckConstraint("due_on is null or due_on >= issued_on", name="due_after_issued"),
        CheckConstraint("status <> 'CANCELLED' or cancelled_on is not null", name="cancelled_date"),
        CheckConstraint(
            "case when credit_of_invoice_id is null then total_amount >= 0"
            " else total_amount <= 0 end",
            name="credit_is_negative",
        ),
        CheckConstraint("credit_of_invoice_id <> id", name="not_its_own_credit"),
        CheckConstraint("period_end_on >= period_start_on", name="period_in_order"),
        CheckConstraint("not is_recurring or period_start_on is not null", name="rent_has_period"),
        CheckConstraint("not is_tax_exempt or tax_amount = 0", name="exempt_has_no_tax"),
        UniqueConstraint("client_id", "invoice_number"),
        Index(
            "uq_invoices_rent_period",
            "client_id",
            "storage_booking_id",
            "period_start_on",
            unique=True,
            postgresql_where=text(
                "is_recurring and status <> 'CANCELLED' and credit_of_invoice_id is null"
            ),
        ),
        tenant_fk("storage_booking_id", "storage_bookings"),
        tenant_fk("customer_id", "customers"),
        tenant_fk("journey_id", "truck_journeys"),
        tenant_fk("quote_id", "quotes"),
        tenant_fk("credit_of_invoice_id", "invoices"),
        source_key("invoices"),
        *indexes(
            "invoices",
            ["customer_id"],
            ["journey_id"],
            ["quote_id"],
            ["credit_of_invoice_id"],
            ["status", "due_on"],
            ["issued_on"],
        ),
    )

    customer_id: Mapped[UUID] = kept(Uuid())
    journey_id: Mapped[UUID | None] = kept(Uuid())
    quote_id: Mapped[UUID | None] = kept(Uuid())
    storage_booking_id: Mapped[UUID | None] = kept(Uuid())
    """The rental billed; a rent invoice has no journey."""
    credit_of_invoice_id: Mapped[UUID | None] = kept(Uuid())
    """Set on a credit note, whose amounts are negative: the invoice it takes back."""
    is_recurring: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Made by the rent run; the rhythm itself is the booking's `billing_cycle`."""
    period_start_on: Mapped[date | None] = kept(Date)
    """First day that the rent covers; one live rent invoice per booking and period."""
    period_end_on: Mapped[date | None] = kept(Date)
    """Last day that the rent covers."""
    is_tax_exempt: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Billed without tax."""
    invoice_number: Mapped[str | None] = kept(String(30))
    """Without gaps per tenant and year; empty on a draft."""
    status: Mapped[str] = one_of(InvoiceStatus, server_default=text("'DRAFT'"))
    subtotal_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """The sum of the lines, fees included; held to it when the transaction commits."""
    discount_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    tax_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """The sum of `tax_lines`."""
    total_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    paid_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """Completed payments less refunds."""
    balance_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """What is owed: total less paid."""
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    tax_province: Mapped[str] = kept(String(2))
    """Place of supply: the destination province of a move."""
    tax_lines: Mapped[list[dict[str, Any]]] = kept(JSONB, server_default=text("'[]'"))
    """One entry per tax: code, rate, base, amount."""
    service_on: Mapped[date | None] = kept(Date)
    """Business day of the work billed: revenue by service date."""
    issued_at: Mapped[datetime | None] = kept(Instant)
    issued_on: Mapped[date | None] = kept(Date)
    due_on: Mapped[date | None] = kept(Date)
    viewed_at: Mapped[datetime | None] = kept(Instant)
    paid_on: Mapped[date | None] = kept(Date)
    cancelled_at: Mapped[datetime | None] = kept(Instant)
    cancelled_on: Mapped[date | None] = kept(Date)
    terms: Mapped[str | None] = private(String(2000))
    notes: Mapped[str | None] = private(String(1000))


class InvoiceItem(Scoped, Base):
    """A line of an invoice."""

    __tablename__ = "invoice_items"
    __table_args__ = tracked(
        "invoice_items",
        in_set("category", ItemCategory),
        in_set("tax_category", TaxCategory),
        in_set("unit", LineUnit),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("total_amount = round(quantity * unit_amount, 2)", name="total_adds_up"),
        tenant_fk("invoice_id", "invoices"),
        tenant_fk("quote_item_id", "quote_items"),
        *indexes("invoice_items", ["invoice_id"]),
    )

    invoice_id: Mapped[UUID] = kept(Uuid())
    quote_item_id: Mapped[UUID | None] = kept(Uuid())
    category: Mapped[str] = one_of(ItemCategory)
    subcategory: Mapped[str | None] = kept(String(100))
    """Finer kind, e.g. processing_fee or late_fee: fees are lines, so that totals are sums."""
    tax_category: Mapped[str] = one_of(TaxCategory, server_default=text("'SERVICE'"))
    """Which dated rates apply: those of services or of goods."""
    description: Mapped[str] = private(String(500))
    quantity: Mapped[Decimal] = kept(Quantity)
    unit: Mapped[str | None] = one_of(LineUnit)
    """What the quantity counts."""
    unit_amount: Mapped[Decimal] = kept(Money)
    """Price of one; negative on the lines of a credit note."""
    total_amount: Mapped[Decimal] = kept(Money)
    sort_order: Mapped[int] = kept(Integer, server_default=text("0"))
    notes: Mapped[str | None] = private(String(500))


class Payment(Scoped, Sourced, Base):
    """Money received for an invoice, or returned (category REFUND, a positive amount)."""

    __tablename__ = "payments"
    __table_args__ = tracked(
        "payments",
        in_set("payment_method", PaymentMethod),
        in_set("status", PaymentStatus),
        in_set("payment_category", PaymentCategory),
        in_set("currency", Currency),
        in_set("data_source", DataSource),
        *not_negative("fee_amount"),
        CheckConstraint("payment_amount > 0", name="amount_positive"),
        CheckConstraint(
            "(payment_category = 'REFUND') = (refund_of_payment_id is not null)",
            name="refund_has_payment",
        ),
        tenant_fk("invoice_id", "invoices"),
        tenant_fk("customer_id", "customers"),
        tenant_fk("refund_of_payment_id", "payments"),
        CheckConstraint("refund_of_payment_id <> id", name="not_its_own_refund"),
        Index(
            "uq_payments_gateway_transaction",
            "client_id",
            "gateway",
            "gateway_transaction_id",
            unique=True,
            postgresql_where=text("gateway_transaction_id is not null"),
        ),
        CheckConstraint(
            "gateway_transaction_id is null or gateway is not null", name="transaction_has_gateway"
        ),
        Index(
            "uq_payments_idempotency_key",
            "client_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key is not null"),
        ),
        source_key("payments"),
        *indexes("payments", ["invoice_id"], ["status", "received_on"]),
    )

    invoice_id: Mapped[UUID] = kept(Uuid())
    customer_id: Mapped[UUID] = kept(Uuid())
    refund_of_payment_id: Mapped[UUID | None] = kept(Uuid())
    payment_amount: Mapped[Decimal] = kept(Money)
    """Always positive; a refund says so by its category."""
    fee_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """What the gateway kept."""
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    payment_method: Mapped[str] = one_of(PaymentMethod)
    payment_category: Mapped[str] = one_of(PaymentCategory, server_default=text("'BALANCE_DUE'"))
    status: Mapped[str] = one_of(PaymentStatus, server_default=text("'PENDING'"))
    gateway: Mapped[str | None] = kept(String(40))
    """stripe, paypal, square; empty when entered by hand."""
    gateway_transaction_id: Mapped[str | None] = private(String(200))
    """The payment's id at the gateway; once per gateway."""
    gateway_data: Mapped[dict[str, Any] | None] = private(JSONB)
    """The gateway's answer, secrets stripped."""
    receipt: Mapped[str | None] = private(String(200))
    """Key or address of the receipt."""
    notes: Mapped[str | None] = private(String(1000))
    received_at: Mapped[datetime] = kept(Instant)
    received_on: Mapped[date] = kept(Date)
    idempotency_key: Mapped[str | None] = private(String(100))
    """Chosen by the caller: the same request twice is one payment."""


class TaxRate(Stamped, Base):
    """A tax rate in force in a province for a span of days; reference data of all tenants."""

    __tablename__ = "tax_rates"
    __table_args__ = (
        in_set("category", TaxCategory),
        CheckConstraint("rate >= 0 and rate < 1", name="rate_range"),
        CheckConstraint("valid_to_on is null or valid_to_on > valid_from_on", name="span"),
    )

    province: Mapped[str] = kept(String(2), primary_key=True)
    category: Mapped[str] = kept(String(40), primary_key=True)
    code: Mapped[str] = kept(String(4), primary_key=True)
    """GST, HST, PST, QST or RST."""
    valid_from_on: Mapped[date] = kept(Date, primary_key=True)
    valid_to_on: Mapped[date | None] = kept(Date)
    """First day on which the rate no longer applies."""
    rate: Mapped[Decimal] = kept(Numeric(6, 5))
    """Share of the amount: 0.05 is five per cent."""
    is_compound: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Charged on the amount with the other taxes in it."""
