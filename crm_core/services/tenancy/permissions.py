"""Giving and taking rights: overrides of a role in the tenant, and of single people.

How they are resolved is `crm_core.security.permissions`. Nobody gives more than they hold, nobody
touches their own rights; every change and every refused attempt is on the audit trail.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, tenant_session
from crm_core.enums import (
    Action,
    AuditSeverity,
    PermissionEffect,
    PermissionScope,
    Resource,
    UserRole,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import RolePermission, User, UserLocation, UserPermission
from crm_core.security import audit
from crm_core.security.matrix import PLATFORM_ROLES
from crm_core.security.permissions import (
    NEVER,
    ActionRefused,
    Subject,
    can,
    conditions_of,
    require,
)
from crm_core.security.resources import conditions_for
from crm_core.services import checks, rows

Row = TypeVar("Row", RolePermission, UserPermission)
WHOLE = frozenset({PermissionScope.CLIENT, PermissionScope.ALL})
Conditions = Mapping[str, Sequence[str]]


def override_role(
    session: Session,
    subject: Subject,
    *,
    role: UserRole,
    resource: Resource,
    action: Action,
    effect: PermissionEffect,
    at: datetime,
    scope: PermissionScope | None = None,
    conditions: Conditions | None = None,
) -> RolePermission:
    """Allow a role something in this tenant over `scope`, or deny it; replaces an earlier one.

    Raises `ActionRefused` for one's own role or more than one holds, `InvalidInput`.
    """
    require(subject, Resource.PERMISSION, Action.CREATE)
    is_allowed = effect is PermissionEffect.ALLOW
    _check(resource, action, scope, is_allowed)
    _check_conditions(resource, conditions, is_allowed)
    if role in PLATFORM_ROLES:
        raise InvalidInput("role", f"{role} belongs to the platform, not to a company")
    about = {"role": role, **_about(resource, action, scope, conditions)}
    if role == subject.role and subject.user_id is not None:
        _refuse(subject, "nobody changes the rights of their own role", about, at)
    if is_allowed and not _holds(subject, resource, action, conditions, None):
        _refuse(subject, f"you may not give {action} {resource} to a role", about, at)
    row = _found(session, RolePermission, subject, role=role, resource=resource, action=action,
                 effect=effect)  # fmt: skip
    if row is None:
        row = RolePermission(
            client_id=subject.client_id, id=new_id(at), role=role.value, resource=resource.value,
            action=action.value, effect=effect.value,
        )  # fmt: skip
        session.add(row)
    row.scope = scope.value if scope else None
    row.conditions = {name: list(values) for name, values in (conditions or {}).items()}
    row.created_by_id = subject.user_id
    return _stored(session, subject, row, effect.value, about, at)


def override_person(
    session: Session,
    subject: Subject,
    *,
    user_id: UUID,
    resource: Resource,
    action: Action,
    is_granted: bool,
    reason: str,
    at: datetime,
    scope: PermissionScope | None = None,
    expires_at: datetime | None = None,
) -> UserPermission:
    """Give a person a right over `scope`, or take it away, until `expires_at`; replaces a former.

    Raises `ActionRefused` for oneself or more than one holds, `NotFound`, `InvalidInput`.
    """
    require(subject, Resource.PERMISSION, Action.CREATE)
    _check(resource, action, scope, is_granted)
    reason = checks.clean_text("reason", reason, 500)
    if expires_at is not None and checks.instant("expires_at", expires_at) <= at:
        raise InvalidInput("expires_at", "is over already")
    user = rows.get(session, subject, User, user_id, lock=False)
    about = {"user_id": user_id, "expires_at": expires_at, **_about(resource, action, scope, None)}
    if user_id == subject.user_id:
        _refuse(subject, "nobody changes their own rights", about, at)
    branches = _branches_of(session, user) if scope is not PermissionScope.CLIENT else None
    if is_granted and not _holds(subject, resource, action, None, branches):
        _refuse(subject, f"you may not give {action} {resource} to {user_id}", about, at)
    row = _found(session, UserPermission, subject, user_id=user_id, resource=resource,
                 action=action, is_granted=is_granted)  # fmt: skip
    if row is None:
        row = UserPermission(
            client_id=subject.client_id, id=new_id(at), user_id=user_id, resource=resource.value,
            action=action.value, is_granted=is_granted, location_id=user.location_id,
        )  # fmt: skip
        session.add(row)
    row.scope, row.expires_at, row.reason = scope.value if scope else None, expires_at, reason
    row.granted_by_id = subject.user_id
    return _stored(session, subject, row, "GRANT" if is_granted else "DENY", about, at)


def revoke(
    session: Session,
    subject: Subject,
    *,
    model: type[RolePermission] | type[UserPermission],
    permission_id: UUID,
    at: datetime,
) -> None:
    """End an override; what it changed falls back to the level below. Raises as the others."""
    require(subject, Resource.PERMISSION, Action.DELETE)
    row: RolePermission | UserPermission = rows.get(session, subject, model, permission_id)
    about = _about(Resource(row.resource), Action(row.action), None, None)
    if isinstance(row, RolePermission):
        is_own, about["role"] = row.role == subject.role, row.role
        takes_away = row.effect == PermissionEffect.DENY
    else:
        is_own, about["user_id"] = row.user_id == subject.user_id, row.user_id
        takes_away = not row.is_granted
    if is_own and subject.user_id is not None:
        _refuse(subject, "nobody changes their own rights", about, at)
    # To end a denial is to give: it takes what giving takes.
    key = Resource(row.resource), Action(row.action)
    if takes_away and not _holds(subject, *key, None, None):
        _refuse(subject, f"you may not give back {row.action} {row.resource}", about, at)
    session.delete(row)
    session.flush()
    audit.record(
        session, subject, "REVOKE", Resource.PERMISSION, permission_id, at,
        severity=AuditSeverity.WARNING, details=about,
    )  # fmt: skip
    session.flush()


def _check(
    resource: Resource, action: Action, scope: PermissionScope | None, is_allowed: bool
) -> None:
    if resource is Resource.MACHINERY or (resource, action) in NEVER:
        raise InvalidInput("resource", f"{action} {resource} is in nobody's hands")
    if scope is PermissionScope.ALL:
        raise InvalidInput("scope", "ALL is for the platform only")
    if is_allowed != (scope is not None):
        raise InvalidInput("scope", "is needed to allow something, and only then")


def _check_conditions(resource: Resource, conditions: Conditions | None, is_allowed: bool) -> None:
    if not conditions:
        return
    if not is_allowed:
        raise InvalidInput("conditions", "only what is allowed can have conditions")
    if conditions_of(conditions) is None:
        raise InvalidInput("conditions", 'must look like {"status": ["DRAFT"]}')
    known = conditions_for(resource)
    for name in sorted(set(conditions) - known):
        raise InvalidInput("conditions", f"{name} is not one of {', '.join(sorted(known))}")


def _holds(
    subject: Subject,
    resource: Resource,
    action: Action,
    conditions: Conditions | None,
    branches: frozenset[UUID] | None,
) -> bool:
    """Whether the subject holds all of what it gives; `branches` None for the whole company.

    What one may do to one's own rows is nobody else's: OWN cannot be handed on.
    """
    if subject.is_system:
        return True
    grant = subject.grants.get((resource, action))
    if grant is None or not can(subject, resource, action):
        return False
    if grant.conditions and grant.conditions != conditions_of(conditions):
        return False
    if grant.scope in WHOLE:
        return True
    by_branch = grant.scope is PermissionScope.LOCATION
    return by_branch and branches is not None and branches <= subject.location_ids


def _branches_of(session: Session, user: User) -> frozenset[UUID]:
    with as_system(session):  # also the branches that the giver does not see
        found = session.scalars(
            select(UserLocation.location_id).where(
                UserLocation.client_id == user.client_id, UserLocation.user_id == user.id
            )
        )
        return frozenset(found)


def _found(session: Session, model: type[Row], subject: Subject, **key: object) -> Row | None:
    query = select(model).filter_by(client_id=subject.client_id, **key).with_for_update()
    return session.scalars(query).one_or_none()


def _about(
    resource: Resource,
    action: Action,
    scope: PermissionScope | None,
    conditions: Conditions | None,
) -> dict[str, Any]:
    return {
        "resource": resource,
        "action": action,
        "scope": scope,
        "conditions": {name: list(values) for name, values in (conditions or {}).items()},
    }


def _stored(
    session: Session, subject: Subject, row: Row, what: str, about: Mapping[str, Any], at: datetime
) -> Row:
    session.flush()
    audit.record(
        session, subject, what, Resource.PERMISSION, row.id, at,
        severity=AuditSeverity.WARNING, details=about,
    )  # fmt: skip
    session.flush()
    return row


def _refuse(subject: Subject, why: str, about: Mapping[str, Any], at: datetime) -> NoReturn:
    """Refuse, and keep the attempt on the trail although the caller's transaction ends."""
    with tenant_session(subject) as own:
        audit.record(
            own, subject, "GRANT_REFUSED", Resource.PERMISSION, None, at,
            severity=AuditSeverity.WARNING, details={**about, "reason": why},
        )  # fmt: skip
    raise ActionRefused(why)
