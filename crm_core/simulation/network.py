"""Which companies and branches are simulated, and for how long: the scales and the network file.

How busy a branch is on a day stands in `crm_core.simulation.calendar`.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

import yaml

from crm_core.enums import StorageType
from crm_core.simulation.errors import UnknownScale, UntilOutOfRange

NETWORK_FILE = Path(__file__).with_name("network.yaml")
FIRST_UNTIL, LAST_UNTIL = date(2020, 1, 1), date(2030, 12, 31)
MORNING = time(12, tzinfo=UTC)
"""The simulation stops at this hour of `until`: early morning, same date, in every branch."""


@dataclass(frozen=True)
class Branch:
    """A branch as the network file describes it."""

    code: str
    name: str
    city: str
    province: str
    timezone: str
    is_corporate: bool
    trucks: int
    storage: StorageType
    latitude: Decimal
    longitude: Decimal
    postal: str
    """First two characters of its forward sortation areas."""
    opened_on: date
    shares_fleet_with: tuple[str, ...] = ()
    assumed_trucks: int | None = None
    yearly_growth: float | None = None
    opens_in_mid_history: bool = False


@dataclass(frozen=True)
class Scale:
    """How large a simulated history is."""

    name: str
    codes: tuple[str, ...]
    """Branches that take part; empty means all."""
    months: int
    """Whole months of detail before the month of `until`."""
    history_months: int
    """Months of booking totals before the detail."""
    source_codes: tuple[str, ...]
    """Branches whose recent bookings come from SmartMoving instead."""
    replicas: int = 1
    tenants: int = 1
    """Networks of the same size, each a tenant of its own."""
    has_activities: bool = True
    """Whether single touches and messages are written down."""


SCALES = {
    "S": Scale("S", ("VANC", "DTOR", "HALI"), 3, 33, ("HALI",)),
    "M": Scale("M", (), 36, 24, ("BURL", "STCA", "WIND")),
    "L": Scale("L", (), 36, 24, ("BURL", "STCA", "WIND"), replicas=10),
    "XL": Scale(
        "XL", (), 36, 24, ("BURL", "STCA", "WIND"), replicas=10, tenants=10, has_activities=False
    ),
}


@dataclass(frozen=True)
class Company:
    """A tenant to simulate."""

    slug: str
    name: str
    domain: str
    is_franchise: bool
    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Plan:
    """Everything that decides the simulated rows: same plan, same rows."""

    scale: Scale
    seed: int
    until: date
    as_of: datetime
    """The instant at which the simulated history stops."""

    @property
    def start_on(self) -> date:
        """First day of the detail: the first of a month, at every branch."""
        return months_before(self.until, self.scale.months)

    @property
    def history_start_on(self) -> date:
        """First month of the booking totals that precede the detail."""
        return months_before(self.start_on, self.scale.history_months)

    @property
    def mid_history_on(self) -> date:
        """When a branch opens that opens in mid-history."""
        return months_before(self.until, self.scale.months // 2)


def plan(scale: str, seed: int, until: date, now: datetime | None = None) -> Plan:
    """The plan of a simulation; raises `UnknownScale` or `UntilOutOfRange`.

    A day that is still young at `now` ends there: nothing is stamped in the future.
    """
    if scale not in SCALES:
        raise UnknownScale(f"scale {scale!r} is not known: use one of {', '.join(SCALES)}")
    if not FIRST_UNTIL <= until <= LAST_UNTIL:
        raise UntilOutOfRange(
            f"until {until} is out of range: use a day from {FIRST_UNTIL} to {LAST_UNTIL}"
        )
    return plan_of(SCALES[scale], seed, until, now)


def plan_of(scale: Scale, seed: int, until: date, now: datetime | None = None) -> Plan:
    """As `plan`, for a scale of one's own."""
    morning = datetime.combine(until, MORNING)
    is_young = now is not None and now.astimezone(UTC).date() == until
    return Plan(scale, seed, until, min(morning, now) if now and is_young else morning)


def months_before(day: date, months: int) -> date:
    """The first day of the month that lies `months` months before the month of `day`."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def northway(plan: Plan, number: int = 1) -> Company:
    """The network at the scale of the plan; further tenants carry their number."""
    suffix = str(number) if number > 1 else ""
    chosen = [b for b in _read()["northway"] if not plan.scale.codes or b.code in plan.scale.codes]
    opened = tuple(
        replace(b, opened_on=plan.mid_history_on) if b.opens_in_mid_history else b
        for b in _replicated(chosen, plan.scale.replicas)
    )
    return Company(
        slug=f"northway{suffix}",
        name=f"Northway Moving Network {suffix}".strip(),
        domain=f"northway{suffix}.example",
        is_franchise=True,
        branches=opened,
    )


def riverbend() -> Company:
    """The small second tenant, the same at every scale."""
    branches = tuple(_read()["riverbend"])
    return Company("riverbend", "Riverbend Movers", "riverbend.example", False, branches)


def fleet_weights(branches: tuple[Branch, ...]) -> dict[str, float]:
    """Trucks per branch for spreading work: a shared pool counts once, split evenly."""
    return {branch.code: _fleet_weight(branch, branches) for branch in branches}


def own_trucks(branches: tuple[Branch, ...]) -> dict[str, int]:
    """Trucks that stand at each branch: its part of a shared pool, rounded up."""
    return {code: max(1, ceil(weight)) for code, weight in fleet_weights(branches).items()}


def _fleet_weight(branch: Branch, branches: tuple[Branch, ...]) -> float:
    if branch.assumed_trucks is not None:
        return float(branch.assumed_trucks)
    pool = [b.trucks for b in branches if b.code in (branch.code, *branch.shares_fleet_with)]
    return max(pool) / len(pool)


def _replicated(branches: list[Branch], copies: int) -> list[Branch]:
    """The branches, and for each further copy the same ones under numbered codes and names."""
    return branches + [
        replace(
            branch,
            code=f"{branch.code}{number}",
            name=f"{branch.name} {number}",
            shares_fleet_with=tuple(f"{code}{number}" for code in branch.shares_fleet_with),
        )
        for number in range(2, copies + 1)
        for branch in branches
    ]


@cache
def _read() -> dict[str, tuple[Branch, ...]]:
    text = NETWORK_FILE.read_text(encoding="utf-8")
    return {name: tuple(map(_branch, rows)) for name, rows in yaml.safe_load(text).items()}


def _branch(row: dict[str, Any]) -> Branch:
    return Branch(
        **{
            **row,
            "storage": StorageType(row["storage"]),
            "latitude": Decimal(row["latitude"]),
            "longitude": Decimal(row["longitude"]),
            "shares_fleet_with": tuple(row.get("shares_fleet_with", ())),
        }
    )
