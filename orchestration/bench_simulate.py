"""`crm bench simulate`: the demo company into Postgres, beside a bare COPY of the same bytes.

Ours ends with every key, check, exclusion, index and policy in force, validated in the timed run;
the peer is plain tables of the same columns. Making the rows is no part of either, laying them
out in bytes is part of both.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date
from itertools import chain

import psycopg
from psycopg import sql

from crm_core.simulation import load
from crm_core.simulation.binary import HEADER, TRAILER
from crm_core.simulation.command import companies_of, write_companies
from crm_core.simulation.network import plan
from crm_core.simulation.organisation import Frames
from orchestration.bench_core import scratch_database
from orchestration.measure import Calibration, Figure, calibrate

UNTIL, SEED = date(2026, 11, 20), 7
LEAST_ROWS_PER_SECOND = 100_000
CAST = """
select format('%%I %%s', a.attname, format_type(a.atttypid, a.atttypmod)) from pg_attribute a
where a.attrelid = %s::regclass and a.attname = any(%s)
"""


def bench_simulate(scale: str, tell: Callable[[str], None]) -> Iterator[Figure]:
    """Measure once each in a scratch database that is dropped again."""
    machine = calibrate()
    wanted = plan(scale, SEED, UNTIL)
    companies = [(world, [*parts]) for world, parts in companies_of(wanted)]
    frames = [part for _, parts in companies for part in parts]
    rows = sum(len(frame) for part in frames for frame in part.values())
    tell(f"{rows:,} rows are made")
    with scratch_database() as superuser:
        bare = _bare(superuser, frames)
        tell(f"bare COPY took {bare:.1f} s")
        started = time.monotonic()
        steps = write_companies(companies, wanted.as_of).steps
        ours = time.monotonic() - started
        tell(f"the load took {ours:.1f} s")
    yield _figure(rows, ours, bare, machine)
    for step, seconds in steps.items():
        yield Figure(figure=f"of the load: {step}", unit="s", measured=round(seconds, 1))


def _figure(rows: int, ours: float, bare: float, machine: Calibration) -> Figure:
    """More is better here, so the limit is the least rate."""
    rate, peer = round(rows / ours), round(rows / bare)
    return Figure(
        figure="load with every constraint validated",
        unit="rows/s",
        measured=rate,
        peer=peer,
        ratio=round(peer / rate, 2),
        limit=LEAST_ROWS_PER_SECOND,
        is_met=rate >= LEAST_ROWS_PER_SECOND,
        calibration=machine,
    )


def _bare(superuser: psycopg.Connection, frames: list[Frames]) -> float:
    """Seconds of copying the same bytes, in one transaction, into tables of nothing but columns."""
    names = {name: frame.columns for part in frames for name, frame in part.items()}
    types = {name: load.column_types(superuser, name) for name in names}
    superuser.execute("create schema bare")
    for name, columns in names.items():
        typed = superuser.execute(CAST, [f"core.{name}", columns]).fetchall()
        body = ", ".join(column for (column,) in typed)
        superuser.execute(f"create table bare.{name} ({body})".encode())
    superuser.execute("checkpoint")
    started = time.monotonic()
    with superuser.transaction(), superuser.cursor() as cursor:
        pieces = load.laid_out(chain.from_iterable(part.items() for part in frames), types)
        for (name, given), rows in load.by_table(pieces):
            into = load.copy_statement(sql.Identifier("bare", name), given, "format binary")
            with cursor.copy(into) as stream:
                for piece in chain([HEADER], rows, [TRAILER]):
                    stream.write(piece)
    seconds = time.monotonic() - started
    superuser.execute("drop schema bare cascade")
    superuser.execute("checkpoint")
    return seconds
