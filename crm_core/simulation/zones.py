"""Local time of many instants at once: the pinned zone data as arrays.

Single instants are converted by `crm_core.clock`; a test holds the two equal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from crm_core import clock

Seconds = NDArray[np.int64]
"""Seconds since 1970: of UTC for an instant, of the wall clock for a local time."""
Index = NDArray[np.intp]

DAY = 86_400
EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH).days


def seconds_of(instant: datetime) -> int:
    """Seconds since 1970 of an aware instant."""
    return int(instant.timestamp())


@dataclass(frozen=True)
class ZoneTable:
    """The offset changes of one zone over a span of days."""

    changes: Seconds
    """Instants at which a new offset begins."""
    offsets: Seconds
    """Seconds east of UTC: before the first change, then after each."""

    def local(self, instants: Seconds) -> Seconds:
        """Wall-clock seconds of instants."""
        return instants + self.offsets[np.searchsorted(self.changes, instants, side="right")]

    def instants(self, local: Seconds) -> Seconds:
        """Instants of wall-clock seconds; a repeated hour means the first, as in `clock`."""
        changed = self.changes + np.maximum(self.offsets[:-1], self.offsets[1:])
        return local - self.offsets[np.searchsorted(changed, local, side="right")]


class LocalTime:
    """Converts arrays of times whose rows belong to branches in different zones."""

    def __init__(self, zone_names: list[str], first: date, last: date) -> None:
        """`zone_names[i]` is the zone of branch i; the span must hold every time converted."""
        names = sorted(set(zone_names))
        self._tables = [zone_table(name, first, last) for name in names]
        self._zone_of_branch = np.array([names.index(name) for name in zone_names], dtype=np.intp)

    def local(self, instants: Seconds, branch: Index) -> Seconds:
        """Wall-clock seconds, row by row."""
        return self._by_zone(instants, branch, ZoneTable.local)

    def instants(self, local: Seconds, branch: Index) -> Seconds:
        """Instants, row by row."""
        return self._by_zone(local, branch, ZoneTable.instants)

    def _by_zone(
        self, times: Seconds, branch: Index, convert: Callable[[ZoneTable, Seconds], Seconds]
    ) -> Seconds:
        converted = np.empty_like(times)
        zone = self._zone_of_branch[branch]
        for number, table in enumerate(self._tables):
            rows = zone == number
            converted[rows] = convert(table, times[rows])
        return converted


def zone_table(name: str, first: date, last: date) -> ZoneTable:
    """The table of one zone from the day `first` to the day `last`."""
    found = list(clock.offset_changes(name, first, last + timedelta(days=2)))
    before = clock.offset_at(datetime.combine(first, time(), UTC), name)
    return ZoneTable(
        np.array([seconds_of(at) for at, _ in found], dtype=np.int64),
        np.array([before, *(offset for _, offset in found)], dtype=np.int64),
    )
