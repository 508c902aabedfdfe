"""`crm bench freshness`: from a commit in the core to the new figure at an executive's door.

Measured on this installation, with the pipeline watching in a process of its own.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
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
from crm_core.simulation.command import is_simulated
from orchestration.measure import Calibration, Figure, calibrate
from transforms.lake import publication
from transforms.lake.door import open_door

LIMIT = 30.0
"""Seconds that the slowest of twenty may take."""
LOOKS = 0.05
PATIENCE = 300.0

WATCH = "from orchestration.cli import main; main()"


class NeverVisible(CrmError):
    """A change did not come to the door."""


def bench_freshness(scale: str, changes: int, tell: Callable[[str], None]) -> Iterator[Figure]:
    """One small change after the other, each awaited at the door."""
    if not is_simulated():
        from orchestration.demo import build_demo

        tell(f"making the demo ({scale})")
        build_demo(scale=scale, seed=7, at=clock.now(), reports=False)
    machine = calibrate()
    admin, reader = subject_of("admin@northway.example"), subject_of("exec@northway.example")
    waited, published, busy, steps = [], [], [], dict[str, list[float]]()
    with _watching() as process:
        assert process.stdout is not None
        output = process.stdout
        _first(output, tell)
        for number, lead in enumerate(_open_leads(admin, changes), 1):
            before = publication.get().id
            spent, committed = _processor(process.pid), _lose(admin, lead)
            published.append(_await_publication(before) - committed)
            waited.append(_await_row(reader, lead) - committed)
            run = json.loads(output.readline())
            for name, seconds in run["steps"].items():
                steps.setdefault(name, []).append(seconds)
            busy.append(_processor(process.pid) - spent)
            tell(f"change {number}: {waited[-1]:.2f} s, {run['steps']}")
    yield _figure("commit to dashboard p50", waited, 50, None, machine)
    yield _figure("commit to dashboard p95", waited, 95, LIMIT, machine)
    yield _figure("commit to publication p95", published, 95, None, machine)
    # What it would take on a machine that does nothing else, at most.
    yield _figure("processor time of the pipeline p95", busy, 95, None, machine)
    for name, seconds in steps.items():
        yield _figure(f"step {name} p50", seconds, 50, None, machine)


def _figure(
    name: str, seconds: list[float], percent: int, limit: float | None, machine: Calibration
) -> Figure:
    at = statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]
    met = None if limit is None else at <= limit
    return Figure(name, "s", round(at, 3), limit=limit, is_met=met, calibration=machine)


@contextmanager
def _watching() -> Iterator["subprocess.Popen[str]"]:
    """`crm pipeline run --watch`; it prints a line a run."""
    words = ["pipeline", "run", "--watch", "--every", "0.5", "--full-audit", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-c", WATCH, *words], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _processor(pid: int) -> float:
    """Seconds of computing that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _first(output: IO[str], tell: Callable[[str], None]) -> None:
    """The full build the watch begins with: what it costs, and that it stands."""
    run = json.loads(output.readline() or "{}")
    if not run.get("publication"):
        raise NeverVisible(
            "the pipeline did not start: run `crm pipeline run` and read what it says"
        )
    tell(f"full build: {run['seconds']:.1f} s, {run['steps']}")


def _open_leads(admin: Subject, count: int) -> list[UUID]:
    with tenant_session(admin) as session:
        is_open = Lead.status.in_([status.value for status in LeadStatus.open_statuses()])
        return list(
            session.scalars(select(Lead.id).where(is_open).order_by(Lead.id.desc()).limit(count))
        )


def _lose(admin: Subject, lead: UUID) -> float:
    with tenant_session(admin) as session:
        leads.lose(session, admin, lead_id=lead, reason="moved with a friend", at=clock.now())
    return time.monotonic()


def _await_publication(before: int) -> float:
    deadline = time.monotonic() + PATIENCE
    while publication.get().id <= before:
        if time.monotonic() > deadline:
            raise NeverVisible(f"no publication after {PATIENCE:.0f} s: read the pipeline's log")
        time.sleep(LOOKS)
    return time.monotonic()


def _await_row(reader: Subject, lead: UUID) -> float:
    """When the reader's door shows the lead as lost; publications between may lack it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with open_door(reader) as door:
            found = door.sql("select status from marts.fct_leads where lead_id = ?", [str(lead)])
        if found["status"].to_list() == [LeadStatus.LOST.value]:
            return time.monotonic()
        time.sleep(LOOKS)
    raise NeverVisible(f"lead {lead} is not lost at the door after {PATIENCE:.0f} s")
