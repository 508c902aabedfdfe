"""The work that follows from bookings: when crews leave, arrive and finish, and what is called off.

The rows are made in `journeys`; what is charged for the work is in `crm_core.simulation.bills`.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from crm_core.simulation import market
from crm_core.simulation.frames import NEVER, Cents, Days, Mask, draw
from crm_core.simulation.market import CANCELLATION_REASONS
from crm_core.simulation.offers import KINDS, LABOUR, PACK_LABOUR, TWO_DAYS_HOURS, Offers
from crm_core.simulation.organisation import World
from crm_core.simulation.outcomes import Fate
from crm_core.simulation.sales import Sales
from crm_core.simulation.zones import DAY, Index, Seconds

MINUTE, HOUR = 60, 3600
START_HOURS = ((8, 0.55), (9, 0.15), (12, 0.12), (13, 0.18))
WINDOW = HOUR
WINDOW_SHARE = 0.93
"""Jobs with a promised window of arrival."""
TROUBLED_SHARE, FALLING_TROUBLED_SHARE = 0.19, 0.36
"""Jobs that something holds up on the way; more often so in a branch in decline."""
OVERRUN_MEDIAN, OVERRUN_SIGMA = 1.03, 0.14
AUDITED_SHARE = 0.92


@dataclass(frozen=True)
class Jobs:
    """One row per journey; instants that never come are NEVER."""

    lead: Index
    """Row of the lead that it was booked by."""
    branch: Index
    sequence: Index
    booked_at: Seconds
    """The journey was planned."""
    service_on: Days
    planned_start_at: Seconds
    planned_end_at: Seconds
    has_window: Mask
    offer: Offers
    """This journey's part of what was offered."""
    quoted: Cents
    distance: Cents
    """Tenths of a kilometre."""
    cancelled_at: Seconds
    reason: Index
    prepared_at: Seconds
    started_at: Seconds
    arrived_at: Seconds
    left_at: Seconds
    """The crew leaves the first address."""
    unloaded_at: Seconds
    completed_at: Seconds
    audited_at: Seconds

    def __len__(self) -> int:
        return len(self.lead)

    def take(self, rows: Mask | Index) -> "Jobs":
        """The chosen rows."""
        chosen: dict[str, Any] = {}
        for field in fields(self):
            part = getattr(self, field.name)
            chosen[field.name] = part.take(rows) if isinstance(part, Offers) else part[rows]
        return Jobs(**chosen)


def jobs(world: World, sold: Sales) -> Jobs:
    """The journeys of every booking made by the end of the history."""
    rng = world.rng("jobs")
    ends = sold.outcomes
    booked = np.flatnonzero((ends.fate == Fate.WON) & (ends.converted_at <= world.as_of))
    lead, sequence, offer, quoted = _split(sold, booked)
    branch = sold.leads.branch[lead]
    service_on = ends.move_on[lead] + sequence - 1
    hours, weights = zip(*START_HOURS, strict=True)
    hour = np.array(hours)[draw(rng, market.shares(list(weights)), len(lead))]
    hour = np.where(sequence > 1, START_HOURS[0][0], hour)
    planned = world.zones.instants(service_on * DAY + hour * HOUR, branch)
    made = Jobs(
        lead=lead,
        branch=branch,
        sequence=sequence,
        booked_at=ends.converted_at[lead],
        service_on=service_on,
        planned_start_at=planned,
        planned_end_at=planned + offer.minutes * MINUTE,
        has_window=rng.random(len(lead)) < WINDOW_SHARE,
        offer=offer,
        quoted=quoted,
        distance=_distances(rng, sold, lead),
        **_cancellations(rng, sold, lead),
        **_work(world, rng, branch, planned, offer),
    )
    return _called_off(made)


def _split(sold: Sales, booked: Index) -> tuple[Index, Index, Offers, Cents]:
    """One journey per booking, or two days of work for the long ones; extras on the first."""
    offer = sold.offers.take(booked)
    takes_two = offer.hours >= TWO_DAYS_HOURS
    first_hours = np.where(takes_two, offer.hours // 50 * 25, offer.hours)
    again = np.flatnonzero(takes_two)
    first = offer.with_hours(first_hours)
    second = offer.take(again).with_hours((offer.hours - first_hours)[again])
    only_labour = np.isin(np.arange(len(KINDS)), [LABOUR, PACK_LABOUR])
    second = replace(second, quantities=second.quantities * only_labour)
    net = sold.priced.net[booked]
    first_part = net * first_hours // offer.hours
    return (
        np.concatenate([booked, booked[again]]),
        np.concatenate([np.ones(len(booked), np.int64), np.full(len(again), 2)]),
        first.and_then(second),
        np.concatenate([np.where(takes_two, first_part, net), (net - first_part)[again]]),
    )


def _distances(rng: np.random.Generator, sold: Sales, lead: Index) -> Cents:
    """Round trips in tenths of a kilometre: local ones, and far ones between provinces."""
    is_far = sold.leads.origin[lead] != sold.leads.destination[lead]
    median = np.where(is_far, 9_000.0, 320.0)
    return (median * np.exp(0.5 * rng.standard_normal(len(lead)))).astype(np.int64)


def _cancellations(
    rng: np.random.Generator, sold: Sales, lead: Index
) -> dict[str, Seconds | Index]:
    """Bookings called off: all journeys of one at the same instant, before the first."""
    count = len(sold.leads)
    ends = sold.outcomes
    day_before = sold.outcomes.move_on * DAY
    room = np.maximum(day_before - np.minimum(ends.converted_at, day_before), HOUR)
    notice = (5 * DAY * np.exp(1.1 * rng.standard_normal(count))).astype(np.int64)
    late = day_before - np.minimum(notice, room)
    anywhere = ends.converted_at + (room * rng.random(count)).astype(np.int64)
    at = np.maximum(np.where(notice < room, late, anywhere), ends.converted_at + 5 * MINUTE)
    at = np.where(rng.random(count) < market.CANCELLATION_RATE, at, NEVER)
    reason = rng.integers(0, len(CANCELLATION_REASONS), count)
    return {"cancelled_at": at[lead], "reason": reason[lead]}


def _work(
    world: World, rng: np.random.Generator, branch: Index, planned: Seconds, offer: Offers
) -> dict[str, Seconds]:
    """The instants of a day's work, from the yard and back."""
    count = len(planned)
    falls = np.array([b.yearly_growth is not None for b in world.company.branches])[branch]
    troubled = rng.random(count) < np.where(falls, FALLING_TROUBLED_SHARE, TROUBLED_SHARE)
    normal = np.maximum(6 + 12 * rng.standard_normal(count), -15)
    delay = normal + troubled * rng.exponential(70, count)
    arrived = planned + (delay * MINUTE).astype(np.int64)
    started = arrived - rng.integers(10, 35, count) * MINUTE
    overrun = OVERRUN_MEDIAN * np.exp(OVERRUN_SIGMA * rng.standard_normal(count))
    minutes = np.maximum((offer.minutes * overrun).astype(np.int64), 50)
    completed = np.maximum(started + minutes * MINUTE, arrived + 30 * MINUTE)
    after = (20 * HOUR * np.exp(0.7 * rng.standard_normal(count))).astype(np.int64)
    is_audited = rng.random(count) < AUDITED_SHARE
    return {
        "prepared_at": started - rng.integers(25, 50, count) * MINUTE,
        "started_at": started,
        "arrived_at": arrived,
        "left_at": arrived + (completed - arrived) * 2 // 5,
        "unloaded_at": arrived + (completed - arrived) * 9 // 10,
        "completed_at": completed,
        "audited_at": np.where(is_audited, completed + after, NEVER),
    }


def _called_off(made: Jobs) -> Jobs:
    """What is cancelled is never prepared, started or done."""
    off = made.cancelled_at < NEVER
    names = (
        "prepared_at",
        "started_at",
        "arrived_at",
        "left_at",
        "unloaded_at",
        "completed_at",
        "audited_at",
    )
    undone: dict[str, Any] = {n: np.where(off, NEVER, getattr(made, n)) for n in names}
    return replace(made, **undone)
