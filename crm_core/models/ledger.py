"""The ledger, customers' credit, royalties, budgets and exchange rates.

Invoices and payments, which most postings follow from, are in `crm_core.models.finance`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped

from crm_core.enums import (
    CreditReason,
    Currency,
    LedgerCategory,
    RoyaltyStatus,
    TransactionType,
)
from crm_core.models.base import (
    Base,
    Instant,
    Money,
    Owned,
    Scope,
    Scoped,
    Stamped,
    in_set,
    indexes,
    indexes_where_known,
    kept,
    not_negative,
    one_of,
    private,
    rate_range,
    tenant_fk,
    tracked,
)
from crm_core.models.rules import no_overlap, unique_where


class FinancialTransaction(Scoped, Base):
    """One posting of the ledger; never changed, taken back by a posting of the other direction."""

    __tablename__ = "financial_transactions"
    __table_args__ = tracked(
        "financial_transactions",
        in_set("type", TransactionType),
        in_set("category", LedgerCategory),
        in_set("currency", Currency),
        CheckConstraint("direction in (-1, 1)", name="direction_known"),
        CheckConstraint("transaction_amount > 0", name="amount_positive"),
        CheckConstraint(
            "(type = 'TRANSFER') = (transfer_group_id is not null)", name="transfer_has_group"
        ),
        CheckConstraint("reverses_id <> id", name="not_its_own_reversal"),
        # One leg in, one leg out; that both are there is checked when the transaction commits.
        unique_where(
            "financial_transactions",
            "transfer_leg",
            ["transfer_group_id", "direction"],
            "transfer_group_id is not null",
        ),
        unique_where(
            "financial_transactions", "reversal", ["reverses_id"], "reverses_id is not null"
        ),
        tenant_fk("invoice_id", "invoices"),
        tenant_fk("payment_id", "payments"),
        tenant_fk("journey_id", "truck_journeys"),
        tenant_fk("reverses_id", "financial_transactions"),
        *indexes("financial_transactions", ["location_id", "transaction_on"], ["invoice_id"]),
        *indexes_where_known("financial_transactions", "payment_id", "journey_id"),
    )

    type: Mapped[str] = one_of(TransactionType)
    category: Mapped[str] = one_of(LedgerCategory)
    subcategory: Mapped[str | None] = kept(String(100))
    direction: Mapped[int] = kept(Integer)
    """1 adds to the branch's result or cash, -1 takes from it: amount times direction sums up."""
    transaction_amount: Mapped[Decimal] = kept(Money)
    """Always positive; the sign is the direction."""
    currency: Mapped[str] = kept(String(3))
    transaction_on: Mapped[date] = kept(Date)
    """Business day at the branch that the posting counts for."""
    posted_at: Mapped[datetime] = kept(Instant)
    posted_on: Mapped[date] = kept(Date)
    """Day on which it was booked; later than `transaction_on` when booked afterwards."""
    invoice_id: Mapped[UUID | None] = kept(Uuid())
    payment_id: Mapped[UUID | None] = kept(Uuid())
    journey_id: Mapped[UUID | None] = kept(Uuid())
    reverses_id: Mapped[UUID | None] = kept(Uuid())
    """The posting that this one takes back; at most one may."""
    transfer_group_id: Mapped[UUID | None] = kept(Uuid())
    """Shared by the two legs of a transfer."""
    description: Mapped[str | None] = private(String(500))
    reference: Mapped[str | None] = private(String(100))
    """Number of the voucher outside."""
    tags: Mapped[list[str]] = private(ARRAY(Text), server_default=text("'{}'"))
    notes: Mapped[str | None] = private(String(1000))


class CustomerCredit(Scoped, Base):
    """One movement of a customer's credit: up by an overpayment, down when applied or returned."""

    __tablename__ = "customer_credits"
    __table_args__ = tracked(
        "customer_credits",
        in_set("reason", CreditReason),
        in_set("currency", Currency),
        CheckConstraint(
            "case reason when 'OVERPAYMENT' then credit_amount > 0"
            " when 'ADJUSTMENT' then credit_amount <> 0 else credit_amount < 0 end",
            name="sign_follows_reason",
        ),
        CheckConstraint(
            "reason <> 'OVERPAYMENT' or payment_id is not null", name="overpayment_has_payment"
        ),
        CheckConstraint("reason <> 'APPLIED' or invoice_id is not null", name="applied_to_invoice"),
        tenant_fk("customer_id", "customers"),
        tenant_fk("payment_id", "payments"),
        tenant_fk("invoice_id", "invoices"),
        *indexes("customer_credits", ["customer_id"], ["payment_id"], ["invoice_id"]),
    )

    customer_id: Mapped[UUID] = kept(Uuid())
    reason: Mapped[str] = one_of(CreditReason)
    credit_amount: Mapped[Decimal] = kept(Money)
    """Signed: what the customer has to our account afterwards is the sum."""
    currency: Mapped[str] = kept(String(3))
    payment_id: Mapped[UUID | None] = kept(Uuid())
    """The payment that was too much, or that returned the credit."""
    invoice_id: Mapped[UUID | None] = kept(Uuid())
    """The invoice that the credit was used for."""
    moved_at: Mapped[datetime] = kept(Instant)
    moved_on: Mapped[date] = kept(Date)


class RoyaltyRate(Owned, Base):
    """The share of revenue that a franchise branch owes, for a span of days."""

    __tablename__ = "royalty_rates"
    __scope__: ClassVar[Scope] = Scope(location="location_id")
    __table_args__ = tracked(
        "royalty_rates",
        in_set("currency", Currency),
        rate_range("rate"),
        *not_negative("minimum_amount"),
        CheckConstraint("valid_to_on > valid_from_on", name="span"),
        no_overlap(
            "royalty_rates",
            "location_id_overlap",
            "location_id",
            "daterange(valid_from_on, valid_to_on)",
        ),
        tenant_fk("location_id", "locations"),
        scoped=False,
    )

    location_id: Mapped[UUID] = kept(Uuid())
    rate: Mapped[Decimal] = kept(Numeric(6, 5))
    """Share of revenue: 0.06 is six per cent."""
    minimum_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """Least royalty of a month."""
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    valid_from_on: Mapped[date] = kept(Date)
    valid_to_on: Mapped[date | None] = kept(Date)
    """First day on which the rate no longer applies."""


class Royalty(Owned, Base):
    """What a franchise branch owes for one month, at the rate of that month."""

    __tablename__ = "royalties"
    __scope__: ClassVar[Scope] = Scope(location="location_id")
    __table_args__ = tracked(
        "royalties",
        in_set("status", RoyaltyStatus),
        in_set("currency", Currency),
        rate_range("rate"),
        *not_negative("royalty_amount"),
        CheckConstraint("extract(day from month_on) = 1", name="month_starts_on_first"),
        CheckConstraint("status <> 'PAID' or paid_on is not null", name="paid_has_date"),
        tenant_fk("location_id", "locations"),
        Index(
            "uq_royalties_month",
            "client_id",
            "location_id",
            "month_on",
            unique=True,
            postgresql_where=text("status <> 'CANCELLED'"),
        ),
        scoped=False,
    )

    location_id: Mapped[UUID] = kept(Uuid())
    month_on: Mapped[date] = kept(Date)
    """First day of the month."""
    status: Mapped[str] = one_of(RoyaltyStatus, server_default=text("'DUE'"))
    base_amount: Mapped[Decimal] = kept(Money)
    """Revenue that the rate was applied to."""
    rate: Mapped[Decimal] = kept(Numeric(6, 5))
    royalty_amount: Mapped[Decimal] = kept(Money)
    currency: Mapped[str] = kept(String(3))
    due_on: Mapped[date | None] = kept(Date)
    paid_on: Mapped[date | None] = kept(Date)


class Budget(Owned, Base):
    """What was planned for one ledger category in one month: of a branch, or of the company."""

    __tablename__ = "budgets"
    __scope__: ClassVar[Scope] = Scope(location="location_id")
    __table_args__ = tracked(
        "budgets",
        in_set("category", LedgerCategory),
        in_set("currency", Currency),
        CheckConstraint("extract(day from month_on) = 1", name="month_starts_on_first"),
        tenant_fk("location_id", "locations"),
        UniqueConstraint(
            "client_id",
            "location_id",
            "category",
            "month_on",
            "version",
            postgresql_nulls_not_distinct=True,
        ),
        scoped=False,
    )

    location_id: Mapped[UUID | None] = kept(Uuid())
    """The branch; empty for the company as a whole."""
    category: Mapped[str] = one_of(LedgerCategory)
    month_on: Mapped[date] = kept(Date)
    """First day of the month."""
    version: Mapped[str] = kept(String(40), server_default=text("'PLAN'"))
    """Name of the plan, e.g. PLAN or a revision of it."""
    budget_amount: Mapped[Decimal] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))


class FxRate(Stamped, Base):
    """The rate of exchange of one day; reference data of all tenants."""

    __tablename__ = "fx_rates"
    __table_args__ = (
        in_set("from_currency", Currency),
        in_set("to_currency", Currency),
        CheckConstraint("rate > 0", name="rate_positive"),
        CheckConstraint("from_currency <> to_currency", name="two_currencies"),
    )

    from_currency: Mapped[str] = kept(String(3), primary_key=True)
    to_currency: Mapped[str] = kept(String(3), primary_key=True)
    rate_on: Mapped[date] = kept(Date, primary_key=True)
    rate: Mapped[Decimal] = kept(Numeric(18, 8))
    """How much of `to_currency` one unit of `from_currency` is worth."""
    source: Mapped[str] = kept(String(60))
    """Who published the rate."""
