"""`crm bench reports`: pages and workbooks from data at hand, beside WeasyPrint and openpyxl.

Every contender draws in a process of its own. The scorecards are this installation's, asked at
the door; all else is invented in `bench_reports_sample`.
"""

import io
import re
import statistics
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

from crm_core import clock
from crm_core.services.tenancy.access import subject_of
from orchestration.bench_reports_peer import has, openpyxl_xlsx, weasyprint_pdf
from orchestration.bench_reports_sample import four_pages, long_table
from orchestration.measure import Calibration, Figure, calibrate
from reports.reader import reader_of
from reports.renderers import render
from reports.result import ReportResult
from reports.run import run_report
from transforms.lake.door import open_door
from transforms.metrics.branches import branches
from transforms.metrics.compiler import Dialect
from transforms.metrics.period import parse_period

ROUNDS = 7
CHARTS = 6
MOST_CPU, LEAST_LEAD = 150.0, 5.0
MOST_MEMORY, MOST_SECONDS, SCORECARDS = 200.0, 60.0, 43
LONG_ROWS = {"S": 1_000, "M": 12_700}
"""Rows of five figures; with 12,700 the workbook has over a million cells."""
SCORECARD = "branch_scorecard_monthly"
EXECUTIVE = "exec@northway.example"
GET_PEERS = "{} is no part of the environment: pip install {} into a copy of it to compare with"

Draw = Callable[[ReportResult], bytes]


@dataclass(frozen=True)
class Turn:
    """One contender: CPU of one drawing (the median), the file's size, and the memory it took."""

    cpu_seconds: float
    size: int
    peak_mib: float
    """Of the whole process while drawing: interpreter, libraries, data, file."""
    drawn_mib: float
    """What drawing added to it."""
    units: int
    """Pages of a PDF, cells of a workbook."""


def bench_reports(scale: str, tell: Callable[[str], None]) -> Iterator[Figure]:
    """Figures as they come; a peer that is not installed is named and left out."""
    machine = calibrate()
    yield from _pages(machine, tell)
    yield from _cells(LONG_ROWS[scale], machine, tell)
    yield from _scorecards(machine, tell)


# pages


def _pages(machine: Calibration, tell: Callable[[str], None]) -> Iterator[Figure]:
    ours = _alone(_pdf)
    peer = _alone(_weasyprint) if _has("weasyprint", tell) else None
    theirs = peer.cpu_seconds * 1000 if peer else None
    name = f"pdf, {ours.units} pages, {CHARTS} charts"
    mine = ours.cpu_seconds * 1000
    yield _most(f"{name}: CPU", "ms", mine, theirs, MOST_CPU, machine)
    if theirs:
        yield _ratio(f"{name}: CPU beside WeasyPrint", "ms", mine, theirs, machine, LEAST_LEAD)
    yield Figure(
        f"{name}: speed", "pages/s", round(ours.units / ours.cpu_seconds, 1),
        round(peer.units / peer.cpu_seconds, 1) if peer else None, calibration=machine,
    )  # fmt: skip
    yield Figure(
        f"{name}: memory of the process", "MiB", ours.peak_mib, peer.peak_mib if peer else None,
        calibration=machine,
    )  # fmt: skip
    yield Figure(
        f"{name}: size", "KiB", round(ours.size / 1024, 1),
        round(peer.size / 1024, 1) if peer else None, calibration=machine,
    )  # fmt: skip


# cells


def _cells(rows: int, machine: Calibration, tell: Callable[[str], None]) -> Iterator[Figure]:
    ours = _alone(partial(_xlsx, rows))
    peer = _alone(partial(_openpyxl, rows)) if _has("openpyxl", tell) else None
    name = f"xlsx, {ours.units:,} cells"
    yield Figure(
        f"{name}: speed", "cells/s", round(ours.units / ours.cpu_seconds),
        round(peer.units / peer.cpu_seconds) if peer else None, calibration=machine,
    )  # fmt: skip
    yield _most(
        f"{name}: memory that writing adds", "MiB", ours.drawn_mib,
        peer.drawn_mib if peer else None, MOST_MEMORY, machine,
    )  # fmt: skip
    yield Figure(
        f"{name}: memory of the process", "MiB", ours.peak_mib, peer.peak_mib if peer else None,
        calibration=machine,
    )  # fmt: skip


# scorecards


def _scorecards(machine: Calibration, tell: Callable[[str], None]) -> Iterator[Figure]:
    """As many scorecards as the goal names: every branch, and its earlier months if need be."""
    work = _commissions()
    tell(f"{len(work)} scorecards, PDF and XLSX, in two processes")
    started = time.perf_counter()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        sizes = list(pool.map(_scorecard, work, chunksize=4))
    seconds = time.perf_counter() - started
    name = f"{len(work)} scorecards of {len({code for code, _ in work})} branches, PDF and XLSX"
    yield _most(f"{name}: time on two cores", "s", seconds, None, MOST_SECONDS, machine)
    yield Figure(f"{name}: size", "KiB", round(sum(sizes) / 1024, 1), calibration=machine)


def _commissions() -> list[tuple[str, str]]:
    """Branch and month, the newest months first."""
    subject = subject_of(EXECUTIVE)
    with open_door(subject) as door:
        known = branches(door, Dialect.DOOR).all
        month = parse_period(
            "last_month", clock.local_date(door.publication.as_of, reader_of(subject).timezone)
        )
    found: list[tuple[str, str]] = []
    while len(found) < SCORECARDS:
        found += [(branch.code, f"{month.start:%Y-%m}") for branch in known]
        month = month.previous()
    return found[: max(SCORECARDS, len(known))]


def _scorecard(about: tuple[str, str]) -> int:
    """Asked at the door and drawn twice; the bytes of both files."""
    code, month = about
    result = run_report(subject_of(EXECUTIVE), SCORECARD, month, parameters={"branch": code})
    return sum(len(render(result, kind).content) for kind in ("pdf", "xlsx"))


# contenders


def _pdf() -> Turn:
    return _turn(four_pages(), lambda result: render(result, "pdf").content, ROUNDS)


def _weasyprint() -> Turn:
    return _turn(four_pages(), weasyprint_pdf, ROUNDS)


def _xlsx(rows: int) -> Turn:
    return _turn(long_table(rows), lambda result: render(result, "xlsx").content, 1)


def _openpyxl(rows: int) -> Turn:
    return _turn(long_table(rows), openpyxl_xlsx, 1)


def _turn(result: ReportResult, draw: Draw, rounds: int) -> Turn:
    """The median of some drawings after a first one; where there is one only, that one."""
    if rounds > 1:
        draw(result)
    before, times, content = _forget_peak(), [], b""
    for _ in range(rounds):
        started = time.process_time()
        content = draw(result)
        times.append(time.process_time() - started)
    peak = _peak()
    return Turn(
        statistics.median(times), len(content), round(peak, 1), round(peak - before, 1),
        _units_in(content),
    )  # fmt: skip


def _units_in(content: bytes) -> int:
    """Pages of a PDF, or cells of a workbook."""
    if content.startswith(b"%PDF"):
        return len(import_module("pypdf").PdfReader(io.BytesIO(content)).pages)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return sum(archive.read(name).count(b"<c r=") for name in sheets)


def _peak() -> float:
    """The most memory since `_forget_peak`, in MiB."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def _forget_peak() -> float:
    """Begin the peak anew: making the data took its own. Gives what is in use now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _alone(act: Callable[[], Turn]) -> Turn:
    """In a process that does nothing else."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(act).result()


# figures


def _has(module: str, tell: Callable[[str], None]) -> bool:
    if has(module):
        return True
    tell(GET_PEERS.format(module, module))
    return False


def _most(
    name: str, unit: str, measured: float, peer: float | None, limit: float, machine: Calibration
) -> Figure:
    """A figure with a highest value, whatever the peer needs."""
    return Figure(
        name, unit, round(measured, 1), None if peer is None else round(peer, 1),
        limit=limit, is_met=measured <= limit, calibration=machine,
    )  # fmt: skip


def _ratio(
    name: str, unit: str, measured: float, peer: float, machine: Calibration, lead: float
) -> Figure:
    """A figure that must be so many times below the peer's."""
    ratio = round(measured / peer, 3)
    limit = 1 / lead
    return Figure(
        name, unit, round(measured, 1), round(peer, 1), ratio, limit, ratio <= limit, machine
    )
