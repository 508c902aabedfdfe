"""The offset changes of time zones as rows, for the triggers that write local days and times.

They come from the pinned zone data by `crm_core.clock`; nothing else may turn an instant into local
time. The triggers are in `crm_core.migrations.local_time`.
"""

from datetime import UTC, date, datetime
from itertools import chain

import psycopg

from crm_core import clock

FIRST, LAST = date(1999, 12, 31), date(2042, 1, 1)
ALWAYS = (
    "America/St_Johns", "America/Halifax", "America/Moncton", "America/Toronto",
    "America/Winnipeg", "America/Regina", "America/Edmonton", "America/Vancouver",
    "America/Whitehorse", "America/Yellowknife", "America/Iqaluit", "UTC",
)  # fmt: skip
"""Zones that are there before anybody uses them."""

Offset = tuple[str, datetime, int]


def write_zone_offsets(connection: psycopg.Connection) -> int:
    """Bring the rows of `ALWAYS`, and of every zone in use, up to the pinned zone data.

    As the owner role; returns the number of zones whose rows were written.
    """
    known: dict[str, set[Offset]] = {}
    for row in connection.execute(
        "select timezone, from_at, offset_seconds from core.zone_offsets"
    ):
        known.setdefault(row[0], set()).add(row)
    used = connection.execute(
        "select timezone from core.locations union select timezone from core.clients"
    ).fetchall()
    wanted = {zone: rows_of(zone) for zone in {*ALWAYS, *(zone for (zone,) in used)}}
    return _write(connection, {z: rows for z, rows in wanted.items() if rows != known.get(z)})


def add_zone_offsets(connection: psycopg.Connection) -> int:
    """The same for zones in use of which there are no rows; asks little when there are none."""
    new = connection.execute(
        "select timezone from core.locations union select timezone from core.clients"
        " except select timezone from core.zone_offsets"
    ).fetchall()
    return _write(connection, {zone: rows_of(zone) for (zone,) in new})


def rows_of(zone: str) -> set[Offset]:
    """Zone, instant from which an offset holds, and the seconds that it is east of UTC."""
    start = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    changes = chain(
        [(start, clock.offset_at(start, zone))], clock.offset_changes(zone, FIRST, LAST)
    )
    return {(zone, at, offset) for at, offset in changes}


def _write(connection: psycopg.Connection, wanted: dict[str, set[Offset]]) -> int:
    if wanted:
        connection.execute("delete from core.zone_offsets where timezone = any(%s)", [list(wanted)])
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into core.zone_offsets (timezone, from_at, offset_seconds)"
                " values (%s, %s, %s)",
                sorted(chain.from_iterable(wanted.values())),
            )
    return len(wanted)
