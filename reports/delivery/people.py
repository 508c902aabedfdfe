"""Who receives a report, resolved at the moment of sending: each person with their own rights.

Who is named is said by the plan; what each may see is decided by rights and doors.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import PermissionScope, Resource
from crm_core.models import Client, Location
from crm_core.security.permissions import Action, Subject
from crm_core.services.tenancy.staff import Recipient, recipients, recipients_among
from reports.delivery.plan import Plan
from transforms.metrics.query import UNASSIGNED

BUSINESS = (Resource.LEAD, Resource.QUOTE, Resource.JOURNEY, Resource.INVOICE, Resource.PAYMENT)
"""What is split by branch: whoever sees one of these of the whole company may see all branches."""


@dataclass(frozen=True)
class Person:
    """A recipient: a member of staff, or an address outside that sees what the owner sees."""

    subject: Subject
    name: str
    email: str
    language: str
    user_id: UUID | None = None
    """Empty for an address outside."""

    @property
    def key(self) -> str:
        """The recipient in the ledger and in message ids."""
        return str(self.user_id or self.email)

    @property
    def scope_hash(self) -> str:
        """What the person may see and where it goes; another value asks for another drawing."""
        places = ",".join(sorted(map(str, self.subject.location_ids)))
        said = f"{self.subject.user_id}\n{self.subject.context}\n{places}\n{self.email}"
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def sees_all_branches(self) -> bool:
        """Whether figures of every branch are in the person's reach."""
        if self.subject.scope in (PermissionScope.CLIENT, PermissionScope.ALL):
            return True
        held = (self.subject.grants.get((each, Action.READ)) for each in BUSINESS)
        return any(grant and grant.scope is PermissionScope.CLIENT for grant in held)


@dataclass(frozen=True)
class Resolved:
    """Who receives it now, and who was named but is no longer there."""

    people: tuple[Person, ...]
    gone: tuple[tuple[UUID, str], ...]
    """Members of staff who left: id and address."""


def resolve(system: Subject, plan: Plan, at: datetime) -> Resolved:
    """Everybody once, the order does not matter."""
    to = plan.audience
    with tenant_session(system) as session:
        by_role = [
            person
            for role in to.roles
            for person in recipients(session, system, role, at)
            if not to.location_ids or person.subject.location_ids & set(to.location_ids)
        ]
        named, left = recipients_among(session, system, at, ids=to.user_ids, emails=to.emails)
        found = {person.user_id: person for person in (*by_role, *named)}
        inside = {user.email for user in named} | {user.email for user in left}
        outside = [email for email in to.emails if email.lower() not in inside]
        owner: list[Recipient] = []
        if outside and plan.owner_id is not None:
            owner, _ = recipients_among(session, system, at, ids=[plan.owner_id])
    people = [_staff(person) for person in found.values()]
    # Without an owner there is nobody whose figures an outsider could see.
    people += [
        Person(owner[0].subject, email, email, owner[0].language) for email in outside if owner
    ]
    return Resolved(tuple(people), tuple((user.id, user.email) for user in left))


def again(system: Subject, person: Person, at: datetime) -> Person | None:
    """The same person as things stand now; None when there is no such member of staff any more."""
    user_id = person.subject.user_id
    assert user_id is not None
    with tenant_session(system) as session:
        found, _ = recipients_among(session, system, at, ids=[user_id])
    if not found:
        return None
    if person.user_id is not None:
        return _staff(found[0])
    return Person(found[0].subject, person.name, person.email, person.language)


def branch_codes(system: Subject, ids: Iterable[UUID]) -> frozenset[str]:
    """The codes of branches."""
    with tenant_session(system) as session:
        query = select(Location.code).where(
            Location.client_id == system.client_id, Location.id.in_(list(ids))
        )
        return frozenset(session.scalars(query))


def exceeds(system: Subject, person: Person, seen: frozenset[str]) -> list[str]:
    """Branches in a drawn report that are not in the person's reach."""
    if person.sees_all_branches:
        return []
    return sorted(seen - branch_codes(system, person.subject.location_ids) - {UNASSIGNED})


def timezone_of_company(system: Subject) -> str:
    """The zone of the tenant."""
    with tenant_session(system) as session:
        return session.scalars(select(Client.timezone).where(Client.id == system.client_id)).one()


def _staff(found: Recipient) -> Person:
    return Person(found.subject, found.name, found.email, found.language, found.user_id)
