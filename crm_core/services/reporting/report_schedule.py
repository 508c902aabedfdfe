"""When a report is due: a rhythm at wall-clock times of a zone, as pure functions.

Nothing is kept of a time that was worked out: each is found anew from the rule, so that zone rules
may change. What becomes of a due time is in `occasions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Self

from crm_core import clock
from crm_core.errors import InvalidInput
from crm_core.holidays import FURTHEST, PROVINCES, nth_business_day
from crm_core.services.reporting.cron import Cron

FIRST_MONDAY: Final = date(2024, 1, 1)
"""Where weeks are counted from when a schedule of every n weeks does not say."""
RAREST: Final = timedelta(days=9 * 366)
"""The 29 of February is at most eight years away."""
PREVIEWED: Final = 10


class Rhythm(StrEnum):
    """How often; a week has a weekday, a month a day, at most the 28th."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    """Every week, or every n weeks counted from the week of `since`."""
    MONTHLY = "MONTHLY"
    BUSINESS_DAY = "BUSINESS_DAY"
    """The nth business day of the month in a province; -1 is the last."""
    FISCAL = "FISCAL"
    """The nth business day after a fiscal period of so many months; the report is about it."""
    CRON = "CRON"


@dataclass(frozen=True)
class Schedule:
    """A rhythm, the time of day, and the zone that it is told in; Monday is 0."""

    rhythm: Rhythm
    at: time
    timezone: str
    weekday: int = 0
    day: int = 1
    every: int = 1
    since: date = FIRST_MONDAY
    nth: int = 1
    province: str = "ON"
    months: int = 3
    first_month: int = 1
    cron: str = ""
    after_data: bool = False
    """The time is the earliest: it goes when the data of its period are complete."""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """As it stands in the row; raises `InvalidInput` naming what cannot be understood."""
        try:
            rhythm = Rhythm(stored["rhythm"])
            made = cls(
                rhythm,
                time.fromisoformat(stored["at"]) if rhythm is not Rhythm.CRON else time(0),
                stored["timezone"],
                int(stored.get("weekday", 0)),
                int(stored.get("day", 1)),
                int(stored.get("every", 1)),
                date.fromisoformat(stored.get("since", FIRST_MONDAY.isoformat())),
                int(stored.get("nth", 1)),
                str(stored.get("province", "ON")),
                int(stored.get("months", 3)),
                int(stored.get("first_month", 1)),
                str(stored.get("cron", "")),
                bool(stored.get("after_data", False)),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise InvalidInput("schedule", f"cannot be understood: {error}") from error
        made._check(stored)
        return made

    def _check(self, stored: Mapping[str, Any]) -> None:
        clock.zone(self.timezone)
        known = {*type(self).__dataclass_fields__}
        if unknown := sorted(set(stored) - known):
            raise InvalidInput("schedule", f"{unknown[0]!r} is none of {', '.join(sorted(known))}")
        if self.at.tzinfo is not None:
            raise InvalidInput("schedule", "at is a local time: the zone stands in timezone")
        if not 0 <= self.weekday <= 6 or not 1 <= self.day <= 28:
            raise InvalidInput("schedule", "weekday is 0 to 6, day is 1 to 28")
        if not 1 <= self.every <= 52 or not 1 <= abs(self.nth) <= FURTHEST:
            raise InvalidInput("schedule", f"every is 1 to 52, nth is 1 to {FURTHEST} or negative")
        if self.months not in (1, 2, 3, 4, 6, 12) or not 1 <= self.first_month <= 12:
            raise InvalidInput("schedule", "months divides the year, first_month is 1 to 12")
        if self.rhythm is Rhythm.FISCAL and self.nth < 0:
            raise InvalidInput("schedule", "nth counts from the end of a fiscal period: 1 or more")
        if self.province not in PROVINCES:
            provinces = ", ".join(PROVINCES)
            raise InvalidInput("schedule", f"province {self.province!r} is none of {provinces}")
        if self.rhythm is Rhythm.CRON:
            Cron.of(self.cron)

    @cached_property
    def _cron(self) -> Cron:
        return Cron.of(self.cron)

    def falls_on(self, day: date) -> bool:
        """Whether it runs on a local day."""
        match self.rhythm:
            case Rhythm.DAILY:
                return True
            case Rhythm.WEEKLY:
                monday = self.since - timedelta(days=self.since.weekday())
                weeks = (day - monday).days // 7
                return day.weekday() == self.weekday and weeks % self.every == 0
            case Rhythm.MONTHLY:
                return day.day == self.day
            case Rhythm.BUSINESS_DAY:
                return day == nth_business_day(self.province, day.year, day.month, self.nth)
            case Rhythm.FISCAL:
                begins = (day.month - self.first_month) % self.months == 0
                return begins and day == nth_business_day(
                    self.province, day.year, day.month, self.nth
                )
            case Rhythm.CRON:
                return self._cron.falls_on(day)

    def covers(self, day: date) -> tuple[date, date] | None:
        """First and last day of the fiscal period that a run on `day` is about; else None."""
        if self.rhythm is not Rhythm.FISCAL:
            return None
        begun = day.year * 12 + day.month - 1
        begun -= (day.month - self.first_month) % self.months
        first, end = (date(n // 12, n % 12 + 1, 1) for n in (begun - self.months, begun))
        return first, end - timedelta(days=1)

    def runs_on(self, day: date) -> list[datetime]:
        """The instants of a local day, sorted; no two are the same.

        A time that the clocks skip comes as much later as they skip, a repeated one the first time.
        """
        if not self.falls_on(day):
            return []
        times = self._cron.times if self.rhythm is Rhythm.CRON else (self.at,)
        return sorted(
            {clock.instant_of(datetime.combine(day, each), self.timezone) for each in times}
        )

    def after(self, instant: datetime) -> datetime:
        """The first run after an instant: found anew each time, so that zone rules may change."""
        day = clock.local_date(instant, self.timezone)
        last = day + RAREST
        while day <= last:
            later = [run for run in self.runs_on(day) if run > instant]
            if later:
                return later[0]
            day += timedelta(days=1)
        raise InvalidInput("schedule", "never comes")

    def latest(self, since: datetime, until: datetime) -> datetime | None:
        """The last run after `since`, up to and with `until`: what is made up for, once."""
        day = clock.local_date(until, self.timezone)
        first = clock.local_date(since, self.timezone)
        while day >= first:
            passed = [run for run in self.runs_on(day) if since < run <= until]
            if passed:
                return passed[-1]
            day -= timedelta(days=1)
        return None

    def preview(self, instant: datetime, count: int = PREVIEWED) -> list[datetime]:
        """The next runs after an instant."""
        found: list[datetime] = []
        while len(found) < count:
            found.append(self.after(found[-1] if found else instant))
        return found
