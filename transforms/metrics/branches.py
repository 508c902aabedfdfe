"""The branches a door shows: their codes, names, and which of them a query is about.

Figures per branch are fetched and put together elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from transforms.metrics.catalogue import BRANCH, LOCATION_DIMENSIONS, LOCATION_MART
from transforms.metrics.compiler import Dialect
from transforms.metrics.errors import DimensionUnknown, nearest
from transforms.metrics.period import Period
from transforms.metrics.query import UNASSIGNED, Filter
from transforms.metrics.result import Door

_IN_DOOR = (
    "select location_id, branch_code, branch_name, province, is_corporate, opened_on, closed_on"
    f" from {Dialect.DOOR.relation(LOCATION_MART)}"
)
_IN_CORE = (
    "select cast(id as text), code, name, province, is_corporate, opened_on, closed_on"
    " from core.locations"
)


@dataclass(frozen=True)
class Branch:
    """One branch as the door shows it."""

    id: str
    code: str
    name: str
    province: str | None
    is_corporate: bool
    opened_on: date | None
    closed_on: date | None

    def was_open(self, period: Period) -> bool:
        """Whether it was open on any day of the period."""
        return (self.opened_on is None or self.opened_on < period.end) and (
            self.closed_on is None or self.closed_on >= period.start
        )

    def was_open_throughout(self, period: Period) -> bool:
        """Whether it was open on every day of the period."""
        return (self.opened_on is None or self.opened_on <= period.start) and (
            self.closed_on is None or self.closed_on >= period.last
        )

    def matches(self, condition: Filter) -> bool:
        """Whether it passes a filter on one of the dimensions of a branch."""
        own = {
            BRANCH: self.code,
            "province": self.province,
            "is_corporate": str(self.is_corporate).lower(),
        }
        return own[condition.dimension] in condition.values


@dataclass(frozen=True)
class Branches:
    """All branches of a door."""

    all: tuple[Branch, ...]

    @cached_property
    def _by_id(self) -> dict[str, Branch]:
        return {branch.id: branch for branch in self.all}

    @cached_property
    def _by_code(self) -> dict[str, Branch]:
        return {branch.code: branch for branch in self.all}

    def code(self, location_id: object) -> str:
        """The code of a branch id; `Unassigned` for none.

        A row may belong to a branch outside the door (work done elsewhere for a customer of
        ours): its id stands for it, so that it is neither lost nor called unassigned.
        """
        if location_id is None:
            return UNASSIGNED
        found = self._by_id.get(str(location_id))
        return found.code if found else str(location_id)

    def name(self, code: str) -> str | None:
        """The name that goes with a code, if it is one."""
        found = self._by_code.get(code)
        return found.name if found else None

    def id(self, code: str) -> str:
        """The id behind a code; raises `DimensionUnknown` with the nearest codes."""
        wanted = code.strip().upper()
        for branch in self.all:
            if branch.code.upper() == wanted:
                return branch.id
        known = nearest(wanted, self._by_code)
        raise DimensionUnknown(f"no branch {code!r} in your scope: {known}")

    def open_codes(self, period: Period, where: Sequence[Filter]) -> list[str]:
        """Codes of the branches that were open in the period and pass every filter.

        Empty where a filter is about something else than branches: then only rows can tell.
        """
        if any(condition.dimension not in LOCATION_DIMENSIONS for condition in where):
            return []
        return [
            branch.code
            for branch in self.all
            if branch.was_open(period) and all(branch.matches(condition) for condition in where)
        ]


def branches(door: Door, dialect: Dialect) -> Branches:
    """Reads the branches of a door."""
    frame = door.sql(_IN_DOOR if dialect is Dialect.DOOR else _IN_CORE)
    found = [
        Branch(str(row[0]), row[1], row[2], row[3], bool(row[4]), row[5], row[6])
        for row in frame.rows()
    ]
    return Branches(tuple(sorted(found, key=lambda branch: branch.code)))
