"""Names to show and people to write to, for ids in the reach of a subject.

The warehouse knows ids only: a page or report that shows a name asks here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import UserRole, UserStatus
from crm_core.models import Customer, User, UserLocation
from crm_core.security.permissions import Action, Grants, Resource, Subject, can, scope_of
from crm_core.services.tenancy import overrides

ERASED = "[erased]"


@dataclass(frozen=True)
class Recipient:
    """A member of staff to send something to, and what they may see."""

    subject: Subject
    user_id: UUID
    name: str
    email: str
    language: str


def names_of_users(session: Session, subject: Subject, ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of staff by id; ids out of reach are left out, and so are people who were erased.

    Empty for a role that may not know who is who.
    """
    if not ids or not can(subject, Resource.USER, Action.READ):
        return {}
    users = session.scalars(
        select(User).where(User.client_id == subject.client_id, User.id.in_(ids))
    )
    return {user.id: name for user in users if (name := user.name.strip())}


def names_of_customers(
    session: Session, subject: Subject, ids: Collection[UUID]
) -> dict[UUID, str]:
    """Names of customers by id, the firm's first; as `names_of_users`."""
    if not ids or not can(subject, Resource.PERSONAL_DATA, Action.READ):
        return {}
    customers = session.scalars(
        select(Customer).where(Customer.client_id == subject.client_id, Customer.id.in_(ids))
    )
    return {customer.id: _label(customer) for customer in customers}


def recipients(session: Session, subject: Subject, role: UserRole, at: datetime) -> list[Recipient]:
    """The active staff of a role in the reach of the subject, with what each may see at `at`."""
    users = session.scalars(
        select(User)
        .where(User.client_id == subject.client_id, User.role == role.value)
        .where(User.status == UserStatus.ACTIVE.value)
        .order_by(User.email)
    ).all()
    return _with_rights(session, subject, users, at)


def recipients_among(
    session: Session,
    subject: Subject,
    at: datetime,
    *,
    ids: Collection[UUID] = (),
    emails: Collection[str] = (),
) -> tuple[list[Recipient], list[User]]:
    """Of these members of staff the active ones, and those who are no longer that."""
    users = session.scalars(
        select(User)
        .where(User.client_id == subject.client_id)
        .where(or_(User.id.in_(ids), User.email.in_([email.lower() for email in emails])))
        .order_by(User.email)
    ).all()
    active = [user for user in users if user.status == UserStatus.ACTIVE]
    return (
        _with_rights(session, subject, active, at),
        [user for user in users if user.status != UserStatus.ACTIVE],
    )


def _with_rights(
    session: Session, subject: Subject, users: Sequence[User], at: datetime
) -> list[Recipient]:
    ids = [user.id for user in users]
    grants: dict[UUID, Grants] = {}
    with as_system(session):  # what others may see is not for the subject to know
        branches = _branches_of(session, subject, ids)
        for role in sorted({user.role for user in users}):
            of_role = [user.id for user in users if user.role == role]
            grants |= overrides.grants_of(session, subject.client_id, UserRole(role), of_role, at)
    return [
        Recipient(
            Subject(
                client_id=user.client_id,
                user_id=user.id,
                role=UserRole(user.role),
                scope=scope_of(UserRole(user.role)),
                location_ids=frozenset(branches.get(user.id, [])),
                grants=grants[user.id],
            ),
            user.id,
            user.name,
            user.email,
            user.language,
        )
        for user in users
    ]


def _branches_of(
    session: Session, subject: Subject, user_ids: Collection[UUID]
) -> dict[UUID, list[UUID]]:
    links = session.scalars(
        select(UserLocation).where(
            UserLocation.client_id == subject.client_id, UserLocation.user_id.in_(user_ids)
        )
    )
    found: dict[UUID, list[UUID]] = {}
    for link in links:
        found.setdefault(link.user_id, []).append(link.location_id)
    return found


def _label(customer: Customer) -> str:
    person = f"{customer.first_name} {customer.last_name}".strip()
    return customer.company_name or person or ERASED
