"""The process of `crm up` that delivers reports, and delivery of one report by hand.

What a delivery does is in `reports.delivery`, what an alert says in `reports.alerts`.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.config import settings
from crm_core.database import DatabaseRole, engine
from crm_core.enums import ClientStatus
from crm_core.errors import CrmError
from crm_core.models import Client
from crm_core.security.permissions import Subject, system_subject
from orchestration.loop import PASSING, forever
from reports.alerts import watch
from reports.delivery import Delivery, deliver_report
from reports.delivery.drawing import Warehouse
from reports.delivery.rounds import Desk, run_round
from reports.delivery.transport import transport_of
from reports.delivery.worker import worker

EVERY_SECONDS = 15.0


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


def tenant_named(tenant: str) -> Subject:
    """The platform at work in the tenant of that short name; raises `TenantNotFound`."""
    known = dict(tenants())
    if tenant not in known:
        raise TenantNotFound(f"there is no active tenant {tenant!r}: use {', '.join(known)}")
    return known[tenant]


def deliver(
    name: str, tenant: str, at: datetime, *, window: str | None = None
) -> tuple[Delivery, ...]:
    """Send a report to its recipients in one tenant; raises `TenantNotFound`."""
    return deliver_report(tenant_named(tenant), name, at, window=window)


def deliver_to_all_tenants(name: str, at: datetime) -> list[Delivery]:
    """Send a report to its recipients in every active tenant."""
    return [d for _, system in tenants() for d in deliver_report(system, name, at)]


def round_of_all() -> None:
    """What is due in every tenant: reports, then alerts."""
    problems: list[Exception] = []
    press, way_out = Warehouse(), transport_of(settings())
    with worker() as mine:
        for _, system in tenants():
            at = clock.now()
            for act in (
                lambda system=system, at=at: run_round(Desk(system, mine, press, way_out, at)),
                lambda system=system, at=at: watch(system, at),
            ):
                try:
                    act()
                except PASSING as problem:  # one tenant must not keep the others waiting
                    problems.append(problem)
    if problems:
        raise problems[0]


def main() -> None:
    """Deliver until stopped."""
    forever(EVERY_SECONDS, round_of_all)


if __name__ == "__main__":
    main()
