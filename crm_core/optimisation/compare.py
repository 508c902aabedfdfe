"""The solver beside the greedy dispatcher on the same days: the figures a benchmark prints.

Days to compare on are made in `sample` or read by a service.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crm_core.optimisation.check import violations
from crm_core.optimisation.problem import Day
from crm_core.optimisation.solve import greedy, solve, with_bound

BOUND_SECONDS = 6.0
"""At most, after each answer; seconds are counted without it."""


@dataclass(frozen=True)
class Row:
    """One day; drive in minutes, without hauls, which no assignment changes."""

    day: int
    jobs: int
    haul_minutes: int
    greedy_drive_minutes: int
    greedy_late: int
    greedy_unassigned: int
    drive_minutes: int
    late: int
    unassigned: int
    violations: int
    seconds: float
    rounds: int
    gap_pct: float | None
    """Between the plan's cost and the solver's bound; None without a bound."""

    @property
    def saved_pct(self) -> float:
        """Drive saved against the greedy dispatcher."""
        return 100 * (1 - self.drive_minutes / max(1, self.greedy_drive_minutes))

    @property
    def saved_with_hauls_pct(self) -> float:
        """The same with hauls on both sides."""
        before = self.greedy_drive_minutes + self.haul_minutes
        return 100 * (self.greedy_drive_minutes - self.drive_minutes) / max(1, before)

    def __str__(self) -> str:
        gap = "none" if self.gap_pct is None else f"{self.gap_pct:.1f} %"
        return (
            f"day {self.day}: {self.jobs} jobs in {self.seconds:.1f} s, "
            f"drive {self.greedy_drive_minutes} -> {self.drive_minutes} min "
            f"(-{self.saved_pct:.1f} %, with hauls -{self.saved_with_hauls_pct:.1f} %), "
            f"late {self.greedy_late} -> {self.late}, "
            f"unassigned {self.greedy_unassigned} -> {self.unassigned}, "
            f"violations {self.violations}, gap {gap}, {self.rounds} rounds"
        )


def compare(
    days: Iterable[Day], deadline: float, seed: int = 0, rounds: int | None = None
) -> Iterator[Row]:
    """One row per day, `deadline` seconds each; violations are counted over both plans."""
    for number, day in enumerate(days, start=1):
        before = greedy(day)
        began = time.monotonic()
        plan = solve(day, deadline, seed=seed, rounds=rounds)
        seconds = time.monotonic() - began
        plan = with_bound(day, plan, BOUND_SECONDS)
        yield Row(
            day=number,
            jobs=len(day.jobs),
            haul_minutes=sum(day.haul_minutes(job) for job in day.jobs),
            greedy_drive_minutes=before.drive_minutes,
            greedy_late=len(before.late),
            greedy_unassigned=len(before.unassigned),
            drive_minutes=plan.drive_minutes,
            late=len(plan.late),
            unassigned=len(plan.unassigned),
            violations=len(violations(day, before)) + len(violations(day, plan)),
            seconds=seconds,
            rounds=plan.rounds,
            gap_pct=plan.gap_pct,
        )
