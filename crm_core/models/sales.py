"""Customers, leads, quotes and their lines, and monthly booking figures older than the detail.

How a lead or a quote moves from status to status is in `crm_core.services`; touches, templates and
marketing are in `crm_core.models.sales_work`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import (
    ApprovalStatus,
    Currency,
    CustomerType,
    DataSource,
    ItemCategory,
    LeadPriority,
    LeadStatus,
    LineUnit,
    LoyaltyLevel,
    QuoteStatus,
    TaxCategory,
)
from crm_core.models.base import (
    Base,
    Erase,
    Instant,
    Money,
    Owned,
    Quantity,
    Scope,
    Scoped,
    Sourced,
    Versioned,
    hashed,
    in_set,
    indexes,
    kept,
    not_negative,
    one_of,
    private,
    source_key,
    tenant_fk,
    tracked,
    truncated,
)


class Customer(Scoped, Sourced, Base):
    """A person or firm that asks for a move or storage."""

    __tablename__ = "customers"
    __table_args__ = tracked(
        "customers",
        in_set("type", CustomerType),
        in_set("data_source", DataSource),
        in_set("loyalty_level", LoyaltyLevel),
        CheckConstraint("merged_into_id is null or not is_active", name="merged_is_inactive"),
        CheckConstraint("merged_into_id <> id", name="not_merged_into_itself"),
        CheckConstraint("duplicate_of_id <> id", name="not_its_own_duplicate"),
        tenant_fk("merged_into_id", "customers"),
        tenant_fk("duplicate_of_id", "customers"),
        source_key("customers"),
        Index(
            "ix_customers_erased",
            "client_id",
            "id",
            postgresql_where=text("erased_at is not null"),
        ),
        *indexes("customers", ["email"], ["phone"]),
    )

    type: Mapped[str] = one_of(CustomerType, server_default=text("'RESIDENTIAL'"))
    first_name: Mapped[str] = private(String(120))
    last_name: Mapped[str] = private(String(120))
    company_name: Mapped[str | None] = private(String(200))
    email: Mapped[str | None] = hashed(String(200))
    phone: Mapped[str | None] = truncated(String(40), to=3)
    """In the lake only the area code."""
    address: Mapped[dict[str, Any] | None] = private(JSONB)
    """Street, unit, city, province, postal code, country."""
    postal_area: Mapped[str | None] = kept(String(3))
    """Forward sortation area: the finest geography that may leave the core."""
    city: Mapped[str | None] = kept(String(120))
    province: Mapped[str | None] = kept(String(2))
    language: Mapped[str] = kept(String(5), server_default=text("'en'"))
    lead_source: Mapped[str | None] = kept(String(100))
    """Channel by which the customer first found us."""
    loyalty_level: Mapped[str | None] = one_of(LoyaltyLevel)
    tags: Mapped[list[str]] = private(ARRAY(Text), server_default=text("'{}'"))
    preferences: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Preferred channel and hours."""
    is_email_opted_out: Mapped[bool] = kept(Boolean, server_default=text("false"))
    is_sms_opted_out: Mapped[bool] = kept(Boolean, server_default=text("false"))
    notes: Mapped[str | None] = private(String(1000))
    is_active: Mapped[bool] = kept(Boolean, server_default=text("true"))
    """False is the soft delete."""
    duplicate_of_id: Mapped[UUID | None] = kept(Uuid())
    """An older active customer with the same mail: flagged for people to judge, not refused."""
    merged_into_id: Mapped[UUID | None] = kept(Uuid())
    """The customer that took over this one's rows."""
    created_on: Mapped[date] = kept(Date)
    erased_at: Mapped[datetime | None] = private(Instant, erase=Erase.KEEP)
    """When the personal data was erased on the person's request; nothing may fill it in again."""


class Lead(Scoped, Sourced, Versioned, Base):
    """One sales opportunity of a customer."""

    __tablename__ = "leads"
    __table_args__ = tracked(
        "leads",
        in_set("status", LeadStatus),
        in_set("priority", LeadPriority),
        in_set("currency", Currency),
        in_set("data_source", DataSource),
        *not_negative("estimated_amount"),
        CheckConstraint("score between 0 and 100", name="score_range"),
        CheckConstraint("status <> 'LOST' or lost_reason is not null", name="lost_has_reason"),
        CheckConstraint("status <> 'WON' or won_on is not null", name="won_has_date"),
        tenant_fk("customer_id", "customers"),
        source_key("leads"),
        *indexes("leads", ["customer_id"], ["status"], ["created_on"]),
    )

    customer_id: Mapped[UUID] = kept(Uuid())
    source: Mapped[str] = kept(String(100))
    """Marketing channel, e.g. organic, pay_per_click, referral."""
    status: Mapped[str] = one_of(LeadStatus, server_default=text("'NEW'"))
    priority: Mapped[str] = one_of(LeadPriority, server_default=text("'MEDIUM'"))
    service_type: Mapped[str] = kept(String(60))
    """Moving, packing, storage and so on, as the branch offers it."""
    move_size: Mapped[str | None] = kept(String(60))
    """Size of the home, e.g. 2-bedroom apartment."""
    estimated_move_on: Mapped[date | None] = kept(Date)
    """Day the customer would like to move."""
    estimated_amount: Mapped[Decimal | None] = kept(Money)
    """What the move may bring, before there is a quote."""
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    origin_province: Mapped[str | None] = kept(String(2))
    destination_province: Mapped[str | None] = kept(String(2))
    score: Mapped[int] = kept(Integer, server_default=text("0"))
    """0 to 100: how likely it is to be won."""
    is_bad: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Spam, wrong number, duplicate: in no rate's denominator."""
    created_on: Mapped[date] = kept(Date)
    received_at: Mapped[datetime] = kept(Instant)
    received_local_at: Mapped[datetime | None] = kept(DateTime())
    """Wall-clock time of `received_at` at the branch."""
    first_contacted_at: Mapped[datetime | None] = kept(Instant)
    first_contacted_local_at: Mapped[datetime | None] = kept(DateTime())
    """Wall-clock time of `first_contacted_at` at the branch."""
    last_contacted_at: Mapped[datetime | None] = kept(Instant)
    follow_up_on: Mapped[date | None] = kept(Date)
    """Day of the next touch that was promised."""
    won_at: Mapped[datetime | None] = kept(Instant)
    won_on: Mapped[date | None] = kept(Date)
    lost_at: Mapped[datetime | None] = kept(Instant)
    lost_on: Mapped[date | None] = kept(Date)
    lost_reason: Mapped[str | None] = kept(String(100))
    utm_source: Mapped[str | None] = kept(String(100))
    utm_medium: Mapped[str | None] = kept(String(100))
    utm_campaign: Mapped[str | None] = kept(String(100))
    qualification: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """What is known of budget, authority, need, date and inventory."""
    origin_address: Mapped[dict[str, Any] | None] = private(JSONB)
    destination_address: Mapped[dict[str, Any] | None] = private(JSONB)
    notes: Mapped[str | None] = private(String(1000))


class Quote(Scoped, Sourced, Versioned, Base):
    """A priced offer; the versions of one offer share `family_id`."""

    __tablename__ = "quotes"
    __table_args__ = tracked(
        "quotes",
        in_set("status", QuoteStatus),
        in_set("approval_status", ApprovalStatus),
        in_set("currency", Currency),
        in_set("data_source", DataSource),
        *not_negative(
            "subtotal_amount", "discount_amount", "tax_amount", "total_amount", "deposit_amount"
        ),
        CheckConstraint(
            "total_amount = subtotal_amount - discount_amount + tax_amount", name="total_adds_up"
        ),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint(
            "status not in ('ACCEPTED', 'CONVERTED') or accepted_on is not null",
            name="accepted_has_date",
        ),
        CheckConstraint("status <> 'REJECTED' or decided_on is not null", name="rejected_has_date"),
        CheckConstraint("parent_quote_id <> id", name="not_its_own_parent"),
        UniqueConstraint("client_id", "quote_number"),
        UniqueConstraint("client_id", "family_id", "version"),
        tenant_fk("customer_id", "customers"),
        tenant_fk("lead_id", "leads"),
        tenant_fk("parent_quote_id", "quotes"),
        tenant_fk("approved_by_id", "users"),
        Index(
            "uq_quotes_public_token_hash",
            "public_token_hash",
            unique=True,
            postgresql_where=text("public_token_hash is not null"),
        ),
        source_key("quotes"),
        *indexes("quotes", ["lead_id"], ["customer_id"], ["status"], ["accepted_on"]),
    )

    customer_id: Mapped[UUID] = kept(Uuid())
    lead_id: Mapped[UUID] = kept(Uuid())
    quote_number: Mapped[str] = kept(String(30))
    family_id: Mapped[UUID] = kept(Uuid())
    """Shared by all versions of one offer."""
    version: Mapped[int] = kept(Integer, server_default=text("1"))
    parent_quote_id: Mapped[UUID | None] = kept(Uuid())
    """The version that this one replaces."""
    status: Mapped[str] = one_of(QuoteStatus, server_default=text("'DRAFT'"))
    approval_status: Mapped[str] = one_of(ApprovalStatus, server_default=text("'NOT_REQUIRED'"))
    """Our own release of the offer; what the customer answers is `status`."""
    service_type: Mapped[str] = kept(String(60))
    move_size: Mapped[str | None] = kept(String(60))
    move_on: Mapped[date | None] = kept(Date)
    """Planned day of the move."""
    crew_size: Mapped[int | None] = kept(Integer)
    """People planned."""
    truck_count: Mapped[int | None] = kept(Integer)
    estimated_minutes: Mapped[int | None] = kept(Integer)
    hourly_rate_amount: Mapped[Decimal | None] = kept(Money)
    origin_province: Mapped[str | None] = kept(String(2))
    destination_province: Mapped[str | None] = kept(String(2))
    subtotal_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """Selected lines, before the discount on the whole and before tax."""
    discount_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """Taken off the whole, beside what single lines take off."""
    tax_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    total_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    deposit_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """Part of the total that is due with the acceptance."""
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    valid_until_on: Mapped[date] = kept(Date)
    created_on: Mapped[date] = kept(Date)
    sent_at: Mapped[datetime | None] = kept(Instant)
    sent_on: Mapped[date | None] = kept(Date)
    viewed_at: Mapped[datetime | None] = kept(Instant)
    accepted_at: Mapped[datetime | None] = kept(Instant)
    accepted_on: Mapped[date | None] = kept(Date)
    rejected_at: Mapped[datetime | None] = kept(Instant)
    expired_at: Mapped[datetime | None] = kept(Instant)
    converted_at: Mapped[datetime | None] = kept(Instant)
    decided_on: Mapped[date | None] = kept(Date)
    """Day of acceptance, rejection or expiry."""
    rejection_reason: Mapped[str | None] = kept(String(100))
    approved_by_id: Mapped[UUID | None] = kept(Uuid())
    """Who released the offer or refused to."""
    approved_at: Mapped[datetime | None] = kept(Instant)
    public_token_hash: Mapped[str | None] = private(String(64))
    """SHA-256 of the token in the customer's link."""
    origin_address: Mapped[dict[str, Any] | None] = private(JSONB)
    destination_address: Mapped[dict[str, Any] | None] = private(JSONB)
    terms: Mapped[str | None] = private(String(2000))
    notes: Mapped[str | None] = private(String(1000))


class QuoteItem(Scoped, Base):
    """A line of a quote."""

    __tablename__ = "quote_items"
    __table_args__ = tracked(
        "quote_items",
        in_set("category", ItemCategory),
        in_set("tax_category", TaxCategory),
        in_set("unit", LineUnit),
        *not_negative("unit_amount", "total_amount", "discount_amount", "estimated_cost_amount"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint(
            "total_amount = round(quantity * unit_amount, 2) - discount_amount",
            name="total_adds_up",
        ),
        tenant_fk("quote_id", "quotes"),
        *indexes("quote_items", ["quote_id"]),
    )

    quote_id: Mapped[UUID] = kept(Uuid())
    category: Mapped[str] = one_of(ItemCategory)
    subcategory: Mapped[str | None] = kept(String(100))
    tax_category: Mapped[str] = one_of(TaxCategory, server_default=text("'SERVICE'"))
    """Which dated rates apply: those of services or of goods."""
    description: Mapped[str] = private(String(500))
    quantity: Mapped[Decimal] = kept(Quantity)
    unit: Mapped[str | None] = one_of(LineUnit)
    """What the quantity counts."""
    unit_amount: Mapped[Decimal] = kept(Money)
    """Price of one."""
    discount_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    total_amount: Mapped[Decimal] = kept(Money)
    estimated_cost_amount: Mapped[Decimal | None] = kept(Money)
    is_optional: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Offered beside the quote; counts only when the customer selects it."""
    is_selected: Mapped[bool] = kept(Boolean, server_default=text("true"))
    """Counts in the total; false only on an optional line not chosen."""
    sort_order: Mapped[int] = kept(Integer, server_default=text("0"))
    notes: Mapped[str | None] = private(String(500))


class BookingHistory(Owned, Base):
    """Monthly bookings of a branch from before the detail begins: seasons for the forecasts."""

    __tablename__ = "booking_history"
    __scope__: ClassVar[Scope] = Scope(location="location_id")
    __table_args__ = tracked(
        "booking_history",
        *not_negative("bookings_count", "booked_amount"),
        tenant_fk("location_id", "locations"),
        UniqueConstraint("client_id", "location_id", "month_on"),
        scoped=False,
    )

    location_id: Mapped[UUID] = kept(Uuid())
    month_on: Mapped[date] = kept(Date)
    """First day of the month."""
    bookings_count: Mapped[int] = kept(Integer)
    booked_amount: Mapped[Decimal] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
