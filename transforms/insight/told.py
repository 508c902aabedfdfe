"""What a door tells of moves and odd runs: the sentences of both languages, and what they are of.

How they are found is in `publish`; what a changed lever would do is in `scenario`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from transforms.insight.decompose import EFFECTS
from transforms.insight.kpis import EXPLAINED
from transforms.metrics.compiler import Dialect
from transforms.metrics.result import Door

MOVES = "marts.fct_kpi_moves"
FINDINGS = "marts.fct_findings"
BRANCHES = "marts.dim_locations"
ORDER = tuple(each.metric for each in EXPLAINED)


@dataclass(frozen=True)
class Told:
    """A sentence about a metric at a branch, or at the whole company where `branch` is None."""

    metric: str
    branch: str | None
    """The code of the branch."""
    place: str | None
    """Its name."""
    unit: str
    english: str
    french: str

    def sentence(self, locale: str) -> str:
        """The sentence in the language of `locale`."""
        return self.french if locale.startswith("fr") else self.english


@dataclass(frozen=True)
class ToldMove(Told):
    """Why a metric is not what it was a month or a year ago."""

    compared: str
    """month before, or year before."""
    month_on: date
    before_month_on: date
    before: Decimal
    after: Decimal
    effects: dict[str, Decimal]
    """By name of `EFFECTS`; they add up to the change."""

    @property
    def change(self) -> Decimal:
        """What the effects add up to."""
        return self.after - self.before


@dataclass(frozen=True)
class ToldFinding(Told):
    """A run of months or weeks that was not like its season, growth and level."""

    first_on: date
    last_on: date
    is_current: bool
    direction: str
    """up or down."""


def moves(door: Door, branches: Collection[str] = ()) -> list[ToldMove]:
    """What moved, metric by metric: the company first, then branches by the size of the change.

    Of some branches by code, else of all that the door shows. Nothing where moves are not open.
    """
    if MOVES not in door.relations:
        return []
    effects = ", ".join(f"moves.{name}_effect as {name}" for name in EFFECTS)
    rows = door.sql(
        "select moves.metric_name, places.branch_code, places.branch_name, moves.unit,"
        " moves.sentence, moves.sentence_fr, moves.compared, moves.month_on,"
        f" moves.before_month_on, moves.before_value, moves.after_value, {effects}"
        f" from {Dialect.DOOR.relation(MOVES)} as moves"
        f" left join {Dialect.DOOR.relation(BRANCHES)} as places"
        " on places.location_id = moves.location_id"
        " order by moves.location_id is not null,"
        " abs(moves.after_value - moves.before_value) desc, places.branch_code"
    ).rows(named=True)
    found = [
        ToldMove(
            metric=row["metric_name"],
            branch=row["branch_code"],
            place=row["branch_name"],
            unit=row["unit"],
            english=row["sentence"],
            french=row["sentence_fr"],
            compared=row["compared"],
            month_on=row["month_on"],
            before_month_on=row["before_month_on"],
            before=row["before_value"],
            after=row["after_value"],
            effects={name: row[name] for name in EFFECTS},
        )
        for row in rows
        if (not branches or row["branch_code"] in branches) and row["metric_name"] in ORDER
    ]
    # Sorting is stable: within a metric the company stays first, then the largest change.
    return sorted(found, key=lambda move: ORDER.index(move.metric))


def findings(door: Door, branches: Collection[str] = ()) -> list[ToldFinding]:
    """What was odd lately, the newest and the farthest from what was expected first."""
    if FINDINGS not in door.relations:
        return []
    rows = door.sql(
        "select odd.metric_name, places.branch_code, places.branch_name, odd.unit,"
        " odd.sentence, odd.sentence_fr, odd.first_on, odd.last_on, odd.is_current, odd.direction"
        f" from {Dialect.DOOR.relation(FINDINGS)} as odd"
        f" left join {Dialect.DOOR.relation(BRANCHES)} as places"
        " on places.location_id = odd.location_id"
        " order by odd.last_on desc, abs(odd.sigmas) desc, odd.metric_name, places.branch_code"
    ).rows(named=True)
    return [
        ToldFinding(
            metric=row["metric_name"],
            branch=row["branch_code"],
            place=row["branch_name"],
            unit=row["unit"],
            english=row["sentence"],
            french=row["sentence_fr"],
            first_on=row["first_on"],
            last_on=row["last_on"],
            is_current=row["is_current"],
            direction=row["direction"],
        )
        for row in rows
        if not branches or row["branch_code"] in branches
    ]
