"""Tenants, branches, staff, and the business date of each branch.

What a member of staff may do is decided in `crm_core.security`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import (
    ClientStatus,
    DataSource,
    LocationStatus,
    StorageType,
    UserRole,
    UserStatus,
)
from crm_core.models.base import (
    SCHEMA,
    Base,
    Instant,
    Money,
    Owned,
    Scope,
    Sourced,
    Stamped,
    in_set,
    indexes,
    kept,
    local_of,
    not_negative,
    one_of,
    private,
    source_key,
    tenant_fk,
    tracked,
)


class Client(Stamped, Base):
    """A tenant: one moving company. Everything else hangs off it."""

    __tablename__ = "clients"
    __table_args__ = (
        in_set("status", ClientStatus),
        UniqueConstraint("slug"),
        ForeignKeyConstraint(["parent_client_id"], [f"{SCHEMA}.clients.id"]),
        CheckConstraint("parent_client_id <> id", name="not_its_own_parent"),
        Index("ix_clients_changed_xid", "changed_xid"),
    )

    id: Mapped[UUID] = kept(Uuid(), primary_key=True)
    slug: Mapped[str] = kept(String(60))
    """Short key in addresses, on the command line and in the warehouse."""
    name: Mapped[str] = kept(String(200))
    industry: Mapped[str | None] = kept(String(100))
    is_franchise: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """A franchisee's company; otherwise the corporate owner's."""
    parent_client_id: Mapped[UUID | None] = kept(Uuid())
    """The franchisor of a franchisee tenant."""
    contact_email: Mapped[str | None] = private(String(200))
    contact_phone: Mapped[str | None] = private(String(40))
    website: Mapped[str | None] = private(String(200))
    logo: Mapped[str | None] = private(String(200))
    """Key of the stored picture."""
    timezone: Mapped[str] = kept(String(60), server_default=text("'America/Toronto'"))
    """IANA zone of rows that no branch owns."""
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    """Reporting currency of the tenant."""
    language: Mapped[str] = kept(String(5), server_default=text("'en'"))
    settings: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Branding, numbering, tax and notification settings."""
    features: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Feature switches by name."""
    limits: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Quotas by name: users, branches, journeys, storage."""
    status: Mapped[str] = one_of(ClientStatus, server_default=text("'ACTIVE'"))


class Location(Owned, Sourced, Base):
    """A branch of a tenant."""

    __tablename__ = "locations"
    __scope__: ClassVar[Scope] = Scope(location="id")
    __table_args__ = tracked(
        "locations",
        in_set("status", LocationStatus),
        in_set("storage_type", StorageType),
        in_set("data_source", DataSource),
        *not_negative("truck_count", "crew_count", "storage_unit_count"),
        CheckConstraint("closed_on is null or closed_on >= opened_on", name="closed_after_opened"),
        UniqueConstraint("client_id", "code"),
        UniqueConstraint("client_id", "name"),
        source_key("locations"),
        scoped=False,
    )

    code: Mapped[str] = kept(String(10))
    """Short key of the branch, once per tenant."""
    name: Mapped[str] = kept(String(120))
    city: Mapped[str] = kept(String(120))
    province: Mapped[str] = kept(String(2))
    timezone: Mapped[str] = kept(String(60))
    is_corporate: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Run by the company itself; otherwise by a franchisee."""
    storage_type: Mapped[str] = one_of(StorageType, server_default=text("'NO_STORAGE'"))
    """Main storage product on the site."""
    truck_count: Mapped[int] = kept(Integer, server_default=text("0"))
    crew_count: Mapped[int | None] = kept(Integer)
    storage_unit_count: Mapped[int | None] = kept(Integer)
    """Units the site has room for; the units themselves are `storage_units`."""
    services: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{}'"))
    """Codes of the services on offer."""
    business_hours: Mapped[dict[str, Any] | None] = kept(JSONB)
    """Per weekday (mon to sun) opening and closing time at the branch's clock; absent = closed."""
    has_customer_care: Mapped[bool] = kept(Boolean, server_default=text("true"))
    """Whether the company's call centre answers for this branch."""
    shared_fleet_codes: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{}'"))
    """Codes of the branches that share its trucks."""
    latitude: Mapped[Decimal | None] = kept(Numeric(8, 5))
    longitude: Mapped[Decimal | None] = kept(Numeric(8, 5))
    status: Mapped[str] = one_of(LocationStatus, server_default=text("'ACTIVE'"))
    opened_on: Mapped[date] = kept(Date)
    closed_on: Mapped[date | None] = kept(Date)
    phone: Mapped[str | None] = private(Text)
    email: Mapped[str | None] = private(Text)
    address: Mapped[dict[str, Any] | None] = private(JSONB)
    """Street, unit, city, province, postal code, country."""
    manager_name: Mapped[str | None] = private(String(200))
    manager_phone: Mapped[str | None] = private(String(40))
    manager_email: Mapped[str | None] = private(String(200))


class BusinessDate(Owned, Base):
    """The calendar day a branch is in; moved by the edge: a new day is a change like any other."""

    __tablename__ = "business_dates"
    __scope__: ClassVar[Scope] = Scope(location="id")
    __table_args__ = tracked("business_dates", tenant_fk("id", "locations"), scoped=False)

    business_on: Mapped[date] = kept(Date)


class User(Owned, Base):
    """A member of staff and their account."""

    __tablename__ = "users"
    __scope__: ClassVar[Scope] = Scope(location="location_id", owner="id")
    __table_args__ = tracked(
        "users",
        in_set("role", UserRole),
        in_set("status", UserStatus),
        *not_negative("failed_login_count", "hourly_cost_amount"),
        CheckConstraint("email = lower(email)", name="email_lower_case"),
        UniqueConstraint("client_id", "email"),
        Index("ix_users_email", "email"),
        Index(
            "uq_users_api_key_hash",
            "api_key_hash",
            unique=True,
            postgresql_where=text("api_key_hash is not null"),
        ),
        tenant_fk("location_id", "locations"),
        *indexes("users", ["location_id"], ["role"]),
        scoped=False,
    )

    location_id: Mapped[UUID | None] = kept(Uuid())
    """Home branch; empty for head office. The branches one may see are in `user_locations`."""
    role: Mapped[str] = one_of(UserRole)
    """Decides, with overrides, what the person may do."""
    status: Mapped[str] = one_of(UserStatus, server_default=text("'ACTIVE'"))
    name: Mapped[str] = private(String(200))
    email: Mapped[str] = private(String(200))
    phone: Mapped[str | None] = private(String(40))
    language: Mapped[str] = kept(String(5), server_default=text("'en'"))
    avatar: Mapped[str | None] = private(String(200))
    """Key of the stored picture."""
    skills: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{}'"))
    """What the person may be sent for: piano, packing, class_g_licence and the like."""
    preferences: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Theme, notification choices, first dashboard."""
    hourly_cost_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """Loaded labour cost of an hour, in the tenant's currency."""
    password_hash: Mapped[str | None] = private(Text)
    api_key_hash: Mapped[str | None] = private(String(64))
    """SHA-256 of a personal API key; the key itself is shown once and never stored."""
    is_two_factor_enabled: Mapped[bool] = kept(Boolean, server_default=text("false"))
    recovery_hashes: Mapped[list[str]] = private(ARRAY(Text), server_default=text("'{}'"))
    """SHA-256 of the codes that open the account once each when the telephone is lost."""
    last_code_step: Mapped[int | None] = private(Integer)
    """The half-minute of the last code: it and earlier ones are not taken again."""
    must_change_password: Mapped[bool] = private(Boolean, server_default=text("false"))
    """The password was given by somebody else."""
    failed_login_count: Mapped[int] = private(Integer, server_default=text("0"))
    locked_until_at: Mapped[datetime | None] = private(Instant)
    last_login_at: Mapped[datetime | None] = private(Instant)
    last_login_on: Mapped[date | None] = local_of("last_login_at", Date)


class UserLocation(Owned, Base):
    """A branch that LOCATION scope opens to a member of staff."""

    __tablename__ = "user_locations"
    __scope__: ClassVar[Scope] = Scope(location="location_id", owner="user_id")
    __table_args__ = tracked(
        "user_locations",
        tenant_fk("user_id", "users"),
        tenant_fk("location_id", "locations"),
        UniqueConstraint("client_id", "user_id", "location_id"),
        Index(
            "uq_user_locations_primary",
            "client_id",
            "user_id",
            unique=True,
            postgresql_where=text("is_primary"),
        ),
        scoped=False,
    )

    user_id: Mapped[UUID] = kept(Uuid())
    location_id: Mapped[UUID] = kept(Uuid())
    is_primary: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """The home branch; at most one per person."""


class Session(Owned, Base):
    """A signed-in browser; the token itself is never stored."""

    __tablename__ = "sessions"
    __table_args__ = tracked(
        "sessions",
        tenant_fk("user_id", "users"),
        UniqueConstraint("token_hash"),
        *indexes("sessions", ["user_id"]),
        scoped=False,
    )

    user_id: Mapped[UUID] = private(Uuid())
    token_hash: Mapped[str] = private(String(64))
    """SHA-256 of the cookie's token."""
    is_code_due: Mapped[bool] = private(Boolean, server_default=text("false"))
    """The password was right, the second factor is still to come."""
    last_seen_at: Mapped[datetime] = private(Instant)
    expires_at: Mapped[datetime] = private(Instant)
    revoked_at: Mapped[datetime | None] = private(Instant)


class NumberCounter(Base):
    """The last number given, per tenant, kind and year: numbers run without gaps."""

    __tablename__ = "number_counters"
    __table_args__ = (ForeignKeyConstraint(["client_id"], [f"{SCHEMA}.clients.id"]),)

    client_id: Mapped[UUID] = private(Uuid(), primary_key=True)
    kind: Mapped[str] = private(String(20), primary_key=True)
    """What is numbered."""
    year: Mapped[int] = private(Integer, primary_key=True)
    last_number: Mapped[int] = private(Integer)


class ZoneOffset(Stamped, Base):
    """From when on a time zone is how far from UTC, by the pinned zone data; for all tenants."""

    __tablename__ = "zone_offsets"

    timezone: Mapped[str] = private(String(60), primary_key=True)
    from_at: Mapped[datetime] = private(Instant, primary_key=True)
    offset_seconds: Mapped[int] = private(Integer)
    """Seconds east of UTC."""
