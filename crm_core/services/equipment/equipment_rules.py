"""Rules about assets, as pure functions: what one is worth, when its service is due.

Reading and writing assets is in `equipment` and `maintenance`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from crm_core.money import cents

NOTICE = timedelta(days=14)
"""A work order is proposed so long before the service is due."""
BLOCK_DAYS = 7
"""Days past due after which an asset goes on no journey, unless the tenant says otherwise."""
YEAR_DAYS = Decimal("365.25")


@dataclass(frozen=True)
class ServicePlan:
    """What is known about the service of an asset; kilometres as read from its meter."""

    service_days: int | None
    service_km: int | None
    last_on: date | None
    """Its last service, or the day it was bought."""
    last_km: int | None
    now_km: int | None


def book_value(
    purchase_amount: Decimal, depreciation_rate: Decimal, purchased_on: date, on: date
) -> Decimal:
    """What an asset is worth on a day: declining by its rate per year, in cents, never below 0."""
    years = Decimal(max((on - purchased_on).days, 0)) / YEAR_DAYS
    if depreciation_rate >= 1 and years > 0:
        return Decimal("0.00")
    kept = (1 - depreciation_rate) ** years if years else Decimal(1)
    return max(cents(purchase_amount * kept), Decimal("0.00"))


def service_due_on(plan: ServicePlan, today: date) -> date | None:
    """The day the next service is due, by days or by kilometres, whichever comes first.

    Kilometres are carried on at the mean of every day since the last service. None without a plan.
    """
    due = []
    if plan.service_days is not None and plan.last_on is not None:
        due.append(plan.last_on + timedelta(days=plan.service_days))
    if plan.service_km is not None and plan.now_km is not None:
        driven = plan.now_km - (plan.last_km or 0)
        left = plan.service_km - driven
        days = (today - plan.last_on).days if plan.last_on is not None else 0
        if left <= 0:
            due.append(today)
        elif driven > 0 and days > 0:
            # Rounded down: rather a day early. A truck that hardly moves is due by days.
            due.append(today + timedelta(days=min(left * days // driven, 3650)))
    return min(due, default=None)


def is_near(due_on: date | None, today: date) -> bool:
    """Whether a work order ought to be planned by now."""
    return due_on is not None and due_on - today <= NOTICE


def is_blocked(due_on: date | None, on: date, block_days: int = BLOCK_DAYS) -> bool:
    """Whether an asset may go on no journey of that day, its service being too long overdue."""
    return due_on is not None and on > due_on + timedelta(days=block_days)
