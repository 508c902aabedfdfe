"""When a message may go out and when it is tried again: pure functions and figures.

Who may be written to, and what becomes of a message, is in `communication.communications`.
"""

from datetime import datetime, time, timedelta

from crm_core import clock

QUIET_FROM = time(21)
QUIET_UNTIL = time(8)
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
"""Waits after the first, second and third try that failed; the fourth failure is the last."""


def may_go_at(at: datetime, timezone: str, *, is_safety: bool = False) -> datetime:
    """The first instant from `at` on that is outside the quiet hours of the branch.

    A safety alert goes at once.
    """
    local = clock.local_naive(at, timezone)
    if is_safety or QUIET_UNTIL <= local.time() < QUIET_FROM:
        return at
    day = local.date() + timedelta(days=1 if local.time() >= QUIET_FROM else 0)
    return clock.instant_of(datetime.combine(day, QUIET_UNTIL), timezone)


def next_try_at(tries: int, failed_at: datetime) -> datetime | None:
    """When a message is tried again after so many failed tries; None when that was the last."""
    return failed_at + RETRY_AFTER[tries - 1] if tries <= len(RETRY_AFTER) else None
