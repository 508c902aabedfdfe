"""`crm bench build`: a full build and one after a small change, beside reading the Parquet once.

Measured on this installation: each build is published, as the pipeline publishes it.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from crm_core import clock
from crm_core.config import PROJECT
from crm_core.database import tenant_session
from crm_core.enums import LeadStatus
from crm_core.errors import CrmError
from crm_core.models import Lead
from crm_core.security.permissions import Subject
from crm_core.services.sales import leads
from crm_core.services.tenancy.access import subject_of
from orchestration.measure import Calibration, Figure, calibrate
from transforms.lake.build import Published, run_build
from transforms.lake.engine import LAKE, attach_lake, connect_memory, quoted
from transforms.lake.extract import run_extract
from transforms.results import write_results

CHANGES = 3
MOST_GROWTH = 1.5
"""Of a small change at L, against M."""
SMALL = "build after a small change"
FULL = "full build"
AGAIN = "from orchestration.bench_build import print_own; print_own()"


class NothingBuilt(CrmError):
    """A change did not lead to a new publication."""


def bench_build(tell: Callable[[str], None], other: Path | None = None) -> Iterator[Figure]:
    """Figures of this installation, and how they grow against a smaller one in `other`."""
    machine = calibrate()
    tell("reading every Parquet file of the raw tables")
    read = statistics.median(_read_once() for _ in range(3))
    own = _own(tell)
    for name, seconds in own.items():
        ratio = round(seconds / read, 1)
        yield Figure(f"{name}, beside reading the Parquet once", "s", seconds, round(read, 3),
                     ratio, calibration=machine)  # fmt: skip
    if other is not None:
        yield from _growth(own, _of(other), machine)


def print_own() -> None:
    """The seconds of this installation as JSON, for a bench of another one."""
    sys.stdout.write(json.dumps(_own(lambda _: None)))


def _own(tell: Callable[[str], None]) -> dict[str, float]:
    run_extract()
    found = {FULL: _built(force=True, tell=tell)}
    admin = subject_of("admin@northway.example")
    times = []
    for lead in _open_leads(admin, CHANGES):
        with tenant_session(admin) as session:
            leads.lose(session, admin, lead_id=lead, reason="moved with a friend", at=clock.now())
        run_extract()
        times.append(_built(force=False, tell=tell))
    return {**found, SMALL: round(statistics.median(times), 3)}


def _built(*, force: bool, tell: Callable[[str], None]) -> float:
    started = time.perf_counter()
    made = run_build(write_results, force=force, at=clock.now())
    seconds = round(time.perf_counter() - started, 3)
    if not isinstance(made, Published):
        raise NothingBuilt(made.line)
    tell(f"{made.models} models, {made.checks} checks: {seconds} s, {made.seconds}")
    return seconds


def _open_leads(admin: Subject, count: int) -> list[UUID]:
    with tenant_session(admin) as session:
        is_open = Lead.status.in_([status.value for status in LeadStatus.open_statuses()])
        return list(
            session.scalars(select(Lead.id).where(is_open).order_by(Lead.id.desc()).limit(count))
        )


def _read_once() -> float:
    """Seconds of one look at every value of every raw table's files."""
    with connect_memory() as connection:
        attach_lake(connection)
        tables = connection.execute(
            "select table_name from duckdb_tables()"
            " where database_name = ? and schema_name = 'raw'",
            [LAKE],
        ).fetchall()
        files = [
            [row[0] for row in connection.execute(
                f"select data_file from ducklake_list_files('{LAKE}', {quoted(name)},"
                " schema => 'raw')").fetchall()]
            for (name,) in tables
        ]  # fmt: skip
        started = time.perf_counter()
        for paths in filter(None, files):
            connection.execute(
                "select bit_xor(hash(seen)) from read_parquet(?) as seen", [paths]
            ).fetchall()
        return time.perf_counter() - started


def _of(other: Path) -> dict[str, float]:
    """The same on another installation, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", AGAIN], cwd=PROJECT, capture_output=True, text=True, check=False,
        env=os.environ | {"CRM_VAR": str(other.resolve()), "PYTHONPATH": str(PROJECT)},
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise NothingBuilt(f"the builds in {other} failed: {last}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _growth(
    own: dict[str, float], smaller: dict[str, float], machine: Calibration
) -> Iterator[Figure]:
    for name, seconds in own.items():
        ratio = round(seconds / smaller[name], 2)
        limit = MOST_GROWTH if name == SMALL else None
        met = None if limit is None else ratio <= limit
        yield Figure(f"{name}, beside the other installation", "s", seconds, smaller[name], ratio,
                     limit, met, machine)  # fmt: skip
