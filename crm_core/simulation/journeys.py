"""Journeys and their steps as rows, with the stage at the end of the history.

When crews leave, arrive and finish is decided in `crm_core.simulation.jobs`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crm_core.enums import JourneyPriority, JourneyStage, StepStatus, UserRole
from crm_core.services.numbers import NumberKind
from crm_core.services.operations.journeys import STEPS
from crm_core.simulation import market
from crm_core.simulation.demand import PROVINCES
from crm_core.simulation.frames import (
    NEVER,
    Cents,
    Mask,
    choice,
    days,
    gather,
    instants,
    latest,
    money,
    numbered,
    only,
)
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.jobs import MINUTE, WINDOW, Jobs
from crm_core.simulation.market import SERVICES, SIZES
from crm_core.simulation.offers import KIT
from crm_core.simulation.organisation import World
from crm_core.simulation.sales import Sales
from crm_core.simulation.status_log import ABOUT, Lives
from crm_core.simulation.zones import DAY, Index, Seconds

STAGES = (
    JourneyStage.CANCELLED,
    JourneyStage.AUDITED,
    JourneyStage.COMPLETED,
    JourneyStage.ONSITE,
    JourneyStage.EN_ROUTE,
    JourneyStage.MORNING_PREP,
    JourneyStage.SCHEDULED,
)
STEP_STATUSES = (
    StepStatus.CANCELLED,
    StepStatus.APPROVED,
    StepStatus.COMPLETED,
    StepStatus.IN_PROGRESS,
    StepStatus.PENDING,
)
REJECTED_SHARE = 0.03
"""Approved steps that were sent back to the crew once."""


@dataclass(frozen=True)
class Journeys:
    """Ids and numbers, known before the bills are; the frame needs what was billed."""

    ids: pl.Series
    numbers: pl.Series
    last_numbers: dict[int, int]


def name_journeys(world: World, work: Jobs) -> Journeys:
    """Ids and gapless numbers, by the day on which the journey was planned."""
    planned_on = world.zones.local(work.booked_at, work.branch) // DAY
    numbers, last = numbered(NumberKind.JOURNEY.value, planned_on, work.booked_at)
    return Journeys(new_ids(work.booked_at * 1000, world.rng("journeys")), numbers, last)


def journey_frame(
    world: World,
    sold: Sales,
    work: Jobs,
    named: Journeys,
    billed: Cents,
    spent: Cents,
    trucks: dict[str, pl.Series],
) -> pl.DataFrame:
    """One row per journey: what was billed and spent in cents, and the columns of its truck."""
    end, lead = world.as_of, work.lead
    about = sold.columns[lead]
    standing = sold.quotes.standing[lead]
    service = choice([s.name for s in SERVICES], sold.leads.service[lead])
    number = gather(sold.quotes.frame["quote_number"], standing).fill_null("carried over")
    is_cancelled = work.cancelled_at <= end
    is_done = work.completed_at <= end
    always = np.ones(len(work), dtype=bool)
    is_account = sold.leads.customer_type[lead] == 2
    priorities = [JourneyPriority.NORMAL.value, JourneyPriority.HIGH.value]
    moves = [work.cancelled_at, work.prepared_at, work.started_at, work.arrived_at,
             work.completed_at, work.audited_at]  # fmt: skip
    return pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": named.ids,
            "location_id": about["location_id"],
            "owner_id": about["owner_id"],
            "customer_id": about["customer_id"],
            "quote_id": gather(sold.quotes.frame["id"], standing),
            "sequence": work.sequence,
            "journey_number": named.numbers,
            "title": service + " " + number,
            "status": choice([s.value for s in STAGES], _stages(end, work)),
            "priority": choice(priorities, is_account * 1),
            "service_type": service,
            "move_size": choice([s.name for s in SIZES], sold.leads.size[lead]),
            "service_on": days(work.service_on),
            "planned_start_at": instants(work.planned_start_at),
            "planned_start_local_at": _local(world, work, work.planned_start_at, always),
            "planned_end_at": instants(work.planned_end_at),
            "arrival_window_start_at": instants(work.planned_start_at, work.has_window),
            "estimated_minutes": work.offer.minutes,
            "arrival_window_end_at": instants(work.planned_start_at + WINDOW, work.has_window),
            "started_at": instants(work.started_at, work.started_at <= end),
            "started_local_at": _local(world, work, work.started_at, work.started_at <= end),
            "arrived_at": instants(work.arrived_at, work.arrived_at <= end),
            "arrived_local_at": _local(world, work, work.arrived_at, work.arrived_at <= end),
            "completed_at": instants(work.completed_at, is_done),
            "completed_local_at": _local(world, work, work.completed_at, is_done),
            "actual_minutes": only(
                pl.Series(np.where(is_done, work.completed_at - work.started_at, 0) // MINUTE),
                is_done,
            ),
            "completed_on": _day(world, work, work.completed_at, is_done),
            "cancelled_at": instants(work.cancelled_at, is_cancelled),
            "cancelled_on": _day(world, work, work.cancelled_at, is_cancelled),
            "cancellation_reason": choice(market.CANCELLATION_REASONS, work.reason, is_cancelled),
            "crew_size": pl.Series(work.offer.crew),
            "truck_count": pl.Series(work.offer.trucks),
            **trucks,
            "distance_km": (pl.Series(work.distance).cast(pl.Decimal(12, 1)) / 10).cast(
                pl.Decimal(10, 1)
            ),
            "origin_province": choice(PROVINCES, sold.leads.origin[lead]),
            "destination_province": choice(PROVINCES, sold.leads.destination[lead]),
            "quoted_amount": money(work.quoted),
            "billed_amount": money(billed),
            "estimated_cost_amount": money(_estimated(world, work)),
            "actual_cost_amount": money(np.where(is_done, spent, 0)),
            "created_at": instants(work.booked_at),
            "updated_at": instants(latest(end, work.booked_at, moves)),
        }
    )


def journey_life(work: Jobs, frame: pl.DataFrame, end: int) -> Lives:
    """What became of the journeys; `work` stands beside the rows of `frame`."""
    times = (
        (JourneyStage.SCHEDULED, work.booked_at),
        (JourneyStage.MORNING_PREP, work.prepared_at),
        (JourneyStage.EN_ROUTE, work.started_at),
        (JourneyStage.ONSITE, work.arrived_at),
        (JourneyStage.COMPLETED, work.completed_at),
        (JourneyStage.AUDITED, work.audited_at),
        (JourneyStage.CANCELLED, work.cancelled_at),
    )
    steps = [(stage, instants(at, at <= end)) for stage, at in times]
    return Lives("truck_journeys", frame.select(ABOUT), steps)


def _stages(end: int, work: Jobs) -> Index:
    """The furthest stage reached, as a number in `STAGES`."""
    times = (work.cancelled_at, work.audited_at, work.completed_at, work.arrived_at,
             work.started_at, work.prepared_at)  # fmt: skip
    reached = [instant <= end for instant in times]
    return np.select(reached, list(range(len(reached))), default=len(reached))


def _day(world: World, work: Jobs, at: Seconds, happened: Mask) -> pl.Series:
    known = np.where(happened, at, world.as_of)
    return days(world.zones.local(known, work.branch) // DAY, happened)


def _local(world: World, work: Jobs, at: Seconds, happened: Mask) -> pl.Series:
    """Wall-clock time at the branch; null where it did not happen."""
    known = np.where(happened, at, world.as_of)
    return instants(world.zones.local(known, work.branch), happened)


def _estimated(world: World, work: Jobs) -> Cents:
    """Expected cost: crew, fuel, trucks, material, and the royalty of a franchise."""
    offer = work.offer
    fuel = work.distance * market.FUEL_CENTS_PER_KM // 10
    material = offer.amounts[:, KIT] * market.MATERIAL_COST_PCT // 100
    labour = offer.crew * offer.minutes * market.CREW_COST_CENTS_PER_HOUR // 60
    pays_royalty = np.array([not b.is_corporate for b in world.company.branches])[work.branch]
    royalty = work.quoted * market.ROYALTY_PCT * pays_royalty // 100
    result: Cents = labour + fuel + offer.trucks * market.TRUCK_CENTS_PER_DAY + material + royalty
    return result


def step_frame(world: World, work: Jobs, frame: pl.DataFrame) -> pl.DataFrame:
    """Four rows per journey."""
    end, count, steps = world.as_of, len(work), len(STEPS)
    job = np.repeat(np.arange(count), steps)
    number = np.tile(np.arange(steps), count)
    times = np.stack(
        [work.prepared_at, work.started_at, work.left_at, work.unloaded_at, work.completed_at],
        axis=1,
    )
    started, ended = times[:, :-1].reshape(-1), times[:, 1:].reshape(-1)
    is_cancelled = (work.cancelled_at <= end)[job]
    is_approved = (work.audited_at <= end)[job] & (number == steps - 1)
    reached = [is_cancelled, is_approved, ended <= end, started <= end]
    status = np.select(reached, list(range(len(reached))), default=len(reached))
    manager, _ = world.posts(UserRole.MANAGER)
    approver = np.where(is_approved, manager[work.branch[job]], -1)
    about = frame.select("client_id", "location_id", "owner_id", "id", "created_at")[job]
    is_ended = ended <= end
    minutes = pl.Series(np.where(is_ended, (ended - started) // MINUTE, 0))
    moves = [started, ended, np.where(is_approved, work.audited_at[job], NEVER),
             work.cancelled_at[job]]  # fmt: skip
    return pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": new_ids(work.booked_at[job] * 1000, world.rng("steps")),
            "location_id": about["location_id"],
            "owner_id": about["owner_id"],
            "journey_id": about["id"],
            "step_number": number + 1,
            "title": choice(STEPS, number),
            "status": choice([s.value for s in STEP_STATUSES], status),
            "started_at": instants(started, started <= end),
            "ended_at": instants(ended, is_ended),
            "duration_minutes": only(minutes, is_ended),
            "approved_by_id": gather(world.user_ids, approver),
            "approved_at": instants(work.audited_at[job], is_approved),
            "created_at": about["created_at"],
            "updated_at": instants(latest(end, work.booked_at[job], moves)),
        }
    )


def step_life(world: World, steps: pl.DataFrame) -> Lives:
    """The history of the last steps that were sent back once before somebody approved them.

    Other steps have none: what became of them stands in their rows.
    """
    rng = world.rng("rejections")
    approved = steps.filter(pl.col("approved_at").is_not_null())
    back = approved.filter(pl.Series(rng.random(len(approved)) < REJECTED_SHARE))
    ended, final = (back[name].dt.epoch("s").to_numpy() for name in ("ended_at", "approved_at"))
    wait = final - ended
    times = (
        (StepStatus.PENDING, back["created_at"]),
        (StepStatus.IN_PROGRESS, back["started_at"]),
        (StepStatus.COMPLETED, back["ended_at"]),
        (StepStatus.REJECTED, instants(ended + wait // 3)),
        (StepStatus.IN_PROGRESS, instants(ended + wait // 2)),
        (StepStatus.COMPLETED, instants(ended + wait * 2 // 3)),
        (StepStatus.APPROVED, back["approved_at"]),
    )
    return Lives("journey_steps", back.select(ABOUT), times)
