"""Crews, trucks and hours of the jobs as rows: assignments, time entries, wages, occupancies.

Who goes where is decided in `crm_core.simulation.roster`; what it costs in `costs`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crm_core.enums import AssignmentStatus, CrewRole, CrewStatus, TimeEntryKind, UserRole
from crm_core.simulation.fleet import Fleet
from crm_core.simulation.frames import NEVER, Cents, Mask, choice, days, instants, money, only
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.jobs import HOUR, MINUTE, Jobs
from crm_core.simulation.organisation import World
from crm_core.simulation.roster import Roster
from crm_core.simulation.shifts import FieldStaff
from crm_core.simulation.span import first_day, wall_clock
from crm_core.simulation.zones import DAY, Index, Seconds

CREW_STATUSES = (
    CrewStatus.COMPLETED,
    CrewStatus.ON_SITE,
    CrewStatus.CONFIRMED,
    CrewStatus.ASSIGNED,
)
LATE_SHARE = 0.04
"""Time entries that are written down some days after the work."""
DRIVER_WAGE, MOVER_WAGE = 2_800, 2_400
RAISE_PCT = 3
LOADING_PCT = 19
WEEKLY_MINUTES = 40 * 60
"""Minutes of a week, Monday to Sunday, beyond which overtime is paid."""
WORK, YARD = range(2)


@dataclass(frozen=True)
class Hours:
    """One row per time entry that has begun; NEVER where it has not ended."""

    job: Index
    person: Index
    kind: Index
    started_at: Seconds
    ended_at: Seconds
    written_at: Seconds
    ids: pl.Series
    overtime: Seconds
    """Minutes of the entry beyond the weekly hours."""

    @property
    def minutes(self) -> Seconds:
        """Whole minutes of ended entries, 0 of others."""
        done = self.ended_at < NEVER
        result: Seconds = np.where(done, self.ended_at - self.started_at, 0) // MINUTE
        return result


def hours(world: World, work: Jobs, staff: FieldStaff, who: Roster) -> Hours:
    """What everybody wrote down: the job, and for the lead the hour in the yard before."""
    rng = world.rng("hours")
    end = world.as_of
    job, person = who.crew_job, who.crew_person
    leads = person == who.lead[job]
    out = work.completed_at[job] + who.extra[job]
    parts = (
        (job, person, np.full(len(job), WORK), work.started_at[job], out),
        (job[leads], person[leads], np.full(leads.sum(), YARD),
         work.prepared_at[job][leads], work.started_at[job][leads]),
    )  # fmt: skip
    job, person, kind, start, stop = (np.concatenate(part) for part in zip(*parts, strict=True))
    begun = np.flatnonzero(start <= end)
    begun = begun[np.argsort(start[begun], kind="stable")]
    job, person, kind, start, stop = (a[begun] for a in (job, person, kind, start, stop))
    stop = np.where(stop <= end, stop, NEVER)
    is_late = rng.random(len(job)) < LATE_SHARE
    wait = np.where(is_late, rng.integers(DAY, 4 * DAY, len(job)), 5 * MINUTE)
    written = np.minimum(np.where(stop < NEVER, stop + wait, start), end)
    entry = Hours(
        job=job,
        person=person,
        kind=kind.astype(np.intp),
        started_at=start,
        ended_at=stop,
        written_at=written,
        ids=new_ids(start * 1000, rng),
        overtime=np.zeros(len(job), dtype=np.int64),
    )
    over = _overtime(world, staff, entry)
    return Hours(**{**entry.__dict__, "overtime": over})


def _overtime(world: World, staff: FieldStaff, entry: Hours) -> Seconds:
    """Minutes beyond the week's ordinary hours, in the order of work."""
    local = world.zones.local(entry.started_at, staff.branch[entry.person])
    week = (local // DAY + 3) // 7
    order = np.lexsort((entry.started_at, week, entry.person))
    minutes = entry.minutes[order]
    total = np.cumsum(minutes)
    key = entry.person[order] * 10_000 + week[order]
    is_first = np.diff(key, prepend=-1) != 0
    before = np.maximum.accumulate(np.where(is_first, total - minutes, 0))
    worked = total - before
    over = np.empty_like(minutes)
    over[order] = np.clip(worked - WEEKLY_MINUTES, 0, minutes)
    return over


def time_entry_frame(
    world: World, staff: FieldStaff, entry: Hours, journey: pl.Series
) -> pl.DataFrame:
    """One row per entry."""
    branch = staff.branch[entry.person]
    local = world.zones.local(entry.started_at, branch)
    ended = entry.ended_at < NEVER
    known_end = np.where(ended, entry.ended_at, world.as_of)
    next_day = wall_clock(
        world, world.zones.local(entry.written_at, branch) // DAY + 1, 9 * HOUR, branch
    )
    approved = ended & (next_day <= world.as_of)
    manager, _ = world.posts(UserRole.MANAGER)
    kinds = [TimeEntryKind.WORK.value, TimeEntryKind.YARD.value]
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(entry.job), eager=True),
            "id": entry.ids,
            "location_id": world.location_ids.gather(branch),
            "user_id": world.user_ids.gather(staff.user[entry.person]),
            "journey_id": journey.gather(entry.job),
            "kind": choice(kinds, entry.kind),
            "is_paid": pl.repeat(True, len(entry.job), eager=True),
            "worked_on": days(local // DAY),
            "started_at": instants(entry.started_at),
            "started_local_at": instants(local),
            "ended_at": instants(entry.ended_at),
            "ended_local_at": instants(world.zones.local(known_end, branch), ended),
            "approved_by_id": only(world.user_ids.gather(manager[branch]), approved),
            "approved_at": instants(next_day, approved),
            "created_at": instants(entry.written_at),
            "updated_at": instants(np.where(approved, next_day, entry.written_at)),
        }
    )


def crew_frame(
    world: World, work: Jobs, staff: FieldStaff, who: Roster, journey: pl.Series
) -> pl.DataFrame:
    """One row per person and job."""
    end, job, person = world.as_of, who.crew_job, who.crew_person
    assigned = who.assigned_at[job]
    answer = world.rng("confirmations").integers(HOUR, 14 * HOUR, len(work))[job]
    confirmed = np.maximum(
        np.minimum(assigned + answer, work.planned_start_at[job] - 30 * MINUTE), assigned
    )
    started, out = work.started_at[job], work.completed_at[job] + who.extra[job]
    reached = [out <= end, work.arrived_at[job] <= end, confirmed <= end]
    status = np.select(reached, [0, 1, 2], default=3)
    is_driver = person < staff.drivers
    roles = [CrewRole.MOVER.value, CrewRole.DRIVER.value]
    last = np.where(out <= end, out, np.where(started <= end, started, np.minimum(confirmed, end)))
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(job), eager=True),
            "id": new_ids(assigned * 1000, world.rng("crew ids")),
            "location_id": world.location_ids.gather(work.branch[job]),
            "user_id": world.user_ids.gather(staff.user[person]),
            "journey_id": journey.gather(job),
            "crew_role": choice(roles, is_driver * 1),
            "is_lead": person == who.lead[job],
            "status": choice([s.value for s in CREW_STATUSES], status),
            "assigned_at": instants(assigned),
            "confirmed_at": instants(confirmed, confirmed <= end),
            "planned_start_at": instants(work.planned_start_at[job]),
            "planned_end_at": instants(work.planned_end_at[job]),
            "started_at": instants(started, started <= end),
            "ended_at": instants(out, out <= end),
            "paid_minutes": only(
                pl.Series(np.where(out <= end, out - started, 0) // MINUTE), out <= end
            ),
            "created_at": instants(assigned),
            "updated_at": instants(np.maximum(last, assigned)),
        }
    )


def truck_use_frame(
    world: World, work: Jobs, trucks: Fleet, who: Roster, journey: pl.Series
) -> pl.DataFrame:
    """One row per truck and job."""
    end, job = world.as_of, who.truck_job
    begun, done = work.prepared_at[job] <= end, work.completed_at[job] <= end
    start = np.where(begun, work.prepared_at[job], work.planned_start_at[job])
    planned = np.maximum(work.planned_end_at[job], start + 30 * MINUTE)
    stop = np.where(done, work.completed_at[job], planned)
    made = np.where(who.assigned_at[job] < NEVER, who.assigned_at[job], np.minimum(start, end))
    made = np.minimum(made, end)
    statuses = [AssignmentStatus.ACTIVE.value, AssignmentStatus.COMPLETED.value]
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(job), eager=True),
            "id": new_ids(made * 1000, world.rng("truck use")),
            "location_id": world.location_ids.gather(work.branch[job]),
            "equipment_id": trucks.ids.gather(who.truck),
            "journey_id": journey.gather(job),
            "status": choice(statuses, done * 1),
            "start_at": instants(start),
            "end_at": instants(stop),
            "created_at": instants(made),
            "updated_at": instants(np.where(done, stop, made)),
        }
    )


def occupancy_frame(crew: pl.DataFrame, trucks: pl.DataFrame, slots: pl.DataFrame) -> pl.DataFrame:
    """What the triggers of the live product write: who and what is taken, and for how long."""

    def taken(
        frame: pl.DataFrame, table: str, kind: str, resource: str, start: str, end: str
    ) -> pl.DataFrame:
        return frame.select(
            "client_id", "id", "location_id", pl.lit(kind).alias("kind"),
            pl.col(resource).alias("resource_id"), pl.lit(table).alias("source_table"),
            pl.col(start).alias("start_at"), pl.col(end).alias("end_at"), "created_at",
            pl.col("created_at").alias("updated_at"),
        )  # fmt: skip

    return pl.concat(
        [
            taken(crew, "assigned_crew", "USER", "user_id", "planned_start_at", "planned_end_at"),
            taken(
                trucks, "equipment_assignments", "EQUIPMENT", "equipment_id", "start_at", "end_at"
            ),
            taken(slots, "schedule_resources", "EQUIPMENT", "equipment_id", "start_at", "end_at"),
        ]
    )


def wage_cents(world: World, staff: FieldStaff, person: Index, day: Seconds) -> Cents:
    """The hourly wage of people on days: it rises once a year."""
    base = np.where(person < staff.drivers, DRIVER_WAGE, MOVER_WAGE) + person % 5 * 40
    years = np.maximum(day - first_day(world), 0) // 365
    result: Cents = base * (100 + RAISE_PCT * years) // 100
    return result


def wage_frame(world: World, staff: FieldStaff) -> pl.DataFrame:
    """One row per person and year of the history."""
    years = (world.as_of // DAY - first_day(world)) // 365 + 1
    person, year = (part.reshape(-1) for part in np.indices((len(staff), years)))
    start = first_day(world) + year * 365
    stamp = start * DAY
    last = year == years - 1
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(person), eager=True),
            "id": new_ids(stamp * 1000, world.rng("wages")),
            "location_id": world.location_ids.gather(staff.branch[person]),
            "user_id": world.user_ids.gather(staff.user[person]),
            "valid_from_on": days(start),
            "valid_to_on": days(start + 365, ~last),
            "hourly_amount": money(wage_cents(world, staff, person, start)),
            "loading_pct": pl.repeat(f"{LOADING_PCT}.00", len(person), eager=True),
            "created_at": instants(stamp),
            "updated_at": instants(stamp),
        }
    )


def is_done(world: World, work: Jobs) -> Mask:
    """Jobs completed by the end of the history."""
    result: Mask = work.completed_at <= world.as_of
    return result
