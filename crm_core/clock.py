"""The only place that reads the clock, and the only place that turns an instant into local time.

Rules about time (validity, due dates, business hours) belong to the services.
"""

import zoneinfo
from datetime import UTC, date, datetime
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
