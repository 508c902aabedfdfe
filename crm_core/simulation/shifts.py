"""Who of the field staff is at work: weekly availability, vacations, days of sickness.

Which job they are sent to is decided in `crm_core.simulation.roster`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crm_core.enums import ApprovalStatus, AvailabilityType, UserRole
from crm_core.simulation.frames import Days, Mask, choice, days, instants
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.organisation import World
from crm_core.simulation.span import blocks, day_count, first_day, opened_days, wall_clock
from crm_core.simulation.zones import DAY, Index, Seconds

HOUR = 3600
SICK_SHARE = 0.012
VACATION_DAYS = 10
VACATION_FROM = (20, 290)
"""Days of the year on which vacations begin: out of the season."""
IN_TIME_SHARE = 0.93
"""Availability that is given before the deadline, Thursday of the week before."""
YEAR, WEEK = 365, 7
OPENS, CLOSES = 8 * HOUR, 17 * HOUR
"""Hours of the day that people offer."""
QUIET_DAYS = 4
"""Sunday to Wednesday: two days of rest in a row fall on these."""


@dataclass(frozen=True)
class FieldStaff:
    """Drivers and movers: one row per person, drivers first, each branch by branch."""

    user: Index
    """Staff number."""
    branch: Index
    drivers: int
    away: Mask
    """By person and day of the history."""
    vacation_person: Index
    vacation_from: Days
    sick: Mask

    def __len__(self) -> int:
        return len(self.user)

    def pool(self, branches: int, *, drive: bool) -> tuple[Index, Index]:
        """First row and number of rows of one trade, by branch number."""
        start, end = (0, self.drivers) if drive else (self.drivers, len(self))
        counts = np.bincount(self.branch[start:end], minlength=branches)
        return start + np.cumsum(counts) - counts, counts


def field_staff(world: World) -> FieldStaff:
    """Everybody who goes out, and when they do not."""
    rng = world.rng("shifts")
    trades = [world.posts(role) for role in (UserRole.DRIVER, UserRole.MOVER)]
    user = np.concatenate([np.repeat(first, n) + _places(n) for first, n in trades])
    branch = np.concatenate([np.repeat(np.arange(len(n)), n) for _, n in trades])
    person, start = _vacations(world, rng, len(user))
    vacation = np.zeros((len(user), day_count(world)), dtype=bool)
    np.logical_or.at(vacation, person, blocks(world, start, start + VACATION_DAYS - 1))
    sick = (rng.random(vacation.shape) < SICK_SHARE) & ~vacation & ~_rest(world, len(user))
    known = first_day(world) + np.arange(day_count(world)) <= world.as_of // DAY
    sick &= known[None, :]
    return FieldStaff(
        user=user,
        branch=branch,
        drivers=int(trades[0][1].sum()),
        away=vacation | sick | _rest(world, len(user)),
        vacation_person=person,
        vacation_from=start,
        sick=sick,
    )


def _rest(world: World, people: int) -> Mask:
    """By person and day of the history: their two days of rest in the week."""
    weekday = (first_day(world) + np.arange(day_count(world)) + 4) % WEEK  # 0 is a Sunday
    first = np.arange(people)[:, None] % (QUIET_DAYS - 1)
    result: Mask = (weekday[None, :] == first) | (weekday[None, :] == first + 1)
    return result


def _places(counts: Index) -> Index:
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def _vacations(world: World, rng: np.random.Generator, people: int) -> tuple[Index, Days]:
    """Once a year each, in the months with less work."""
    years = day_count(world) // YEAR + 1
    person, year = (part.reshape(-1) for part in np.indices((people, years)))
    new_year = int(np.datetime64(world.plan.start_on, "Y").astype("datetime64[D]").astype(np.int64))
    early = rng.random(len(person)) < 0.6
    day = np.where(early, rng.integers(VACATION_FROM[0], 110, len(person)),
                   rng.integers(VACATION_FROM[1], 345, len(person)))  # fmt: skip
    start = new_year + year * YEAR + day
    known = (start >= first_day(world)) & (start <= world.as_of // DAY + 10)
    return person[known], start[known]


def availability_frame(world: World, staff: FieldStaff) -> pl.DataFrame:
    """One row per person and day offered, one per vacation, one per day of sickness."""
    rng = world.rng("availability")
    week_person, week_on, asked = _offered(world, rng, staff)
    sick_person, sick_day = np.nonzero(staff.sick)
    sick_on = first_day(world) + sick_day
    person = np.concatenate([week_person, staff.vacation_person, sick_person])
    kinds = np.repeat([0, 1, 2], [len(week_person), len(staff.vacation_person), len(sick_person)])
    start_on = np.concatenate([week_on, staff.vacation_from, sick_on])
    length = np.array([0, VACATION_DAYS, 1])[kinds]
    branch = staff.branch[person]
    start = wall_clock(world, start_on, np.where(kinds == 0, OPENS, 0), branch)
    end = wall_clock(world, start_on + length, np.where(kinds == 0, CLOSES, 0), branch)
    made_at = np.concatenate(
        [
            asked,
            wall_clock(
                world, staff.vacation_from - 40, 9 * HOUR, staff.branch[staff.vacation_person]
            ),
            wall_clock(world, sick_on, 5 * HOUR + 1800, staff.branch[sick_person]),
        ]
    )
    keep = np.flatnonzero((made_at <= world.as_of) & (start_on >= opened_days(world)[branch]))
    keep = keep[np.argsort(made_at[keep], kind="stable")]
    kind, made_at, branch = kinds[keep], made_at[keep], branch[keep]
    is_away = kind > 0
    manager, _ = world.posts(UserRole.MANAGER)
    answered = np.minimum(made_at + 6 * HOUR, world.as_of)
    answerer = world.user_ids.gather(manager[branch])
    types = [AvailabilityType.PERSONAL, AvailabilityType.VACATION, AvailabilityType.SICK]
    answers = [ApprovalStatus.NOT_REQUIRED.value, ApprovalStatus.APPROVED.value]
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(keep), eager=True),
            "id": new_ids(made_at * 1000, rng),
            "location_id": world.location_ids.gather(branch),
            "user_id": world.user_ids.gather(staff.user[person[keep]]),
            "available_on": days(start_on[keep]),
            "start_at": instants(start[keep]),
            "end_at": instants(end[keep]),
            "is_available": ~is_away,
            "availability_type": choice([t.value for t in types], kind),
            "approval_status": choice(answers, is_away * 1),
            "answered_by_id": pl.select(pl.when(pl.Series(is_away)).then(answerer)).to_series(),
            "answered_at": instants(answered, is_away),
            "created_at": instants(made_at),
            "updated_at": instants(np.where(is_away, answered, made_at)),
        }
    )


def _offered(
    world: World, rng: np.random.Generator, staff: FieldStaff
) -> tuple[Index, Days, Seconds]:
    """Person, day and instant of entry of each day that somebody offers, given week by week."""
    person, place = np.nonzero(~staff.away)
    day = first_day(world) + place
    week = (day + 3) // WEEK
    weeks = int(week.max(initial=0)) + 1
    shape = (len(staff), weeks - int(week.min(initial=0)))
    row = (person, week - int(week.min(initial=0)))
    in_time = rng.random(shape) < IN_TIME_SHARE
    before = np.where(in_time, rng.integers(4, 7, shape), rng.integers(1, 4, shape))[row]
    second = rng.integers(8 * HOUR, 20 * HOUR, shape)[row]
    monday = week * WEEK - 3
    return person, day, wall_clock(world, monday - before, second, staff.branch[person])
