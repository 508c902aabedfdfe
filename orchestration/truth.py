"""The simulated company's independently computed figures, held against the metric layer's.

The truth is computed by `crm_core.simulation.truth`, from rows, without the warehouse.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import IntegrationMode
from crm_core.errors import CrmError
from crm_core.models import IntegrationLocation, Location
from crm_core.security.permissions import Subject
from crm_core.simulation.truth import FILE_NAME
from transforms.lake.door import Door, open_door
from transforms.metrics.answer import answer
from transforms.metrics.period import Grain, Period
from transforms.metrics.query import MetricQuery

Place = tuple[str, str, date]
"""Metric, branch code, first day of the month."""


class TruthMissing(CrmError):
    """The simulation left no truth beside this installation."""


class FiguresDiffer(CrmError):
    """The metric layer answers something else than the truth."""


@dataclass(frozen=True)
class Difference:
    """One figure that is not the same."""

    metric: str
    branch: str
    month: date
    truth: Decimal
    answered: Decimal


@dataclass(frozen=True)
class Verified:
    """How many figures were held against the truth, and which differ."""

    compared: int
    metrics: int
    differences: tuple[Difference, ...]


def verify_metrics(subject: Subject, folder: Path, client: str = "northway") -> Verified:
    """Compare every whole month of every branch that nobody else wrote into.

    Branches fed by an integration are left out: their figures are no longer the simulation's.
    """
    truth = dict(read_truth(folder / FILE_NAME, client))
    fed = set(fed_branches(subject))
    with open_door(subject) as door:
        ends = door.publication.as_of.date().replace(day=1)
        kept = {p: v for p, v in truth.items() if p[2] < ends and p[1] not in fed}
        names = sorted({metric for metric, _, _ in kept})
        months = [month for _, _, month in kept]
        answered = dict(answers(door, names, Period(min(months), ends)))
    places = kept.keys() | {p for p in answered if p[1] not in fed and p[2] >= min(months)}
    zero = Decimal(0)
    differing = [
        Difference(*place, kept.get(place, zero), answered.get(place, zero))
        for place in sorted(places)
        if place[1] in {branch for _, branch, _ in kept}
        and kept.get(place, zero) != answered.get(place, zero)
    ]
    return Verified(len(places), len(names), tuple(differing))


def read_truth(path: Path, client: str) -> Iterator[tuple[Place, Decimal]]:
    """The rows of the truth file of one company; raises `TruthMissing`."""
    if not path.exists():
        raise TruthMissing(f"{path} does not exist: simulate with `--truth`, or name its folder")
    with path.open() as file:
        for row in csv.DictReader(file):
            if row["client"] == client:
                place = (row["metric"], row["branch"], date.fromisoformat(row["month"]))
                yield place, Decimal(row["value"])


def answers(door: Door, names: list[str], period: Period) -> Iterator[tuple[Place, Decimal]]:
    """The metric layer's figures by branch and month, zeros left out."""
    for name in names:
        query = MetricQuery((name,), period, by=("branch",), grain=Grain.MONTH)
        for row in answer(door, query).rows:
            branch, month = row.keys["branch"], row.keys[Grain.MONTH.value]
            value = row.values[name]
            if value and isinstance(branch, str) and isinstance(month, date):
                yield (name, branch, month), value


def fed_branches(subject: Subject) -> list[str]:
    """Codes of the branches that an integration writes into."""
    with tenant_session(subject) as session:
        found = session.scalars(
            select(Location.code)
            .join(IntegrationLocation, IntegrationLocation.location_id == Location.id)
            .where(IntegrationLocation.mode == IntegrationMode.SOURCE.value)
        )
        return list(found)
