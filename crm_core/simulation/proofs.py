"""Proof of the work: phases with checklists and required media of recent jobs, and signatures.

What a phase asks for stands in `crm_core.services.operations.phase_templates`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from crm_core.enums import ChecklistStatus, MediaType, PhaseName, PhaseStatus, UserRole
from crm_core.services.operations.phase_templates import DEFAULTS
from crm_core.simulation.frames import Mask, choice, instants, only
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.jobs import Jobs
from crm_core.simulation.organisation import Frames, World
from crm_core.simulation.roster import Roster
from crm_core.simulation.shifts import FieldStaff
from crm_core.simulation.zones import Index, Seconds, day_number

RECENT_DAYS = 14
"""Only so far back stands all that crews ticked; of older jobs the signature does."""
SIGNED_SHARE = 0.96
LACKING_SHARE, SKIPPED_SHARE, EXTRA_SHARE = 0.004, 0.12, 0.3
"""Required media that are missing; optional items left out; optional media that are there."""
PHASES = tuple(PhaseName)
ITEMS = tuple((n, item) for n, name in enumerate(PHASES) for item in DEFAULTS[name].items)
MEDIA = tuple((n, medium) for n, name in enumerate(PHASES) for medium in DEFAULTS[name].media)
KINDS = (MediaType.PHOTO, MediaType.VIDEO, MediaType.SIGNATURE, MediaType.DOCUMENT)
MIME = ("image/jpeg", "video/mp4", "image/png", "application/pdf")
BYTES = (2_400_000, 38_000_000, 60_000, 220_000)
"""Of a file of each kind, about."""
_S = PhaseStatus


@dataclass(frozen=True)
class Crews:
    """Jobs whose proof is looked at, and by job of all: who holds the device."""

    job: Index
    begun_at: Seconds
    """By sampled job and phase."""
    ended_at: Seconds
    user: pl.Series
    """By job of all: the crew's lead, or the manager where people are hired."""

    def spread(self, count: int) -> tuple[Index, Index]:
        """Row of the sampled job and number of the thing, for `count` things each."""
        return (
            np.repeat(np.arange(len(self.job)), count),
            np.tile(np.arange(count), len(self.job)),
        )


def proof_frames(
    world: World, work: Jobs, staff: FieldStaff, who: Roster, journeys: pl.DataFrame
) -> Frames:
    """Phases, items, media asked for, and the media that there are."""
    crews = _crews(world, work, staff, who)
    about = journeys.select("client_id", "location_id", "owner_id", journey_id="id")
    wanted, made = _media_asked(world, crews, about)
    signed = _signatures(world, work, crews, about)
    return {
        "journey_phases": _phases(world, work, crews, about),
        "journey_checklist_items": _items(world, crews, about),
        "media": pl.concat([made, signed], how="diagonal"),
        "journey_media_requirements": wanted,
    }


def _crews(world: World, work: Jobs, staff: FieldStaff, who: Roster) -> Crews:
    manager, _ = world.posts(UserRole.MANAGER)
    lead = np.maximum(who.lead, 0)
    person = np.where(who.lead >= 0, staff.user[lead], manager[work.branch])
    begun = work.prepared_at <= world.as_of
    recent = work.service_on >= day_number(world.plan.until) - RECENT_DAYS
    job = np.flatnonzero(begun & recent)
    reached = work.left_at + (work.unloaded_at - work.left_at) // 4
    bounds = [work.booked_at, work.booked_at, work.prepared_at, work.started_at, work.left_at,
              reached, work.unloaded_at, work.completed_at]  # fmt: skip
    times = np.stack([at[job] for at in bounds], axis=1)
    start, stop = np.delete(times, [1, 7], axis=1), np.delete(times, [0, 2], axis=1)
    return Crews(job, start, stop, world.user_ids.gather(person))


def _phases(world: World, work: Jobs, crews: Crews, about: pl.DataFrame) -> pl.DataFrame:
    end = world.as_of
    row, phase = crews.spread(len(PHASES))
    start, stop = crews.begun_at.reshape(-1), crews.ended_at.reshape(-1)
    begun, done = start <= end, stop <= end
    status = np.select([done, begun], [0, 1], default=2)
    states = [_S.COMPLETED.value, _S.IN_PROGRESS.value, _S.PENDING.value]
    booked = work.booked_at[crews.job[row]]
    roles = ["{" + ",".join(DEFAULTS[name].responsible_roles) + "}" for name in PHASES]
    return about[crews.job[row]].with_columns(
        id=new_ids(booked * 1000, world.rng("phases")),
        phase_number=pl.Series(phase + 1),
        phase_name=choice([name.value for name in PHASES], phase),
        status=choice(states, status),
        estimated_minutes=choice([DEFAULTS[name].estimated_minutes for name in PHASES], phase),
        started_at=instants(start, begun),
        completed_at=instants(stop, done),
        responsible_roles=choice(roles, phase),
        created_at=instants(booked),
        updated_at=instants(np.where(done, stop, np.where(begun, start, booked))),
    )


def _asked(crews: Crews, things: tuple[tuple[int, Any], ...]) -> tuple[Index, Index, Seconds]:
    """Row, thing, and when it is done: spread over its phase."""
    row, thing = crews.spread(len(things))
    phase = np.array([n for n, _ in things])
    share = np.array([sum(m == n for m, _ in things[:at]) + 1 for at, (n, _) in enumerate(things)])
    size = np.array([sum(m == n for m, _ in things) + 1 for n, _ in things])
    start, stop = crews.begun_at[row, phase[thing]], crews.ended_at[row, phase[thing]]
    return row, thing, start + (stop - start) * share[thing] // size[thing]


def _read(things: tuple[tuple[int, Any], ...], thing: Index) -> Callable[[str], pl.Series]:
    return lambda name: choice([each[name] for _, each in things], thing)


def _items(world: World, crews: Crews, about: pl.DataFrame) -> pl.DataFrame:
    rng = world.rng("checklists")
    row, thing, at = _asked(crews, ITEMS)
    said, phase = _read(ITEMS, thing), np.array([n for n, _ in ITEMS])[thing]
    passed = (crews.ended_at[row, phase] <= world.as_of) & (at <= world.as_of)
    left_out = ~said("is_required").to_numpy() & (rng.random(len(row)) < SKIPPED_SHARE)
    done, skipped = passed & ~left_out, passed & left_out
    booked = crews.begun_at[row, 0]
    states = [ChecklistStatus.COMPLETED, ChecklistStatus.SKIPPED, ChecklistStatus.PENDING]
    status = np.select([done, skipped], [0, 1], default=2)
    return about[crews.job[row]].with_columns(
        id=new_ids(booked * 1000, rng),
        phase_number=pl.Series(phase + 1),
        item_key=said("key"),
        title=said("title"),
        status=choice([each.value for each in states], status),
        is_required=said("is_required"),
        is_media_required=said("is_media_required"),
        sort_order=pl.Series(thing),
        completed_by_id=only(crews.user.gather(crews.job[row]), done),
        completed_at=instants(at, done),
        skip_reason=choice(["not needed"], thing * 0, skipped),
        created_at=instants(booked),
        updated_at=instants(np.where(done | skipped, at, booked)),
    )


def _media_asked(
    world: World, crews: Crews, about: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is asked for, and what was taken for it."""
    rng = world.rng("media")
    row, thing, at = _asked(crews, MEDIA)
    said, phase = _read(MEDIA, thing), np.array([n for n, _ in MEDIA])[thing]
    luck = rng.random(len(row))
    wanted = np.where(said("is_required").to_numpy(), luck >= LACKING_SHARE, luck < EXTRA_SHARE)
    taken = wanted & (crews.ended_at[row, phase] <= world.as_of) & (at <= world.as_of)
    booked = crews.begun_at[row, 0]
    ids = new_ids(np.where(taken, at, booked) * 1000, rng)
    asked = about[crews.job[row]].with_columns(
        id=new_ids(booked * 1000, rng),
        phase_number=pl.Series(phase + 1),
        item_key=said("key"),
        media_type=said("media_type"),
        title=said("title"),
        is_required=said("is_required"),
        sort_order=pl.Series(thing),
        satisfied_by_media_id=only(ids, taken),
        created_at=instants(booked),
        updated_at=instants(np.where(taken, at, booked)),
    )
    there = np.flatnonzero(taken)
    kind = np.array([KINDS.index(MediaType(m["media_type"])) for _, m in MEDIA])[thing[there]]
    made = _files(
        world, about[crews.job[row[there]]], crews.user.gather(crews.job[row[there]]),
        ids.gather(there), kind, at[there], rng,
    )  # fmt: skip
    return asked, made.with_columns(phase_number=pl.Series(phase[there] + 1))


def _signatures(world: World, work: Jobs, crews: Crews, about: pl.DataFrame) -> pl.DataFrame:
    """Of the jobs that are not looked at closely the customer's signature, where it was given."""
    rng = world.rng("signatures")
    plain: Mask = work.completed_at <= world.as_of
    plain[crews.job] = False
    job = np.flatnonzero(plain & (rng.random(len(work)) < SIGNED_SHARE))
    at = work.completed_at[job]
    kind = np.full(len(job), KINDS.index(MediaType.SIGNATURE))
    return _files(world, about[job], crews.user.gather(job), new_ids(at * 1000, rng), kind, at, rng)


def _files(
    world: World,
    about: pl.DataFrame,
    user: pl.Series,
    ids: pl.Series,
    kind: Index,
    at: Seconds,
    rng: np.random.Generator,
) -> pl.DataFrame:
    size = np.array(BYTES)[kind] * (0.7 + 0.6 * rng.random(len(kind)))
    return about.select("client_id", "location_id", "journey_id").with_columns(
        id=ids,
        user_id=user,
        media_type=choice([each.value for each in KINDS], kind),
        object_key="media/" + ids,
        mime_type=choice(MIME, kind),
        byte_count=pl.Series(size.astype(np.int64)),
        captured_at=instants(at),
        created_at=instants(at),
        updated_at=instants(at),
    )
