"""Hand-made companies for the tests of the truth, and its values by where they stand.

The figures that are expected stand in the tests.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from crm_core.simulation.truth import READ, Figures, fitted, kpi_catalogue, shape

Row = Mapping[str, object]
UNTIL = date(2026, 11, 10)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
HERE = {"location_id": "here"}
HOURS = '{"mon": {"open": "09:00", "close": "17:00"}, "tue": {"open": "09:00", "close": "17:00"}}'
LOCATIONS = [
    {"id": "here", "code": "HERE", "province": "ON", "timezone": "America/Toronto",
     "business_hours": HOURS, "truck_count": 2},
    {"id": "far", "code": "FAR", "province": "BC", "timezone": "America/Vancouver"},
]  # fmt: skip


def money(text: str) -> Decimal:
    return Decimal(text)


def at(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    """An instant of 2026; in October Toronto is four hours behind, in November five."""
    return datetime(2026, month, day, hour, minute)


def figures(until: date = UNTIL, **tables: list[Row]) -> Figures:
    """A company whose rows are given; columns left out hold what the database would write."""
    known = {"locations": LOCATIONS, **tables}
    frames = {name: frame(name, rows) for name, rows in known.items()}
    return Figures("one", frames, until)


def frame(table: str, rows: list[Row]) -> pl.DataFrame:
    like = shape(table, READ[table])
    single = [
        pl.DataFrame([dict(row)], schema={column: like.schema[column] for column in row})
        for row in rows
    ]
    return pl.concat([like, *(fitted(table, one, READ[table]) for one in single)])


class Values:
    """The values of a company: of one branch, of all, or of a dimension's member."""

    def __init__(self, known: Figures) -> None:
        self.frame = kpi_catalogue(known)
        keys = ("metric", "branch", "month", "dimension", "member", "value")
        self._found = {
            key: value for *key_parts, value in self.frame.select(keys).iter_rows()
            for key in [tuple(key_parts)]
        }  # fmt: skip

    def at(self, metric: str, month: date, branch: str = "HERE") -> str | None:
        """The value of a branch; raises `KeyError` where there is none."""
        return self._found[metric, branch, month, "", ""]

    def of(self, metric: str, month: date, dimension: str, member: str) -> str | None:
        """The company's value of one member of a dimension."""
        return self._found[metric, "*", month, dimension, member]

    def has(self, metric: str) -> bool:
        return any(key[0] == metric for key in self._found)


def values(until: date = UNTIL, **tables: list[Row]) -> Values:
    return Values(figures(until, **tables))
