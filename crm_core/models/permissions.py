"""Rights that differ from the role defaults: of a role in one tenant, of one person, of one step.

The defaults and the decision are in `crm_core.security`.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import Action, PermissionEffect, PermissionScope, Resource, UserRole
from crm_core.models.base import (
    Base,
    Instant,
    Owned,
    Scope,
    in_set,
    kept,
    local_of,
    one_of,
    private,
    tenant_fk,
    tracked,
)

STEPS = 4


def _no_trail() -> CheckConstraint:
    """What nobody may be given."""
    return CheckConstraint(
        "resource <> 'MACHINERY' and (resource <> 'AUDIT_ENTRY' or action in ('READ', 'EXPORT'))",
        name="trail_untouched",
    )


class RolePermission(Owned, Base):
    """What a role may do in this tenant, in place of its default."""

    __tablename__ = "role_permissions"
    __table_args__ = tracked(
        "role_permissions",
        in_set("role", UserRole),
        in_set("resource", Resource),
        in_set("action", Action),
        in_set("effect", PermissionEffect),
        in_set("scope", PermissionScope),
        CheckConstraint("scope <> 'ALL'", name="scope_within_tenant"),
        CheckConstraint("(effect = 'ALLOW') = (scope is not null)", name="scope_when_allowed"),
        CheckConstraint("effect = 'ALLOW' or conditions = '{}'", name="conditions_when_allowed"),
        CheckConstraint("jsonb_typeof(conditions) = 'object'", name="conditions_object"),
        _no_trail(),
        tenant_fk("created_by_id", "users"),
        UniqueConstraint("client_id", "role", "resource", "action", "effect"),
        scoped=False,
    )

    role: Mapped[str] = one_of(UserRole)
    resource: Mapped[str] = one_of(Resource)
    action: Mapped[str] = one_of(Action)
    effect: Mapped[str] = one_of(PermissionEffect)
    scope: Mapped[str | None] = one_of(PermissionScope)
    conditions: Mapped[dict[str, Any]] = kept(JSONB, server_default=text("'{}'"))
    """{"status": ["DRAFT"]}: the row's column must hold one of the values."""
    created_by_id: Mapped[UUID | None] = kept(Uuid())


class SecondFactorRole(Owned, Base):
    """A role whose people must have a second factor in this tenant."""

    __tablename__ = "second_factor_roles"
    __table_args__ = tracked(
        "second_factor_roles",
        in_set("role", UserRole),
        UniqueConstraint("client_id", "role"),
        scoped=False,
    )

    role: Mapped[str] = one_of(UserRole)


class UserPermission(Owned, Base):
    """What one person may do, or may not, until it expires; stronger than the role's rights."""

    __tablename__ = "user_permissions"
    __scope__: ClassVar[Scope] = Scope(location="location_id", owner="user_id")
    __table_args__ = tracked(
        "user_permissions",
        in_set("resource", Resource),
        in_set("action", Action),
        in_set("scope", PermissionScope),
        CheckConstraint("scope <> 'ALL'", name="scope_within_tenant"),
        CheckConstraint("is_granted = (scope is not null)", name="scope_when_granted"),
        CheckConstraint("user_id <> granted_by_id", name="not_by_oneself"),
        _no_trail(),
        tenant_fk("location_id", "locations"),
        tenant_fk("user_id", "users"),
        tenant_fk("granted_by_id", "users"),
        UniqueConstraint(
            *("client_id", "user_id", "resource", "action", "is_granted"),
            name="uq_user_permissions_right",
        ),
        scoped=False,
    )

    location_id: Mapped[UUID | None] = kept(Uuid())
    """Home branch of the person when it was given."""
    user_id: Mapped[UUID] = kept(Uuid())
    resource: Mapped[str] = one_of(Resource)
    action: Mapped[str] = one_of(Action)
    is_granted: Mapped[bool] = kept(Boolean)
    """True gives, false takes away; a suspension may stand beside a lasting grant, and wins."""
    scope: Mapped[str | None] = one_of(PermissionScope)
    expires_at: Mapped[datetime | None] = kept(Instant)
    """From this instant on the row does nothing."""
    granted_on: Mapped[date | None] = local_of("created_at", Date)
    expires_on: Mapped[date | None] = local_of("expires_at", Date)
    reason: Mapped[str] = private(String(500))
    granted_by_id: Mapped[UUID | None] = kept(Uuid())


class JourneyStepPermission(Owned, Base):
    """What a role may do with one of the four steps of a journey, where that is less than all."""

    __tablename__ = "journey_step_permissions"
    __table_args__ = tracked(
        "journey_step_permissions",
        in_set("role", UserRole),
        CheckConstraint(f"step_number between 1 and {STEPS}", name="step_number_range"),
        CheckConstraint(
            "can_view or not (can_edit or can_approve or can_delete or can_export or can_audit)",
            name="view_first",
        ),
        UniqueConstraint("client_id", "role", "step_number"),
        scoped=False,
    )

    role: Mapped[str] = one_of(UserRole)
    step_number: Mapped[int] = kept(Integer)
    can_view: Mapped[bool] = kept(Boolean, server_default=text("true"))
    can_edit: Mapped[bool] = kept(Boolean, server_default=text("false"))
    can_approve: Mapped[bool] = kept(Boolean, server_default=text("false"))
    can_delete: Mapped[bool] = kept(Boolean, server_default=text("false"))
    can_export: Mapped[bool] = kept(Boolean, server_default=text("false"))
    can_audit: Mapped[bool] = kept(Boolean, server_default=text("false"))
