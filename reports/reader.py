"""Whose report it is: company, scope in words, zone and currency, read from the core.

What the reader may see is decided by the door and by row-level security, not here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import PermissionScope
from crm_core.models import Client, Equipment, Location, TruckJourney, User
from crm_core.security.permissions import Subject, system_subject
from crm_core.services.tenancy.staff import names_of_users
from reports.desk import Names
from reports.setting import STAFF
from reports.words import word
from transforms.metrics.result import Door

STAFF_MART = "marts.dim_users"
CORE_NAMES = {
    "job": (TruckJourney.id, TruckJourney.journey_number),
    "truck": (Equipment.id, Equipment.name),
}
"""Dimensions whose values are rows of the core, and what people call them."""
PLATFORM = "platform"
"""Who a report is for when no person asked for it."""


@dataclass(frozen=True)
class Reader:
    """What a report's header says about its reader."""

    company: str
    timezone: str
    currency: str
    scope: PermissionScope
    branches: tuple[str, ...]
    """Names of the branches the scope is limited to; empty where it is not."""
    sign_in: str

    def scope_text(self, locale: str) -> str:
        """The scope in words."""
        names = ", ".join(self.branches) or "–"
        match self.scope:
            case PermissionScope.OWN:
                return word("scope_own", locale, names=names)
            case PermissionScope.LOCATION:
                key = "scope_branch" if len(self.branches) == 1 else "scope_branches"
                return word(key, locale, names=names)
            case _:
                return word("scope_company", locale)


def reader_of(subject: Subject) -> Reader:
    """The reader behind a subject.

    Read as the platform, and only the subject's own rows: a member of staff without a home branch
    is not in the reach of their own LOCATION scope.
    """
    with tenant_session(system_subject(subject.client_id)) as session:
        client = session.scalars(select(Client).where(Client.id == subject.client_id)).one()
        user = session.get(User, (subject.client_id, subject.user_id)) if subject.user_id else None
        branches = session.scalars(
            select(Location.name)
            .where(Location.client_id == subject.client_id)
            .where(Location.id.in_(subject.location_ids))
            .order_by(Location.name)
        ).all()
        return Reader(
            company=client.name,
            timezone=client.timezone,
            currency=client.currency,
            scope=subject.scope,
            branches=tuple(branches),
            sign_in=user.email if user else PLATFORM,
        )


def names_for(door: Door, subject: Subject, dimensions: Collection[str]) -> Names:
    """Names for the keys that the warehouse holds without one, where the reader may know them."""
    found: dict[str, Mapping[str, str]] = {}
    staff = [name for name in STAFF if name in dimensions]
    with tenant_session(subject) as session:
        if staff and STAFF_MART in door.relations:
            ids = [
                UUID(row[0]) for row in door.sql(f'select user_id from "lake".{STAFF_MART}').rows()
            ]
            names = names_of_users(session, subject, ids)
            shown = {str(user_id): name for user_id, name in names.items()}
            found.update(dict.fromkeys(staff, shown))
        for dimension, (key, name) in CORE_NAMES.items():
            if dimension in dimensions:
                pairs = session.execute(
                    select(key, name).where(key.class_.client_id == subject.client_id)
                )
                found[dimension] = {str(row_id): text for row_id, text in pairs}
    return found
