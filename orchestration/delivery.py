"""Who is delivered to: one tenant by its short name, or every active one.

What a delivery does is in `reports.delivery`.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import DatabaseRole, engine
from crm_core.enums import ClientStatus
from crm_core.errors import CrmError
from crm_core.models import Client
from crm_core.security.permissions import Subject, system_subject
from reports.delivery import Delivery, deliver_report


class TenantNotFound(CrmError):
    """No active tenant carries the name."""


def tenants() -> Iterator[tuple[str, Subject]]:
    """Every active tenant: its short name, and the platform at work in it."""
    with Session(engine(DatabaseRole.EXTRACT)) as session:
        found = session.execute(
            select(Client.slug, Client.id)
            .where(Client.status == ClientStatus.ACTIVE.value)
            .order_by(Client.slug)
        ).all()
    for slug, client_id in found:
        yield slug, system_subject(client_id)


def deliver(
    name: str, tenant: str, at: datetime, *, window: str | None = None
) -> tuple[Delivery, ...]:
    """Send a report to its recipients in one tenant; raises `TenantNotFound`."""
    known = dict(tenants())
    if tenant not in known:
        raise TenantNotFound(f"there is no active tenant {tenant!r}: use {', '.join(known)}")
    return deliver_report(known[tenant], name, at, window=window)


def deliver_to_all_tenants(name: str, at: datetime) -> list[Delivery]:
    """Send a report to its recipients in every active tenant."""
    return [d for _, system in tenants() for d in deliver_report(system, name, at)]
