"""When a saved report runs next: a rhythm at a wall-clock time of a zone, as a pure function."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self

from crm_core import clock
from crm_core.errors import InvalidInput


class Rhythm(StrEnum):
    """How often; a week has a weekday, a month a day, at most the 28th."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


@dataclass(frozen=True)
class Schedule:
    """A rhythm, the time of day, and the zone that it is told in; Monday is 0."""

    rhythm: Rhythm
    at: time
    timezone: str
    weekday: int = 0
    day: int = 1

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """As it stands in the row; raises `InvalidInput` naming what cannot be understood."""
        try:
            made = cls(
                Rhythm(stored["rhythm"]),
                time.fromisoformat(stored["at"]),
                stored["timezone"],
                int(stored.get("weekday", 0)),
                int(stored.get("day", 1)),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise InvalidInput("schedule", f"cannot be understood: {error}") from error
        clock.zone(made.timezone)
        if not 0 <= made.weekday <= 6 or not 1 <= made.day <= 28:
            raise InvalidInput("schedule", "weekday is 0 to 6, day is 1 to 28")
        return made

    def falls_on(self, day: date) -> bool:
        """Whether it runs on a local day."""
        match self.rhythm:
            case Rhythm.DAILY:
                return True
            case Rhythm.WEEKLY:
                return day.weekday() == self.weekday
            case Rhythm.MONTHLY:
                return day.day == self.day

    def after(self, instant: datetime) -> datetime:
        """The first run after an instant: found anew each time, so that zone rules may change."""
        day = clock.local_date(instant, self.timezone)
        while True:
            run_at = clock.instant_of(datetime.combine(day, self.at), self.timezone)
            if self.falls_on(day) and run_at > instant:
                return run_at
            day += timedelta(days=1)
