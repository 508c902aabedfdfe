"""What the true figures are computed from: the rows of a company, fitted to the core's columns.

Which figures are computed is the business of the other modules.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Integer, Numeric

from crm_core.models.base import SCHEMA, Base
from crm_core.simulation.zones import LocalTime

Tables = Mapping[str, pl.DataFrame]
Declared = Mapping[str, tuple[str, ...]]
"""Tables and the columns of them that are read; the rest plays no part."""

DEFAULT_ZONE = "America/Toronto"
YEARS_BACK, YEARS_AHEAD = 6, 3


@dataclass(frozen=True)
class Figures:
    """The rows of one company, as far as its figures depend on them, up to a day."""

    client: str
    tables: Tables
    until: date


def together(parts: list[Declared]) -> dict[str, tuple[str, ...]]:
    """All that several modules read."""
    found: dict[str, set[str]] = {}
    for part in parts:
        for table, columns in part.items():
            found.setdefault(table, set()).update(columns)
    return {table: tuple(sorted(columns)) for table, columns in sorted(found.items())}


@cache
def shape(table: str, columns: tuple[str, ...]) -> pl.DataFrame:
    """An empty frame with the columns of a table of the core and their types."""
    declared = Base.metadata.tables[f"{SCHEMA}.{table}"].columns
    return pl.DataFrame(schema={name: _type(declared[name]) for name in columns})


def fitted(table: str, frame: pl.DataFrame | None, columns: tuple[str, ...]) -> pl.DataFrame:
    """The columns of a frame in the core's types; a column left out holds the core's default."""
    like = shape(table, columns)
    if frame is None:
        return like
    declared = Base.metadata.tables[f"{SCHEMA}.{table}"].columns
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(_default(declared[name])))
        .cast(kind)
        .alias(name)
        for name, kind in like.schema.items()
    )


def fit(figures: Figures, declared: Declared) -> Figures:
    """The same figures with every declared table there, and its columns in the core's types."""
    tables = {
        name: fitted(name, figures.tables.get(name), columns) for name, columns in declared.items()
    }
    return replace(figures, tables=tables)


class Rows:
    """The rows of a company, and what several figures derive from them, computed once."""

    def __init__(self, figures: Figures) -> None:
        self.client, self.until = figures.client, figures.until
        self._tables = figures.tables
        self._known: dict[Any, pl.DataFrame] = {}
        places = self["locations"]
        clients = self["clients"].get_column("timezone").to_list()
        zones = [*places.get_column("timezone").to_list(), *clients[:1]]
        if not clients:
            zones.append(DEFAULT_ZONE)
        self._place = {place: at for at, place in enumerate(places.get_column("id").to_list())}
        self._local = LocalTime(
            zones,
            self.until.replace(year=self.until.year - YEARS_BACK, day=1),
            self.until.replace(year=self.until.year + YEARS_AHEAD, day=1),
        )
        self.ends = self._month_ends()

    def __getitem__(self, table: str) -> pl.DataFrame:
        return self._tables[table]

    def once(self, derive: Callable[["Rows"], pl.DataFrame]) -> pl.DataFrame:
        """What a function derives from the rows; the second call costs nothing."""
        if derive not in self._known:
            self._known[derive] = derive(self)
        return self._known[derive]

    def changes(self, entity: str, column: str = "status") -> pl.DataFrame:
        """The history of one status column: entity_id, from_status, to_status, occurred_at, on."""
        key = (entity, column)
        if key not in self._known:
            events = self["status_events"].filter(
                (pl.col("entity") == entity) & (pl.col("status_column") == column)
            )
            self._known[key] = self.dated(events, "occurred_at", "on").select(
                "entity_id", "from_status", "to_status", "occurred_at", "on", "location_id"
            )
        return self._known[key]

    def local(self, frame: pl.DataFrame, column: str) -> pl.Series:
        """Wall-clock times, without zone, of instants of rows with a `location_id`."""
        last = len(self._place)
        place = frame.get_column("location_id").replace_strict(
            self._place, default=last, return_dtype=pl.Int64
        )
        stamps = frame.get_column(column).cast(pl.Datetime("ms"))
        millis = stamps.cast(pl.Int64).fill_null(0).to_numpy()
        seconds, rest = np.divmod(millis, 1000)
        wall = self._local.local(seconds, place.to_numpy().astype(np.intp)) * 1000 + rest
        series = pl.Series(column, wall.astype("datetime64[ms]"))
        return pl.select(pl.when(stamps.is_not_null()).then(series)).to_series()

    def at_wall(self, frame: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
        """The frame with the wall-clock time of `column` as `name`."""
        return frame.with_columns(self.local(frame, column).alias(name))

    def dated(self, frame: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
        """The frame with the branch's calendar day of the instants in `column` as `name`."""
        return frame.with_columns(self.local(frame, column).dt.date().alias(name))

    def _month_ends(self) -> list[date]:
        """Last days of the months since the first row of business, and the last day itself."""
        starts = [
            first
            for table, column in (
                ("leads", "created_on"), ("quotes", "created_on"), ("invoices", "issued_on"),
                ("truck_journeys", "service_on"), ("storage_bookings", "starts_on"),
            )
            if isinstance(first := self[table].get_column(column).min(), date)
        ]  # fmt: skip
        return month_ends(min([self.until, *starts]), self.until)


def month_ends(first: date, until: date) -> list[date]:
    """The last days of the months from that of `first`, and `until` itself."""
    ends, month = [], first.replace(day=1)
    while (following := (month + timedelta(days=32)).replace(day=1)) <= until:
        ends.append(following - timedelta(days=1))
        month = following
    return [*ends, until]


def _type(column: Column[Any]) -> pl.DataType:
    kind = column.type
    if isinstance(kind, Numeric):
        return pl.Decimal(18, kind.scale or 0)
    for name, found in _TYPES:
        if isinstance(kind, name):
            return found
    return pl.String()


_TYPES: tuple[tuple[type, pl.DataType], ...] = (
    (Date, pl.Date()),
    (DateTime, pl.Datetime("ms")),
    (Boolean, pl.Boolean()),
    (Integer, pl.Int64()),
    (ARRAY, pl.String()),
)


def _default(column: Column[Any]) -> str | bool | None:
    """What the database writes where a row says nothing; null for what it takes from elsewhere."""
    written = getattr(column.server_default, "arg", None)
    text = None if written is None else str(written)
    if isinstance(column.type, Boolean) and text is not None:
        return text == "true"
    return text.strip("'") if text is not None and "(" not in text else None
