"""Whether a report may go with the data that there are; pure.

Until when the data reach is asked in `drawing`, what follows is done in `rounds`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from crm_core import clock
from crm_core.enums import DeadlinePolicy
from reports.delivery.plan import Plan
from transforms.metrics.period import Period


class Way(StrEnum):
    """What to do with an occasion now."""

    GO = "GO"
    GO_STAMPED = "GO_STAMPED"
    WAIT = "WAIT"
    HOLD = "HOLD"


@dataclass(frozen=True)
class Verdict:
    """The way, why, and whether it is past its deadline."""

    way: Way
    reason: str = ""
    is_late: bool = False


def judge(
    plan: Plan,
    window: Period,
    data_until: datetime | None,
    due_at: datetime,
    at: datetime,
    timezone: str,
    *,
    is_released: bool = False,
) -> Verdict:
    """The way of an occasion due at `due_at`, as things stand at `at`.

    A period that is still running is reported as far as it goes.
    """
    if not plan.is_whole or window.end > clock.local_date(at, timezone):
        return Verdict(Way.GO) if data_until else Verdict(Way.WAIT, "held: nothing is published")
    known: date | None = data_until and clock.local_date(data_until, timezone)
    if known is not None and known >= window.end:
        return Verdict(Way.GO)
    reason = (
        f"held: the data end on {known}, before the period {window} is complete"
        if known
        else "held: nothing is published"
    )
    is_late = at >= due_at + plan.deadline
    if known is not None and (is_released or (is_late and plan.policy is DeadlinePolicy.STAMP)):
        return Verdict(Way.GO_STAMPED, reason, is_late)
    if is_late and plan.policy is DeadlinePolicy.HOLD:
        return Verdict(Way.HOLD, reason, is_late)
    return Verdict(Way.WAIT, reason, is_late)
