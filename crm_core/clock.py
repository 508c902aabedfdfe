"""The only place that reads the clock, and the only place that turns an instant into local time.

Rules about time (validity, due dates, business hours) belong to the services.
"""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from crm_core.errors import InvalidInput

# The pinned tzdata package decides, not the machine: system data, Postgres and DuckDB disagree
# about western Canada since November 2026.
zoneinfo.reset_tzpath(to=[])


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


@cache
def zone(name: str) -> zoneinfo.ZoneInfo:
    """The zone of an IANA name; raises `InvalidInput` for an unknown one."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInput("timezone", f"{name!r} is not an IANA time zone") from error


def local_naive(instant: datetime, timezone: str) -> datetime:
    """Wall-clock time of an aware instant in a zone, without zone information."""
    return instant.astimezone(zone(timezone)).replace(tzinfo=None)


def local_date(instant: datetime, timezone: str) -> date:
    """Calendar day of an aware instant in a zone."""
    return local_naive(instant, timezone).date()


def instant_of(wall: datetime, timezone: str) -> datetime:
    """The instant (UTC) of a naive wall-clock time in a zone; a repeated hour means the first."""
    return wall.replace(tzinfo=zone(timezone), fold=0).astimezone(UTC)


def offset_at(instant: datetime, timezone: str) -> int:
    """Seconds that a zone is east of UTC at an aware instant."""
    shift = instant.astimezone(zone(timezone)).utcoffset()
    return int((shift or timedelta()).total_seconds())


def offset_changes(timezone: str, first: date, last: date) -> Iterator[tuple[datetime, int]]:
    """The changes of a zone's offset between two days: from which instant on, and the offset.

    A zone that changes twice within a week would be missed; none does.
    """
    week, second = timedelta(days=7), timedelta(seconds=1)
    start, end = (datetime.combine(day, time(), UTC) for day in (first, last))
    offset = offset_at(start, timezone)
    while start < end:
        before, after = start, min(start + week, end)
        start = after
        if (new := offset_at(after, timezone)) == offset:
            continue
        while after - before > second:
            middle = before + (after - before) // 2
            middle = middle.replace(microsecond=0)
            if offset_at(middle, timezone) == offset:
                before = middle
            else:
                after = middle
        yield after, new
        offset = new
