"""When a crew drives, works and rests on a given sequence of jobs: the one rule of timing.

Which sequence is worth driving is decided elsewhere. The greedy dispatcher steps through one route
with integers, the solver through thousands with arrays; both use `arrive` and `work` below.
"""

from typing import Any, NamedTuple

from crm_core.optimisation.problem import Rules

Minutes = Any
"""An integer, or an array of them: the same formula holds for one route and for many."""


class Arrival(NamedTuple):
    """How a drive ends."""

    rest: Minutes
    """A break before leaving, 0 when none is due."""
    at: Minutes
    start: Minutes
    """When work may begin: on arrival, or when the window opens."""
    strain: Minutes
    """Minutes since the last break."""


def arrive(
    rules: Rules, leave: Minutes, strain: Minutes, drive: Minutes, opens: Minutes
) -> Arrival:
    """Drives to a place; a break comes first when the drive would end too long after the last."""
    due = strain + drive > rules.break_after
    rest = due * rules.break_minutes
    at = leave + rest + drive
    wait = (opens > at) * (opens - at)
    strain = ((1 - due) * strain + drive) * (wait < rules.break_minutes)
    return Arrival(rest, at, at + wait, strain)


def work(
    rules: Rules, start: Minutes, strain: Minutes, minutes: Minutes
) -> tuple[Minutes, Minutes, Minutes]:
    """Works at a place: (end, strain, breaks on site), each break as late as it may be."""
    breaks = (strain + minutes - 1) // rules.break_after
    end = start + minutes + breaks * rules.break_minutes
    return end, strain + minutes - breaks * rules.break_after, breaks


def leave_yard(shift_opens: Minutes, drive: Minutes, opens: Minutes) -> Minutes:
    """Crews set out so that they do not wait at the first door."""
    early = opens - drive - shift_opens
    return shift_opens + (early > 0) * early
