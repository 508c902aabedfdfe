"""`crm bench assign`: the dispatcher's solver beside cheapest insertion, on days of a pooled metro.

The peer is the greedy dispatcher of `crm_core.optimisation`; both plans are checked by rules that
share no code with either. No database.
"""

from collections.abc import Callable, Iterable, Iterator

from crm_core.optimisation.compare import Row, compare
from crm_core.optimisation.problem import Day
from orchestration.measure import Calibration, Figure, calibrate

ANSWER_LIMIT, DRIVE_LIMIT = 5.0, 0.85
"""Seconds for 120 jobs on two cores; drive against the peer's: at least 15 % less."""
DEADLINE = 4.8
"""Given to the solver; spelling the plan out takes the rest."""


def bench_assign(
    days: Iterable[Day], tell: Callable[[str], None], deadline: float = DEADLINE
) -> Iterator[Figure]:
    """Figures of each day as they come, then those over all days, which the limits are about."""
    machine = calibrate()
    rows = []
    for row in compare(days, deadline):
        tell(str(row))
        rows.append(row)
        yield from _of_day(row, machine)
    yield from _over_all(rows, machine)


def _of_day(row: Row, machine: Calibration) -> Iterator[Figure]:
    name = f"assign day {row.day}, {row.jobs} jobs"
    yield _within(f"{name}: answer", "s", round(row.seconds, 2), ANSWER_LIMIT, machine)
    yield _within(f"{name}: violations", "rules", row.violations, 0, machine)
    yield _beside(
        f"{name}: drive", "min", row.drive_minutes, row.greedy_drive_minutes, None, machine
    )
    yield _no_more(f"{name}: late starts", "jobs", row.late, row.greedy_late, machine)
    yield _no_more(f"{name}: left out", "jobs", row.unassigned, row.greedy_unassigned, machine)
    if row.gap_pct is not None:
        yield Figure(f"{name}: gap to the bound", "%", round(row.gap_pct, 1), calibration=machine)


def _over_all(rows: list[Row], machine: Calibration) -> Iterator[Figure]:
    name = f"assign {len(rows)} days"
    slowest = max(row.seconds for row in rows)
    yield _within(f"{name}: slowest answer", "s", round(slowest, 2), ANSWER_LIMIT, machine)
    broken = sum(row.violations for row in rows)
    yield _within(f"{name}: violations", "rules", broken, 0, machine)
    drive = sum(row.drive_minutes for row in rows)
    before = sum(row.greedy_drive_minutes for row in rows)
    yield _beside(f"{name}: drive", "min", drive, before, DRIVE_LIMIT, machine)
    late, late_before = sum(row.late for row in rows), sum(row.greedy_late for row in rows)
    yield _no_more(f"{name}: late starts", "jobs", late, late_before, machine)
    gaps = [row.gap_pct for row in rows if row.gap_pct is not None]
    if gaps:
        mean = round(sum(gaps) / len(gaps), 1)
        yield Figure(f"{name}: mean gap to the bound", "%", mean, calibration=machine)


def _within(name: str, unit: str, measured: float, limit: float, machine: Calibration) -> Figure:
    return Figure(name, unit, measured, limit=limit, is_met=measured <= limit, calibration=machine)


def _beside(
    name: str, unit: str, measured: int, peer: int, limit: float | None, machine: Calibration
) -> Figure:
    ratio = round(measured / max(peer, 1), 3)
    met = None if limit is None else ratio <= limit
    return Figure(name, unit, measured, peer, ratio, limit, met, machine)


def _no_more(name: str, unit: str, measured: int, peer: int, machine: Calibration) -> Figure:
    return Figure(name, unit, measured, peer, limit=peer, is_met=measured <= peer,
                  calibration=machine)  # fmt: skip
