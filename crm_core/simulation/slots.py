"""The schedule: a slot for every journey and every service of a truck, moved slots, conflicts.

What people and trucks are taken by is in `crm_core.simulation.field`.
"""

import numpy as np
import polars as pl

from crm_core.enums import MaintenanceType, ResourceKind, ScheduleStatus, ScheduleType
from crm_core.simulation.fleet import Fleet
from crm_core.simulation.frames import NEVER, choice, days, instants, only
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.jobs import HOUR, Jobs
from crm_core.simulation.organisation import Frames, World
from crm_core.simulation.roster import Roster
from crm_core.simulation.status_log import ABOUT, Lives
from crm_core.simulation.zones import DAY

MOVED_SHARE = 0.04
"""Journeys whose day was changed once after they were planned."""
RENTED = "no own truck is free: one is rented"
HIRED = "too few own people are free: a crew is hired"
SCHEDULED, RUNNING, DONE, OFF, MOVED = range(5)
STATUSES = (
    ScheduleStatus.SCHEDULED,
    ScheduleStatus.IN_PROGRESS,
    ScheduleStatus.COMPLETED,
    ScheduleStatus.CANCELLED,
    ScheduleStatus.RESCHEDULED,
)


def journey_slots(
    world: World, work: Jobs, who: Roster, journeys: pl.DataFrame
) -> tuple[pl.DataFrame, Lives]:
    """One standing slot per journey, and for some the one that it replaced."""
    rng = world.rng("slots")
    end, count = world.as_of, len(work)
    moved_at = work.booked_at + ((work.planned_start_at - work.booked_at) * 0.4).astype(np.int64)
    room = (work.planned_start_at - work.booked_at) > 3 * DAY
    moved = room & (rng.random(count) < MOVED_SHARE) & (moved_at <= end)
    moved &= moved_at < work.cancelled_at
    old = np.flatnonzero(moved)
    made = np.where(moved, moved_at, work.booked_at)
    made = np.concatenate([made, work.booked_at[old]])
    job = np.concatenate([np.arange(count), old])
    is_old = np.arange(len(job)) >= count
    shift = np.where(is_old, rng.integers(1, 6, len(job)) * DAY, 0)
    start, stop = work.planned_start_at[job] + shift, work.planned_end_at[job] + shift
    ids = new_ids(made * 1000, rng)
    running, done = work.started_at[job] <= end, work.completed_at[job] <= end
    off = work.cancelled_at[job] <= end
    reached = [is_old, off, done, running]
    status = np.select(reached, [MOVED, OFF, DONE, RUNNING], default=SCHEDULED)
    about = journeys[job]
    branch = work.branch[job]
    note = _conflicts(work, who)[job]
    has_conflict = (note >= 0) & ~is_old
    last = np.where(is_old, moved_at[job], np.where(off, work.cancelled_at[job], made))
    last = np.where(running & ~is_old, work.started_at[job], last)
    last = np.where(done & ~is_old, work.completed_at[job], last)
    frame = pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": ids,
            "location_id": about["location_id"],
            "owner_id": about["owner_id"],
            "journey_id": about["id"],
            "replaced_by_id": only(ids.gather(job), is_old),
            "schedule_type": pl.repeat(ScheduleType.JOURNEY.value, len(job), eager=True),
            "status": choice([s.value for s in STATUSES], status),
            "scheduled_on": days(world.zones.local(start, branch) // DAY),
            "start_at": instants(start),
            "start_local_at": instants(world.zones.local(start, branch)),
            "end_at": instants(stop),
            "end_local_at": instants(world.zones.local(stop, branch)),
            "has_conflict": has_conflict,
            "conflict_note": choice([RENTED, HIRED], np.maximum(note, 0), has_conflict),
            "title": about["title"],
            "created_at": instants(made),
            "updated_at": instants(last),
        }
    )
    steps = [
        (ScheduleStatus.SCHEDULED, frame["created_at"]),
        (ScheduleStatus.RESCHEDULED, instants(moved_at[job], is_old)),
        (ScheduleStatus.IN_PROGRESS, instants(work.started_at[job], running & ~is_old)),
        (ScheduleStatus.COMPLETED, instants(work.completed_at[job], done & ~is_old)),
        (ScheduleStatus.CANCELLED, instants(work.cancelled_at[job], off & ~is_old)),
    ]
    return frame, Lives("schedules", frame.select(ABOUT), steps)


def _conflicts(work: Jobs, who: Roster) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """By job: the note of its conflict, -1 for none."""
    people = np.bincount(who.crew_job, minlength=len(work))
    trucks = np.bincount(who.truck_job, minlength=len(work))
    planned = who.assigned_at < NEVER
    short = planned & (people < work.offer.crew)
    return np.where(planned & (trucks == 0), 0, np.where(short, 1, -1))


def service_slots(world: World, trucks: Fleet, maintenance: pl.DataFrame) -> tuple[Frames, Lives]:
    """Slots of the services of trucks, with the truck that each takes."""
    rng = world.rng("service slots")
    orders = maintenance.filter(
        pl.col("maintenance_type") == MaintenanceType.PREVENTIVE.value
    ).join(
        pl.DataFrame({"equipment_id": trucks.ids, "name": trucks.names, "branch": trucks.branch}),
        on="equipment_id",
        maintain_order="left",
    )
    branch = orders["branch"].to_numpy()
    due = orders["scheduled_on"].cast(pl.Int32).to_numpy().astype(np.int64)
    seven = world.zones.instants(due * DAY + 7 * HOUR, branch)
    made = orders["created_at"].dt.epoch("s").to_numpy()

    def known(
        column: str, other: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        at = orders[column].dt.epoch("s").fill_null(-1).to_numpy()
        return np.where(at < 0, other, at)

    start = known("down_from_at", seven)
    stop = np.maximum(known("up_at", start + 9 * HOUR), start + HOUR)
    has_begun = orders["down_from_at"].is_not_null().to_numpy()
    is_done = orders["up_at"].is_not_null().to_numpy()
    status = np.where(is_done, DONE, np.where(has_begun, RUNNING, SCHEDULED))
    ids = new_ids(made * 1000, rng)
    slots = pl.DataFrame(
        {
            "client_id": orders["client_id"],
            "id": ids,
            "location_id": orders["location_id"],
            "maintenance_id": orders["id"],
            "schedule_type": pl.repeat(ScheduleType.MAINTENANCE.value, len(ids), eager=True),
            "status": choice([s.value for s in STATUSES], status),
            "scheduled_on": days(world.zones.local(start, branch) // DAY),
            "start_at": instants(start),
            "start_local_at": instants(world.zones.local(start, branch)),
            "end_at": instants(stop),
            "end_local_at": instants(world.zones.local(stop, branch)),
            "has_conflict": pl.repeat(False, len(ids), eager=True),
            "title": "Service of " + orders["name"],
            "created_at": orders["created_at"],
            "updated_at": orders["updated_at"],
        }
    )
    taken = pl.DataFrame(
        {
            "client_id": orders["client_id"],
            "id": new_ids(made * 1000, rng),
            "location_id": orders["location_id"],
            "schedule_id": ids,
            "kind": pl.repeat(ResourceKind.EQUIPMENT.value, len(ids), eager=True),
            "equipment_id": orders["equipment_id"],
            "start_at": slots["start_at"],
            "end_at": slots["end_at"],
            "created_at": orders["created_at"],
            "updated_at": orders["created_at"],
        }
    )
    steps = [
        (ScheduleStatus.SCHEDULED, orders["created_at"]),
        (ScheduleStatus.IN_PROGRESS, orders["down_from_at"]),
        (ScheduleStatus.COMPLETED, orders["up_at"]),
    ]
    lives = Lives("schedules", slots.select("client_id", "id", "location_id"), steps)
    return {"schedules": slots, "schedule_resources": taken}, lives
