"""What the business does by itself once a day, as one list, and for which tenants.

What each run does stands in its own service; when they run is decided at the edge.
"""

from collections.abc import Callable, Mapping, Sized
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from crm_core.database import loader_connection
from crm_core.enums import ClientStatus
from crm_core.security.permissions import Subject, system_subject
from crm_core.services.communication import notifications, reminders
from crm_core.services.equipment import equipment, maintenance_runs
from crm_core.services.finance import invoices, late_fees, royalties
from crm_core.services.inventory import purchasing, stock_runs
from crm_core.services.operations import job_costs
from crm_core.services.sales import sales_upkeep, surveys
from crm_core.services.scheduling import schedules
from crm_core.services.storage import (
    storage_alerts,
    storage_arrears,
    storage_rent,
    storage_reservations,
)

Run = Callable[[Session, Subject, datetime], int]


def _counted(run: Callable[..., Any]) -> Run:
    """A daily run of a service, as a number: what it says, or the length of what it lists."""

    def count(session: Session, subject: Subject, as_of: datetime) -> int:
        made = run(session, subject, as_of=as_of)
        return len(made) if isinstance(made, Sized) else int(made)

    return count


def _services_planned(session: Session, subject: Subject, as_of: datetime) -> int:
    return len(maintenance_runs.run_due(session, subject, as_of=as_of).ordered)


def _orders_drafted(session: Session, subject: Subject, as_of: datetime) -> int:
    return len(purchasing.run_reorder(session, subject, as_of=as_of).orders)


def _royalties_charged(session: Session, subject: Subject, as_of: datetime) -> int:
    return royalties.run(session, subject, month_on=_month_before(as_of.date()), as_of=as_of)


def _month_before(day: date) -> date:
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


DAILY: Mapping[str, Run] = MappingProxyType(
    {
        "quotes expired": _counted(sales_upkeep.expire_quotes),
        "leads lost": _counted(sales_upkeep.lose_leads),
        "leads archived": _counted(sales_upkeep.archive_leads),
        "leads scored anew": _counted(sales_upkeep.rescore_leads),
        "journeys costed": _counted(job_costs.cost_finished),
        "invoices overdue": _counted(invoices.fall_due),
        "late fees billed": _counted(late_fees.charge),
        "royalties charged": _royalties_charged,
        "rental holds given up": _counted(storage_reservations.expire_reservations),
        "rents billed": _counted(storage_rent.run),
        "rentals in arrears": _counted(storage_arrears.run),
        "storage alerts": _counted(storage_alerts.check_capacity),
        "services planned": _services_planned,
        "slots without their asset": _counted(maintenance_runs.run_absent),
        "book values moved": _counted(equipment.revalue),
        "stock expired": _counted(stock_runs.expire),
        "orders drafted": _orders_drafted,
        "conflicts of tomorrow": _counted(schedules.look_ahead),
        "messages drafted": _counted(reminders.run_daily),
        "surveys sent": _counted(surveys.send_due),
        "surveys closed": _counted(surveys.expire_due),
        "notifications purged": _counted(notifications.purge),
    }
)
"""By what the number counts, in this order: bills before their reminders. Each run finds all rows
that are due, and nothing when it is made again."""


def platforms() -> list[Subject]:
    """The platform itself in each tenant that works, for what nobody has to ask for."""
    with loader_connection() as connection:
        found = connection.execute(
            "select id from core.clients where status = %s order by slug", [ClientStatus.ACTIVE]
        ).fetchall()
    return [system_subject(client_id) for (client_id,) in found]
