"""Delivering a report by hand: now, to its recipients or as a test to oneself.

What a schedule delivers is done in `rounds`; both keep the same ledger.
"""

from datetime import datetime

from crm_core import clock
from crm_core.config import settings
from crm_core.database import tenant_session
from crm_core.models import ReportOccasion
from crm_core.security.permissions import Subject
from crm_core.services.reporting import occasions
from reports.delivery import ledger
from reports.delivery.drawing import Press, Warehouse
from reports.delivery.people import timezone_of_company
from reports.delivery.plan import Plan, plan_of_catalogue
from reports.delivery.rounds import Delivery, Desk, work
from reports.delivery.tell import tell
from reports.delivery.transport import Transport, transport_of
from reports.delivery.worker import worker
from reports.run import as_period

__all__ = ["Delivery", "deliver_report", "send_now"]


def deliver_report(
    system: Subject,
    name: str,
    at: datetime,
    *,
    window: str | None = None,
    transport: Transport | None = None,
    publication_id: int | None = None,
) -> tuple[Delivery, ...]:
    """Send a report to everybody its spec names, once per window.

    `system` acts for the tenant, `at` is the time of sending, `window` the period in words (the
    report's own when absent). One recipient's failure does not keep the others from theirs: it is
    in that recipient's `Delivery`, and on the ledger.
    """
    plan = plan_of_catalogue(system, name)
    key = _window(plan, system, at, window)
    with tenant_session(system) as session:
        occasion = occasions.of_window(session, system, plan.report, key) or occasions.ask(
            session, system, plan.report, at=at, window=key
        )
    return _at_once(system, plan, occasion, at, transport, None, publication_id)


def send_now(
    system: Subject,
    plan: Plan,
    at: datetime,
    *,
    by: Subject,
    window: str | None = None,
    transport: Transport | None = None,
    press: Press | None = None,
    is_test: bool = False,
) -> tuple[Delivery, ...]:
    """Send to everybody once more, as the next revision; twice in a minute is once.

    A test goes to whoever asks and to nobody else, marked as one, with the data that there are.
    """
    minute = at.replace(second=0, microsecond=0)
    with tenant_session(system) as session:
        occasion = occasions.ask(
            session, system, plan.report, at=minute, window=_window(plan, system, at, window),
            by=by.user_id, only_user_id=by.user_id if is_test else None,
        )  # fmt: skip
    return _at_once(system, plan, occasion, at, transport, press, None)


def _at_once(
    system: Subject,
    plan: Plan,
    occasion: ReportOccasion,
    at: datetime,
    transport: Transport | None,
    press: Press | None,
    publication_id: int | None,
) -> tuple[Delivery, ...]:
    with worker() as mine:
        desk = Desk(
            system, mine, press or Warehouse(), transport or transport_of(settings()), at,
            publication_id, is_asked=True,
        )  # fmt: skip
        ledger.recover(system, mine)
        done = work(desk, plan, occasion)
    tell(system, at)
    return tuple(done)


def _window(plan: Plan, system: Subject, at: datetime, window: str | None) -> str:
    timezone = timezone_of_company(system)
    if window is None:
        return str(plan.window(at, timezone))
    return str(as_period(window, clock.local_date(at, timezone)))
