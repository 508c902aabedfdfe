"""The people of a company as accounts: made, changed, given a role and branches, let go.

Single rights on top of a role are `tenancy.permissions`; passwords and sessions `tenancy.access`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import AuditSeverity, PermissionScope, UserRole, UserStatus
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Location, User, UserLocation
from crm_core.security import audit
from crm_core.security.matrix import PLATFORM_ROLES
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Resource,
    Subject,
    require,
    scope_of,
)
from crm_core.services import checks, rows
from crm_core.services.tenancy import access

ROLES: Final = tuple(role for role in UserRole if role not in PLATFORM_ROLES)
"""What a company may make of somebody."""

LANGUAGES: Final = ("en", "fr")


@dataclass(frozen=True)
class UserData:
    """What is known of a member of staff."""

    name: str
    email: str
    language: str = "en"
    phone: str | None = None


def create(
    session: Session,
    subject: Subject,
    *,
    data: UserData,
    role: UserRole,
    at: datetime,
    location_id: UUID | None = None,
) -> User:
    """An account without a password: an administrator gives it one for the first sign-in.

    A role that works at branches needs one. Raises `ActionRefused`, `InvalidInput`, `NotFound`.
    """
    require(subject, Resource.USER, Action.CREATE)
    _check_role(subject, role)
    known = _checked(session, subject, data)
    if location_id is None and scope_of(role) is not PermissionScope.CLIENT:
        raise InvalidInput("location_id", f"is needed: {role} works at a branch")
    user = User(
        client_id=subject.client_id, id=new_id(at), role=role.value, location_id=location_id,
        **known,
    )  # fmt: skip
    session.add(user)
    session.flush()
    if location_id is not None:
        _link(session, subject, user, location_id, at, is_primary=True)
    _record(session, subject, "CREATE", user, at, role=role)
    return user


def update(
    session: Session, subject: Subject, *, user_id: UUID, data: UserData, at: datetime
) -> None:
    """Name, address, telephone and language; the address is what one signs in with."""
    user = _changeable(session, subject, user_id)
    if data.email.strip().lower() != user.email:
        _require_administrator(subject, "the address of an account")
    for name, value in _checked(session, subject, data, user).items():
        setattr(user, name, value)
    _record(session, subject, "UPDATE", user, at)


def give_role(
    session: Session, subject: Subject, *, user_id: UUID, role: UserRole, at: datetime
) -> None:
    """Make somebody something else, from their next click on; rights of their own stay.

    For administrators of the whole company, and never for oneself.
    """
    user = _changeable(session, subject, user_id)
    _refuse_oneself(subject, user, "role")
    _check_role(subject, role)
    former, user.role = user.role, role.value
    _record(session, subject, "GIVE_ROLE", user, at, former=former, role=role)


def add_branch(
    session: Session, subject: Subject, *, user_id: UUID, location_id: UUID, at: datetime
) -> UserLocation:
    """Open one more branch to somebody whose role works at branches."""
    user = _changeable(session, subject, user_id)
    _require_administrator(subject, "the branches of somebody")
    _refuse_oneself(subject, user, "branches")
    if location_id in _branches(session, user):
        raise InvalidInput("location_id", "is one of their branches already")
    link = _link(session, subject, user, location_id, at, is_primary=False)
    _record(session, subject, "ADD_BRANCH", user, at, location_id=location_id)
    return link


def remove_branch(session: Session, subject: Subject, *, link_id: UUID, at: datetime) -> None:
    """Close a branch to somebody; the home branch stays."""
    link = rows.get(session, subject, UserLocation, link_id)
    user = _changeable(session, subject, link.user_id)
    _require_administrator(subject, "the branches of somebody")
    _refuse_oneself(subject, user, "branches")
    if link.location_id == user.location_id:
        raise InvalidInput("location_id", "is the home branch")
    location_id = link.location_id
    session.delete(link)
    _record(session, subject, "REMOVE_BRANCH", user, at, location_id=location_id)


def switch(
    session: Session, subject: Subject, *, user_id: UUID, is_active: bool, at: datetime
) -> None:
    """Let somebody in again, or no more: their sessions end at once. Never oneself."""
    user = _changeable(session, subject, user_id)
    _require_administrator(subject, "who may sign in")
    _refuse_oneself(subject, user, "account")
    user.status = (UserStatus.ACTIVE if is_active else UserStatus.INACTIVE).value
    if not is_active:
        access.end_sessions(session, subject, user.id, at)
    _record(session, subject, "SWITCH_ON" if is_active else "SWITCH_OFF", user, at)


def _changeable(session: Session, subject: Subject, user_id: UUID) -> User:
    user = rows.get(session, subject, User, user_id)
    require(subject, Resource.USER, Action.UPDATE, rows.facts(user), User.__scope__)
    return user


def _check_role(subject: Subject, role: UserRole) -> None:
    _require_administrator(subject, "roles")
    if role not in ROLES:
        raise InvalidInput("role", f"{role} belongs to the platform, not to a company")


def _require_administrator(subject: Subject, what: str) -> None:
    if subject.role not in (UserRole.ADMIN, UserRole.SUPER_ADMIN):
        raise ActionRefused(f"{subject.role} may not decide about {what}")


def _refuse_oneself(subject: Subject, user: User, what: str) -> None:
    if user.id == subject.user_id:
        raise ActionRefused(f"nobody changes their own {what}")


def _checked(
    session: Session, subject: Subject, data: UserData, user: User | None = None
) -> dict[str, str | None]:
    email = checks.clean_text("email", data.email, 200).lower()
    if email.count("@") != 1 or email.startswith("@") or email.endswith("@") or " " in email:
        raise InvalidInput("email", "is no mail address")
    if data.language not in LANGUAGES:
        raise InvalidInput("language", f"is not one of {', '.join(LANGUAGES)}")
    with as_system(session):  # also people at branches that the subject does not see
        taken = session.scalar(
            select(func.count()).where(
                User.client_id == subject.client_id, User.email == email,
                *([User.id != user.id] if user else []),
            )
        )  # fmt: skip
    if taken:
        raise InvalidInput("email", "belongs to somebody else here")
    return {
        "name": checks.clean_text("name", data.name, 200),
        "email": email,
        "language": data.language,
        "phone": checks.optional_text("phone", data.phone, 40),
    }


def _link(
    session: Session,
    subject: Subject,
    user: User,
    location_id: UUID,
    at: datetime,
    *,
    is_primary: bool,
) -> UserLocation:
    rows.get(session, subject, Location, location_id, lock=False)
    link = UserLocation(
        client_id=subject.client_id, id=new_id(at), user_id=user.id, location_id=location_id,
        is_primary=is_primary,
    )  # fmt: skip
    session.add(link)
    session.flush()
    return link


def _branches(session: Session, user: User) -> set[UUID]:
    found = select(UserLocation.location_id).where(
        UserLocation.client_id == user.client_id, UserLocation.user_id == user.id
    )
    return set(session.scalars(found))


def _record(
    session: Session, subject: Subject, action: str, user: User, at: datetime, **details: object
) -> None:
    session.flush()
    audit.record(
        session, subject, action, Resource.USER, user.id, at, severity=AuditSeverity.WARNING,
        details=details,
    )  # fmt: skip
    session.flush()
