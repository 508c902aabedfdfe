"""Who runs the platform, what they looked into, and the software plan each tenant is on.

Staff of a tenant are in `crm_core.models.tenancy`; platform people are none of theirs.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import (
    AccessActionType,
    AuditSeverity,
    BillingPlanStatus,
    BillingPlanType,
    Currency,
    PlatformRole,
)
from crm_core.models.base import (
    SCHEMA,
    Base,
    Instant,
    Money,
    Owned,
    Stamped,
    in_set,
    indexes,
    kept,
    not_negative,
    one_of,
    private,
    tracked,
)


class PlatformAdmin(Stamped, Base):
    """A person who runs the platform; belongs to no tenant and is visible to none."""

    __tablename__ = "platform_admins"
    __table_args__ = (
        in_set("role", PlatformRole),
        *not_negative("failed_login_count"),
        CheckConstraint("email = lower(email)", name="email_lower_case"),
        UniqueConstraint("username"),
        UniqueConstraint("email"),
    )

    id: Mapped[UUID] = private(Uuid(), primary_key=True)
    username: Mapped[str] = private(String(60))
    email: Mapped[str] = private(String(200))
    first_name: Mapped[str] = private(String(120))
    last_name: Mapped[str] = private(String(120))
    phone: Mapped[str | None] = private(String(40))
    avatar: Mapped[str | None] = private(String(200))
    """Key of the stored picture."""
    role: Mapped[str] = private(String(40))
    permissions: Mapped[list[Any]] = private(JSONB, server_default=text("'[]'"))
    """Names of single rights beside those of the role."""
    password_hash: Mapped[str | None] = private(Text)
    is_active: Mapped[bool] = private(Boolean, server_default=text("true"))
    is_two_factor_enabled: Mapped[bool] = private(Boolean, server_default=text("false"))
    failed_login_count: Mapped[int] = private(Integer, server_default=text("0"))
    locked_until_at: Mapped[datetime | None] = private(Instant)
    last_login_at: Mapped[datetime | None] = private(Instant)


class PlatformSession(Stamped, Base):
    """A signed-in platform person; acts in one chosen tenant at a time, or in none."""

    __tablename__ = "platform_sessions"
    __table_args__ = (
        ForeignKeyConstraint(["admin_id"], [f"{SCHEMA}.platform_admins.id"]),
        ForeignKeyConstraint(["current_client_id"], [f"{SCHEMA}.clients.id"]),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        UniqueConstraint("token_hash"),
        Index("ix_platform_sessions_admin_id", "admin_id"),
    )

    id: Mapped[UUID] = private(Uuid(), primary_key=True)
    admin_id: Mapped[UUID] = private(Uuid())
    token_hash: Mapped[str] = private(String(64))
    """SHA-256 of the cookie's token."""
    current_client_id: Mapped[UUID | None] = private(Uuid())
    """The tenant being looked into; choosing one is logged."""
    ip_address: Mapped[str | None] = private(String(45))
    user_agent: Mapped[str | None] = private(String(400))
    device_id: Mapped[str | None] = private(String(100))
    last_seen_at: Mapped[datetime] = private(Instant)
    expires_at: Mapped[datetime] = private(Instant)
    revoked_at: Mapped[datetime | None] = private(Instant)


class CompanyAccessLog(Owned, Base):
    """One act of a platform person inside a tenant, which that tenant may read."""

    __tablename__ = "company_access_logs"
    __table_args__ = tracked(
        "company_access_logs",
        in_set("action", AccessActionType),
        in_set("severity", AuditSeverity),
        *indexes("company_access_logs", ["occurred_at"]),
        scoped=False,
    )

    admin_id: Mapped[UUID] = kept(Uuid())
    """The platform person; no key, so that the log outlives the account."""
    session_id: Mapped[UUID | None] = private(Uuid())
    action: Mapped[str] = one_of(AccessActionType)
    severity: Mapped[str] = one_of(AuditSeverity, server_default=text("'INFO'"))
    details: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """What was looked at or changed; never names or contact data."""
    ip_address: Mapped[str | None] = private(String(45))
    user_agent: Mapped[str | None] = private(String(400))
    occurred_at: Mapped[datetime] = kept(Instant)


class BillingPlan(Owned, Base):
    """The software plan that a tenant is on; rent has nothing to do with it."""

    __tablename__ = "billing_plans"
    __table_args__ = tracked(
        "billing_plans",
        in_set("plan_type", BillingPlanType),
        in_set("status", BillingPlanStatus),
        in_set("currency", Currency),
        *not_negative("monthly_amount"),
        UniqueConstraint("client_id", "name"),
        Index(
            "uq_billing_plans_active",
            "client_id",
            unique=True,
            postgresql_where=text("status = 'ACTIVE'"),
        ),
        scoped=False,
    )

    name: Mapped[str] = kept(String(120))
    description: Mapped[str | None] = private(String(500))
    plan_type: Mapped[str] = one_of(BillingPlanType)
    status: Mapped[str] = one_of(BillingPlanStatus, server_default=text("'ACTIVE'"))
    monthly_amount: Mapped[Decimal] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    features: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Feature switches that the plan opens."""
    limits: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Quotas that the plan sets."""
