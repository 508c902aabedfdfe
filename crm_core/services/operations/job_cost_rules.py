"""What the records of a job cost, as pure functions: wages with overtime, trucks, and the lines.

Reading the records and storing the lines is `operations.job_costs`.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from crm_core.enums import CostKind
from crm_core.money import cents

HOUR = Decimal(60)
ONE = Decimal(1)
PERCENT = Decimal(100)


class Wage(NamedTuple):
    """What an hour of a person costs on a day, in one currency."""

    hourly_amount: Decimal
    loading_pct: Decimal = Decimal(0)
    overtime_factor: Decimal = Decimal("1.5")


class Stretch(NamedTuple):
    """A paid, ended stretch of a person's time; `is_own` when it was on the journey costed."""

    entry_id: UUID
    user_id: UUID
    worked_on: date
    started_at: datetime
    ended_at: datetime
    is_own: bool

    @property
    def minutes(self) -> Decimal:
        seconds = Decimal((self.ended_at - self.started_at).total_seconds())
        return seconds / 60


class Line(NamedTuple):
    """A line of the cost of a journey; `source_id` is the record it stands for."""

    kind: CostKind
    incurred_on: date
    quantity: Decimal
    unit_amount: Decimal
    source_id: UUID | None = None
    description: str | None = None

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.unit_amount)


def wage_amount(minutes: Decimal, overtime_minutes: Decimal, wage: Wage) -> Decimal:
    """What plain and overtime minutes cost with payroll, rounded once, to the cent."""
    weighted = minutes + overtime_minutes * wage.overtime_factor
    loaded = wage.hourly_amount * (PERCENT + wage.loading_pct) / PERCENT
    return cents(weighted * loaded / HOUR)


def labour(
    stretches: Iterable[Stretch],
    wages: Mapping[tuple[UUID, date], Wage],
    overtime_after_minutes: int,
) -> list[Line]:
    """A line per stretch on the journey; the days of its people are counted whole for overtime.

    A stretch of a person without a wage gives no line.
    """
    worked: dict[tuple[UUID, date], Decimal] = {}
    lines = []
    for stretch in sorted(stretches, key=lambda each: (each.started_at, each.entry_id)):
        day = (stretch.user_id, stretch.worked_on)
        before = worked.get(day, Decimal(0))
        worked[day] = before + stretch.minutes
        plain = min(stretch.minutes, max(Decimal(0), overtime_after_minutes - before))
        wage = wages.get(day)
        if stretch.is_own and wage is not None:
            amount = wage_amount(plain, stretch.minutes - plain, wage)
            told = f"{stretch.minutes.normalize():f} min, {stretch.minutes - plain:f} overtime"
            lines.append(
                Line(
                    CostKind.LABOUR,
                    stretch.worked_on,
                    ONE,
                    amount,
                    stretch.entry_id,
                    told[:500],
                )
            )
    return lines


def trucks(service_on: date, truck_count: int, day_amount: Decimal | None) -> list[Line]:
    """What the trucks of the day cost; nothing where the tenant has not said."""
    if day_amount is None or truck_count == 0:
        return []
    return [Line(CostKind.TRUCK, service_on, Decimal(truck_count), day_amount)]
