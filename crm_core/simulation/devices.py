"""What the crews' devices send on a sample of days: who is signed in, what is sent, how late.

Photos and checklists are in `crm_core.simulation.proofs`; when crews work is decided in `jobs`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crm_core.enums import MobileSyncStatus, MobileUpdateType, SessionSyncState
from crm_core.services.mobile.mobile_sessions import LIFETIME
from crm_core.simulation.frames import Mask, choice, days, instants
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.jobs import HOUR, MINUTE, Jobs
from crm_core.simulation.organisation import Frames, World
from crm_core.simulation.roster import Roster
from crm_core.simulation.shifts import FieldStaff
from crm_core.simulation.zones import DAY, Index, Seconds, day_number

RECENT_DAYS = 30
"""Every day of the last weeks is sampled, before them the last day of each month."""
FORGOTTEN_SHARE = 0.35
"""Sessions that nobody ends: they run out, or end when the next begins."""
OFFLINE_SHARE = 0.08
FAILED_SHARE, CONFLICT_SHARE = 0.012, 0.004
VERSIONS = ("5.2.0", "5.3.1")
_U = MobileUpdateType
SENT = (
    (_U.STATUS, "prepared_at"), (_U.STATUS, "started_at"), (_U.LOCATION, "started_at"),
    (_U.STATUS, "arrived_at"), (_U.LOCATION, "arrived_at"), (_U.MEDIA, "left_at"),
    (_U.LOCATION, "left_at"), (_U.CHECKLIST, "unloaded_at"), (_U.LOCATION, "unloaded_at"),
    (_U.LOCATION, "completed_at"), (_U.STATUS, "completed_at"),
)  # fmt: skip
"""What a device sends about a job, and after which instant of it."""


@dataclass(frozen=True)
class Watched:
    """The sampled jobs whose crew has begun, one row each, in the order of their beginning."""

    job: Index
    person: Index
    """Row in the field staff: who leads the crew and holds the device."""
    started_at: Seconds
    ended_at: Seconds
    """Far away where nobody ends it."""
    is_ended: Mask
    ids: pl.Series


def device_frames(
    world: World, work: Jobs, staff: FieldStaff, who: Roster, journeys: pl.Series
) -> Frames:
    """Sessions of the leads' devices, and what they sent about their jobs."""
    held = _watched(world, work, who)
    return {
        "mobile_sessions": _sessions(world, work, staff, held),
        "mobile_journey_updates": _updates(world, work, staff, held, journeys),
    }


def _sampled(world: World, service_on: Seconds) -> Mask:
    """Jobs of the last days of months, and of the days before the end of the history."""
    day = service_on.astype("datetime64[D]")
    is_month_end = (day + 1).astype("datetime64[M]") != day.astype("datetime64[M]")
    result: Mask = is_month_end | (service_on >= day_number(world.plan.until) - RECENT_DAYS)
    return result


def _watched(world: World, work: Jobs, who: Roster) -> Watched:
    rng = world.rng("devices")
    begun = (work.prepared_at <= world.as_of) & (who.lead >= 0)
    job = np.flatnonzero(begun & _sampled(world, work.service_on))
    job = job[np.argsort(work.prepared_at[job], kind="stable")]
    person, start = who.lead[job], work.prepared_at[job]
    forgotten = rng.random(len(job)) < FORGOTTEN_SHARE
    end = np.where(forgotten, _next_of(person, start), work.completed_at[job] + 5 * MINUTE)
    return Watched(
        job=job,
        person=person,
        started_at=start,
        ended_at=end,
        is_ended=end <= world.as_of,
        ids=new_ids(start * 1000, rng),
    )


def _next_of(person: Index, start: Seconds) -> Seconds:
    """By row: when the same person's next session begins; far away without one."""
    order = np.lexsort((start, person))
    following = np.full(len(start), np.int64(2**60))
    same = person[order][1:] == person[order][:-1]
    following[order[:-1][same]] = start[order[1:][same]]
    return following


def _sessions(world: World, work: Jobs, staff: FieldStaff, held: Watched) -> pl.DataFrame:
    rng = world.rng("device tokens")
    count, start = len(held.job), held.started_at
    branch = staff.branch[held.person]
    user = world.user_ids.gather(staff.user[held.person])
    done = np.minimum(work.completed_at[held.job], world.as_of)
    # Half of the branches get a new version in the last weeks.
    newer = (branch % 2 == 0) | (start >= world.as_of - RECENT_DAYS // 2 * DAY)
    last = np.where(held.is_ended, np.minimum(held.ended_at, world.as_of), done)
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, count, eager=True),
            "id": held.ids,
            "location_id": world.location_ids.gather(branch),
            "user_id": user,
            "device_id": "tablet-" + user,
            "app_version": choice(VERSIONS, newer * 1),
            "os_version": pl.repeat("14", count, eager=True),
            "token_hash": pl.Series([rng.bytes(32).hex() for _ in range(count)]),
            "started_at": instants(start),
            "started_on": days(world.zones.local(start, branch) // DAY),
            "ended_at": instants(held.ended_at, held.is_ended),
            "expires_at": instants(start + int(LIFETIME.total_seconds())),
            "is_active": ~held.is_ended,
            "sync_status": pl.repeat(SessionSyncState.ONLINE.value, count, eager=True),
            "last_active_at": instants(done),
            "last_synced_at": instants(done),
            "created_at": instants(start),
            "updated_at": instants(np.maximum(last, start)),
        }
    )


def _updates(
    world: World, work: Jobs, staff: FieldStaff, held: Watched, journeys: pl.Series
) -> pl.DataFrame:
    """Some eleven per job, most of them there within seconds, those from dead spots hours later."""
    rng = world.rng("device updates")
    row = np.repeat(np.arange(len(held.job)), len(SENT))
    kind = np.tile(np.arange(len(SENT)), len(held.job))
    times = np.stack([getattr(work, name)[held.job] for _, name in SENT], axis=1).reshape(-1)
    made = times + rng.integers(0, 4 * MINUTE, len(row))
    offline = rng.random(len(row)) < OFFLINE_SHARE
    lag = np.where(
        offline, rng.integers(10 * MINUTE, 3 * HOUR, len(row)), rng.integers(2, 40, len(row))
    )
    received = made + lag
    keep = np.flatnonzero(received + 5 <= world.as_of)
    keep = keep[np.argsort(made[keep], kind="stable")]
    row, kind, made, received = row[keep], kind[keep], made[keep], received[keep]
    luck = rng.random(len(keep))
    status = np.select([luck < FAILED_SHARE, luck < FAILED_SHARE + CONFLICT_SHARE], [1, 2])
    synced = status == 0
    branch = staff.branch[held.person[row]]
    states = [MobileSyncStatus.SYNCED, MobileSyncStatus.FAILED, MobileSyncStatus.CONFLICT]
    errors = ["", "the file was damaged on the way", "the server has moved on since"]
    taken = received + rng.integers(1, 5, len(keep))
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(keep), eager=True),
            "id": new_ids(made * 1000, rng),
            "location_id": world.location_ids.gather(branch),
            "user_id": world.user_ids.gather(staff.user[held.person[row]]),
            "session_id": held.ids.gather(row),
            "journey_id": journeys.gather(held.job[row]),
            "update_type": choice([each.value for each, _ in SENT], kind),
            "client_update_id": new_ids(made * 1000, rng),
            "occurred_at": instants(made),
            "occurred_on": days(world.zones.local(made, branch) // DAY),
            "received_at": instants(received),
            "synced_at": instants(taken, synced),
            "sync_status": choice([each.value for each in states], status),
            "sync_error": choice(errors, status, ~synced),
            "retry_count": pl.Series(status),
            "data": pl.repeat("{}", len(keep), eager=True),
            "created_at": instants(received),
            "updated_at": instants(np.where(synced, taken, received)),
        }
    )
