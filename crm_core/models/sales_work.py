"""The work around a sale: touches, quote templates, marketing spend, surveys after the job.

Leads and quotes themselves are in `crm_core.models.sales`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped

from crm_core.enums import (
    Currency,
    ItemCategory,
    LineUnit,
    MessageDirection,
    SalesActivityType,
    SurveyStatus,
    TaxCategory,
)
from crm_core.models.base import (
    Base,
    Instant,
    Money,
    Owned,
    Quantity,
    Scope,
    Scoped,
    in_set,
    indexes,
    kept,
    not_negative,
    one_of,
    private,
    tenant_fk,
    tracked,
)


class SalesActivity(Scoped, Base):
    """A touch of a lead or customer, planned or done, by the person in `owner_id`."""

    __tablename__ = "sales_activities"
    __table_args__ = tracked(
        "sales_activities",
        in_set("type", SalesActivityType),
        in_set("direction", MessageDirection),
        in_set("currency", Currency),
        *not_negative("duration_minutes", "cost_amount"),
        CheckConstraint("num_nonnulls(lead_id, customer_id) > 0", name="has_subject"),
        CheckConstraint("num_nonnulls(scheduled_at, completed_at) > 0", name="is_planned_or_done"),
        CheckConstraint(
            "(completed_at is null) = (completed_on is null)", name="completed_has_date"
        ),
        CheckConstraint(
            "(scheduled_at is null) = (scheduled_on is null)", name="scheduled_has_date"
        ),
        tenant_fk("lead_id", "leads"),
        tenant_fk("customer_id", "customers"),
        *indexes("sales_activities", ["lead_id"], ["customer_id"], ["owner_id", "scheduled_at"]),
    )

    lead_id: Mapped[UUID | None] = kept(Uuid())
    customer_id: Mapped[UUID | None] = kept(Uuid())
    type: Mapped[str] = one_of(SalesActivityType)
    direction: Mapped[str] = one_of(MessageDirection, server_default=text("'OUTBOUND'"))
    is_automatic: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Sent by the system: does not count as the first contact of a person."""
    subject: Mapped[str | None] = private(String(200))
    description: Mapped[str | None] = private(String(1000))
    outcome: Mapped[str | None] = private(String(500))
    next_action: Mapped[str | None] = private(String(500))
    scheduled_at: Mapped[datetime | None] = kept(Instant)
    scheduled_on: Mapped[date | None] = kept(Date)
    completed_at: Mapped[datetime | None] = kept(Instant)
    completed_on: Mapped[date | None] = kept(Date)
    completed_local_at: Mapped[datetime | None] = kept(DateTime())
    """Wall-clock time of `completed_at` at the branch."""
    duration_minutes: Mapped[int | None] = kept(Integer)
    cost_amount: Mapped[Decimal | None] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    notes: Mapped[str | None] = private(String(1000))


class QuoteTemplate(Scoped, Base):
    """A set of lines to start a quote from; a table of its own, so that no rate counts it."""

    __tablename__ = "quote_templates"
    __table_args__ = tracked(
        "quote_templates",
        UniqueConstraint("client_id", "name"),
    )

    name: Mapped[str] = kept(String(120))
    service_type: Mapped[str | None] = kept(String(60))
    terms: Mapped[str | None] = private(String(2000))
    is_active: Mapped[bool] = kept(Boolean, server_default=text("true"))


class QuoteTemplateItem(Scoped, Base):
    """A line of a quote template."""

    __tablename__ = "quote_template_items"
    __table_args__ = tracked(
        "quote_template_items",
        in_set("category", ItemCategory),
        in_set("tax_category", TaxCategory),
        in_set("unit", LineUnit),
        in_set("currency", Currency),
        *not_negative("unit_amount"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        tenant_fk("quote_template_id", "quote_templates"),
        *indexes("quote_template_items", ["quote_template_id"]),
    )

    quote_template_id: Mapped[UUID] = kept(Uuid())
    category: Mapped[str] = one_of(ItemCategory)
    subcategory: Mapped[str | None] = kept(String(100))
    tax_category: Mapped[str] = one_of(TaxCategory, server_default=text("'SERVICE'"))
    description: Mapped[str] = private(String(500))
    quantity: Mapped[Decimal] = kept(Quantity)
    unit: Mapped[str | None] = one_of(LineUnit)
    """What the quantity counts."""
    unit_amount: Mapped[Decimal] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    is_optional: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Offered beside the quote, outside its total."""
    sort_order: Mapped[int] = kept(Integer, server_default=text("0"))


class MarketingSpend(Owned, Base):
    """What one channel cost in one month: of one branch, or of the company as a whole."""

    __tablename__ = "marketing_spend"
    __scope__: ClassVar[Scope] = Scope(location="location_id")
    __table_args__ = tracked(
        "marketing_spend",
        in_set("currency", Currency),
        *not_negative("spend_amount"),
        CheckConstraint("extract(day from month_on) = 1", name="month_starts_on_first"),
        tenant_fk("location_id", "locations"),
        UniqueConstraint(
            "client_id",
            "location_id",
            "source",
            "campaign",
            "month_on",
            name="uq_marketing_spend_month",
            postgresql_nulls_not_distinct=True,
        ),
        scoped=False,
    )

    location_id: Mapped[UUID | None] = kept(Uuid())
    """The branch that pays; empty for spend of the whole company."""
    source: Mapped[str] = kept(String(100))
    """Marketing channel, named as in `leads.source`."""
    campaign: Mapped[str | None] = kept(String(100))
    month_on: Mapped[date] = kept(Date)
    """First day of the month."""
    spend_amount: Mapped[Decimal] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))


class Survey(Scoped, Base):
    """A question to a customer after a job, and the answer."""

    __tablename__ = "surveys"
    __table_args__ = tracked(
        "surveys",
        in_set("status", SurveyStatus),
        CheckConstraint("recommend_score between 0 and 10", name="recommend_score_range"),
        CheckConstraint("satisfaction_score between 1 and 5", name="satisfaction_score_range"),
        CheckConstraint(
            "(status = 'ANSWERED') = (answered_at is not null and answered_on is not null"
            " and num_nonnulls(recommend_score, satisfaction_score) > 0)",
            name="answered_has_score",
        ),
        CheckConstraint("answered_at >= sent_at", name="answered_after_sent"),
        tenant_fk("customer_id", "customers"),
        tenant_fk("journey_id", "truck_journeys"),
        UniqueConstraint("client_id", "journey_id"),
        *indexes("surveys", ["customer_id"], ["answered_on"]),
    )

    customer_id: Mapped[UUID] = kept(Uuid())
    journey_id: Mapped[UUID | None] = kept(Uuid())
    status: Mapped[str] = one_of(SurveyStatus, server_default=text("'SENT'"))
    sent_at: Mapped[datetime] = kept(Instant)
    sent_on: Mapped[date] = kept(Date)
    answered_at: Mapped[datetime | None] = kept(Instant)
    answered_on: Mapped[date | None] = kept(Date)
    recommend_score: Mapped[int | None] = kept(Integer)
    """0 to 10: how likely to recommend us (NPS)."""
    satisfaction_score: Mapped[int | None] = kept(Integer)
    """1 to 5: how content with the job (CSAT)."""
    comment: Mapped[str | None] = private(String(2000))
