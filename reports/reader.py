"""Whose report it is: company, scope in words, zone and currency, read from the core.

What the reader may see is decided by the door and by row-level security, not here.
"""

from dataclasses import dataclass

from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import PermissionScope
from crm_core.models import Client, Location, User
from crm_core.security.permissions import Subject, system_subject
from reports.words import word

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
