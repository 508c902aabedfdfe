"""Rules over metrics that somebody asked to be told about, and where each of them stands.

Judging them belongs to `reports.alerts`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import AlertState
from crm_core.models.base import (
    Base,
    Instant,
    Owned,
    Scoped,
    in_set,
    kept,
    not_negative,
    one_of,
    private,
    tenant_fk,
    tracked,
)


class AlertRule(Scoped, Base):
    """What a metric must not do, as somebody asked to be told; judged in the owner's scope."""

    __tablename__ = "alert_rules"
    __table_args__ = tracked(
        "alert_rules",
        CheckConstraint("owner_id is not null", name="has_owner"),
        *not_negative("rehearsed_count"),
        UniqueConstraint("client_id", "owner_id", "name"),
    )

    name: Mapped[str] = kept(String(120))
    metric: Mapped[str] = kept(String(100))
    """Name of the metric."""
    rule: Mapped[dict[str, Any]] = private(JSONB)
    """Kind, thresholds, grain, minimum volume, hysteresis."""
    recipient_user_ids: Mapped[list[UUID]] = private(ARRAY(Uuid()), server_default=text("'{}'"))
    """Who is told beside the owner."""
    is_active: Mapped[bool] = kept(Boolean, server_default=text("true"))
    muted_until_at: Mapped[datetime | None] = kept(Instant)
    """Nobody is told before this; what is raised then is told."""
    rehearsed_at: Mapped[datetime] = kept(Instant)
    """When it was last tried on the twelve months before."""
    rehearsed_count: Mapped[int] = kept(Integer)
    """How often it would have been raised in them."""


class AlertStanding(Owned, Base):
    """Where an alert stands, for the company or one branch; moved once per bucket of time."""

    __tablename__ = "alert_standings"
    __table_args__ = tracked(
        "alert_standings",
        in_set("state", AlertState),
        tenant_fk("rule_id", "alert_rules"),
        UniqueConstraint("client_id", "rule_id", "branch_code"),
        scoped=False,
    )

    rule_id: Mapped[UUID] = kept(Uuid())
    branch_code: Mapped[str] = kept(String(40), server_default=text("''"))
    """The branch; empty for the company."""
    state: Mapped[str] = one_of(AlertState, server_default=text("'QUIET'"))
    bucket_on: Mapped[date] = kept(Date)
    """First day of the last bucket that was judged."""
    value: Mapped[Decimal | None] = kept(Numeric(18, 4))
    """Of that bucket, in the unit of the metric."""
    run_length: Mapped[int] = kept(Integer, server_default=text("0"))
    """Buckets in a row that break the rule, or keep it after it was raised."""
    raised_on: Mapped[date | None] = kept(Date)
    """First day of the bucket that raised it; empty while quiet."""
    is_told: Mapped[bool] = kept(Boolean, server_default=text("true"))
    """False while the rule is muted and what happened was not said."""
