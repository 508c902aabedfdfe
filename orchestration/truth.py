"""The simulated company's independently computed figures, held against the metric layer's.

The truth is computed by `crm_core.simulation.truth`, from rows, without the warehouse.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import IntegrationMode
from crm_core.errors import CrmError
from crm_core.models import IntegrationLocation, Location
from crm_core.security.permissions import Subject
from crm_core.simulation.truth import CATALOGUE_NAME
from transforms.lake.door import open_door
from transforms.metrics.answer import answer
from transforms.metrics.arithmetic import ratio, settle
from transforms.metrics.catalogue import BRANCH, Metric, catalogue
from transforms.metrics.period import Grain, Period, floor
from transforms.metrics.query import MetricQuery
from transforms.metrics.result import Door, Value

COMPANY = "*"
"""The truth's word for all branches together."""

SAME_AS = {
    "C.type": "schedule_type",
    "A.table": "changed_table",
    "E.type": "equipment_type",
    "G.type": "sync_type",
    "F.category": "item_category",
    "I.category": "item_group",
    "O.type": "update_type",
    "P.period": "report_window",
    "Q.type": "claim_type",
    "S.reason": "loss_reason",
    "T.size": "unit_size",
    "T.type": "unit_type",
    "card": "card_last_four",
    "crew": "crew_lead",
    "hour": "hour_of_day",
    "method": "payment_method",
    "priority": "lead_priority",
    "rep": "owner",
    "segment": "customer_type",
    "service": "service_type",
    "size": "move_size",
}
"""The truth's names of dimensions that the metric layer names otherwise; a name of its own for the
KPIs of one letter comes first."""

LEAST_CELLS, LEAST_VALUES = 100, 50
"""So many figures, and different ones, prove a KPI."""

UNKNOWN = "unknown"
"""The truth's word for rows without a value."""


class TruthMissing(CrmError):
    """The simulation left no truth beside this installation."""


class FiguresDiffer(CrmError):
    """The metric layer answers something else than the truth."""


@dataclass(frozen=True, order=True)
class Cell:
    """One figure of the truth: KPI by its id, branch (`*` is the company), month and member."""

    kpi: str
    branch: str
    month: date
    dimension: str
    member: str


@dataclass(frozen=True)
class Difference:
    """One figure that is not the same."""

    cell: Cell
    truth: Value
    answered: Value


@dataclass(frozen=True)
class Verified:
    """What was held against the truth, and which cells differ."""

    cells: Mapping[str, int]
    """Cells compared, by KPI."""
    known: Mapping[str, int]
    """Figures among them that the truth knows and that are not zero."""
    seen: Mapping[str, frozenset[Value]]
    """Distinct known values among them."""
    differences: tuple[Difference, ...]
    missing: tuple[str, ...]
    """KPIs of the truth that no metric answers."""
    without: tuple[str, ...]
    """Dimensions of the truth that a metric does not have, as KPI.dimension."""
    fed: tuple[str, ...]
    """Branches left out, and with them the company's own figures."""

    @property
    def compared(self) -> int:
        """Cells in all."""
        return sum(self.cells.values())

    @property
    def table(self) -> list[tuple[str, int, int, int]]:
        """KPI, cells, distinct values, differences."""
        wrong = Counter(each.cell.kpi for each in self.differences)
        return [(kpi, n, len(self.seen[kpi]), wrong[kpi]) for kpi, n in self.cells.items()]

    @property
    def payload(self) -> dict[str, Any]:
        """For scripts."""
        heads = ("kpi", "cells", "values", "differ")
        return {
            "compared": self.compared,
            "kpis": [dict(zip(heads, row, strict=True)) for row in self.table],
            "scarce": dict(self.scarce),
            "differences": self.differences,
            "missing": self.missing,
            "without": self.without,
            "fed": self.fed,
        }

    @property
    def scarce(self) -> list[tuple[str, str]]:
        """KPIs that the truth gives fewer figures of than would prove them, and why."""
        return [
            (kpi, why)
            for kpi, cells, values, _ in self.table
            if (why := _scarcity(cells, values, self.known[kpi]))
        ]


def together(found: Sequence[Verified]) -> Verified:
    """Several companies as one."""
    kpis = sorted({kpi for each in found for kpi in each.cells})
    return Verified(
        cells={kpi: sum(each.cells.get(kpi, 0) for each in found) for kpi in kpis},
        known={kpi: sum(each.known.get(kpi, 0) for each in found) for kpi in kpis},
        seen={kpi: frozenset().union(*(e.seen.get(kpi, ()) for e in found)) for kpi in kpis},
        differences=tuple(difference for each in found for difference in each.differences),
        missing=tuple(sorted({name for each in found for name in each.missing})),
        without=tuple(sorted({name for each in found for name in each.without})),
        fed=tuple(sorted({name for each in found for name in each.fed})),
    )


def _scarcity(cells: int, values: int, known: int) -> str | None:
    """Why there are too few figures, or None."""
    if cells >= LEAST_CELLS and values >= LEAST_VALUES:
        return None
    if not known:
        return f"all of its {cells} figures are zero or unknown"
    if cells < LEAST_CELLS:
        return f"the truth knows it for {cells} months, branches and members only"
    if known < LEAST_VALUES:
        return f"{known} of its {cells} figures are known and not zero"
    return f"{known} figures, and they take {values} values only"


Truth = dict[Cell, tuple[Value, Value, Value]]
"""Value, numerator and denominator of every cell."""


def verify_metrics(
    subject: Subject, folder: Path, client: str = "northway", only: Sequence[str] = (),
    *, is_fed: bool = True,
) -> Verified:  # fmt: skip
    """Compare every whole month of the truth with the metric of the same id.

    Branches that an integration writes into are left out, since their figures are no longer the
    simulation's; and where there is one, so are the company's own, unless nothing came in yet
    (not `is_fed`). `only` names KPIs, or the letters that they begin with.
    """
    truth = read_truth(folder / CATALOGUE_NAME, client)
    kept = {c: v for c, v in truth.items() if not only or c.kpi.startswith(tuple(only))}
    with open_door(subject) as door:
        return compare(door, kept, tuple(fed_branches(subject)) if is_fed else ())


def read_truth(path: Path, client: str) -> Truth:
    """The figures of one company; raises `TruthMissing`."""
    if not path.exists():
        raise TruthMissing(f"{path} does not exist: simulate with `--truth`, or name its folder")
    found: Truth = {}
    with path.open() as file:
        for row in csv.DictReader(file):
            if row["client"] == client:
                month = date.fromisoformat(row["month"])
                member = "" if row["member"] == UNKNOWN else row["member"]
                cell = Cell(row["metric"], row["branch"], month, row["dimension"], member)
                found[cell] = (_number(row["value"]), _number(row["numerator"]),
                               _number(row["denominator"]))  # fmt: skip
    return found


def _number(text: str) -> Value:
    return Decimal(text) if text else None


def named(kpi: str, dimension: str) -> str:
    """The metric layer's name of a dimension of the truth."""
    return SAME_AS.get(f"{kpi[0]}.{dimension}") or SAME_AS.get(dimension, dimension)


def compare(door: Door, truth: Truth, fed: tuple[str, ...] = ()) -> Verified:
    """Every cell of the truth, and every one that only the metric layer has."""
    known = catalogue(door.publication.definitions)
    by_id = {metric.id: metric for metric in known.offered if metric.id is not None}
    ends = floor(door.publication.as_of.date(), Grain.MONTH)
    groups: dict[tuple[str, bool, str], dict[Cell, tuple[Value, Value, Value]]]
    groups = defaultdict(dict)
    for cell, figures in truth.items():
        of_company = cell.branch == COMPANY
        if cell.month < ends and not (of_company and fed) and cell.branch not in fed:
            groups[cell.kpi, of_company, cell.dimension][cell] = figures
    cells = dict.fromkeys(sorted(by_id.keys() & {k for k, _, _ in groups}), 0)
    seen: dict[str, set[Value]] = defaultdict(set)
    counted: Counter[str] = Counter()
    differences, without = [], []
    for (kpi, of_company, dimension), wanted in sorted(groups.items()):
        metric = by_id.get(kpi)
        if metric is None:
            continue
        ours = named(kpi, dimension)
        if ours and ours not in metric.dimensions:
            without.append(f"{kpi}.{dimension}")
            continue
        grain = Grain.QUARTER if metric.basis == "quarter" else Grain.MONTH
        last = floor(ends, grain)
        wanted = {cell: v for cell, v in wanted.items() if cell.month < last}
        if not wanted:
            continue
        expected = {c: _expected(metric, *v) for c, v in wanted.items()}
        period = Period(min(c.month for c in wanted), last)
        found = dict(_answered(door, metric, kpi, of_company, dimension, period, grain))
        places = {c for c in expected.keys() | found.keys() if c.branch not in fed}
        differences += [
            Difference(cell, expected.get(cell), found.get(cell))
            for cell in sorted(places)
            if not _equal(metric, expected.get(cell), found.get(cell))
        ]
        cells[kpi] += len(places)
        seen[kpi].update(value for value in expected.values() if value is not None)
        counted[kpi] += sum(bool(value) for value in expected.values())
    return Verified(
        cells=cells,
        known={kpi: counted[kpi] for kpi in cells},
        seen={kpi: frozenset(seen[kpi]) for kpi in cells},
        differences=tuple(differences),
        missing=tuple(sorted({cell.kpi for cell in truth} - by_id.keys())),
        without=tuple(without),
        fed=fed,
    )


def _expected(metric: Metric, value: Value, numerator: Value, denominator: Value) -> Value:
    """The truth's figure to the last digit of the metric's unit, rounded once where it can be."""
    if metric.unit == "percent":
        exact = ratio(numerator, denominator) if denominator else ratio(value, Decimal(100))
        return settle(exact, metric.unit)
    return settle(value, metric.unit)


def _equal(metric: Metric, truth: Value, answered: Value) -> bool:
    """Nothing is zero where things are counted, and nothing where they are divided."""
    if metric.additivity == "non_additive" and metric.share_of is None:
        return truth == answered
    return (truth or Decimal(0)) == (answered or Decimal(0))


def _answered(
    door: Door,
    metric: Metric,
    kpi: str,
    of_company: bool,
    dimension: str,
    period: Period,
    grain: Grain,
) -> Iterator[tuple[Cell, Value]]:
    """The metric layer's figures by branch or of the company, by member where there is one."""
    ours = named(kpi, dimension)
    by = (*(() if of_company else (BRANCH,)), *((ours,) if ours else ()))
    query = MetricQuery((metric.name,), period, by=by, grain=grain)
    for row in answer(door, query).rows:
        month, value = row.keys[grain.value], row.values[metric.name]
        if isinstance(month, date) and value is not None and month >= period.start:
            branch = COMPANY if of_company else str(row.keys[BRANCH])
            member = str(row.keys[ours] or "") if ours else ""
            if dimension == "province" and not member:
                member = "Unassigned"
            yield Cell(kpi, branch, month, dimension, member), value


def fed_branches(subject: Subject) -> list[str]:
    """Codes of the branches that an integration writes into."""
    with tenant_session(subject) as session:
        found = session.scalars(
            select(Location.code)
            .join(IntegrationLocation, IntegrationLocation.location_id == Location.id)
            .where(IntegrationLocation.mode == IntegrationMode.SOURCE.value)
        )
        return list(found)
