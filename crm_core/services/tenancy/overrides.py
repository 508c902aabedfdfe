"""Stored overrides of rights, as the permission function takes them.

Giving and taking rights is `tenancy.permissions`; sign-in reads them in `tenancy.access`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.enums import PermissionEffect, UserRole
from crm_core.models import RolePermission, UserPermission
from crm_core.security.permissions import Grants, Override, effective


def of_role(row: Mapping[str, Any]) -> Override:
    """The override of one row of `role_permissions`, by column name."""
    is_allowed = row["effect"] == PermissionEffect.ALLOW
    return Override(row["resource"], row["action"], is_allowed, row["scope"], row["conditions"])


def of_person(row: Mapping[str, Any]) -> Override:
    """The override of one row of `user_permissions`; `expires_at` may be text, as from JSON."""
    expires_at = row["expires_at"]
    if isinstance(expires_at, str):
        expires_at = datetime.fromisoformat(expires_at)
    return Override(
        row["resource"], row["action"], row["is_granted"], row["scope"], expires_at=expires_at
    )


def grants_of(
    session: Session, client_id: UUID, role: UserRole, user_ids: Collection[UUID], at: datetime
) -> dict[UUID, Grants]:
    """What people of one role may do at `at`; the session must see the overrides."""
    role_rows = session.scalars(
        select(RolePermission).where(
            RolePermission.client_id == client_id, RolePermission.role == role.value
        )
    )
    tenant = [of_role(_columns(row)) for row in role_rows]
    personal: dict[UUID, list[Override]] = {user_id: [] for user_id in user_ids}
    for row in session.scalars(
        select(UserPermission).where(
            UserPermission.client_id == client_id, UserPermission.user_id.in_(user_ids)
        )
    ):
        personal[row.user_id].append(of_person(_columns(row)))
    return {user_id: effective(role, tenant, own, at) for user_id, own in personal.items()}


def _columns(row: RolePermission | UserPermission) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__table__.columns.keys()}  # noqa: SIM118
