"""What the trucks drive and burn: meters, and every fill at the pump.

Which job a truck drives to is decided in `crm_core.simulation.roster`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crm_core.simulation.calendar import Factors
from crm_core.simulation.fleet import Fleet
from crm_core.simulation.frames import Cents, Days, Mask, choice, days, gather, instants, money
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.jobs import HOUR, MINUTE, Jobs
from crm_core.simulation.organisation import World
from crm_core.simulation.roster import Roster
from crm_core.simulation.span import first_day, planted, wall_clock
from crm_core.simulation.zones import DAY, Index, Seconds

LITRES_PER_100_KM = 48
PRICE_CENTS = 160
LEAK_EVERY, LEAK_LITRES = 5, (90, 180)
"""Days between two fills of the planted card that no journey explains, and their litres."""
FAR = np.int64(2**40)


@dataclass(frozen=True)
class Meters:
    """The trucks' trips in order, with the kilometres and litres that each has behind it."""

    trip_truck: Index
    trip_job: Index
    ended_at: Seconds
    km: Cents
    """By trip: what the meter shows after it."""
    decilitres: Cents
    """By trip: tenths of a litre burnt since the beginning."""
    first_km: Cents

    def at(self, truck: Index, when: Seconds) -> Cents:
        """What the meters show at some instants."""
        place = np.searchsorted(self.trip_truck * FAR + self.ended_at, truck * FAR + when, "right")
        found = self.km[np.maximum(place - 1, 0)] if len(self.km) else self.first_km[truck]
        known = (place > 0) & (self._truck_at(place - 1) == truck)
        return np.where(known, found, self.first_km[truck])

    def _truck_at(self, place: Index) -> Index:
        return self.trip_truck[np.maximum(place, 0)] if len(self.km) else place * 0 - 1


def meters(world: World, work: Jobs, trucks: Fleet, who: Roster) -> Meters:
    """All trips that are over."""
    rng = world.rng("burnt fuel")
    over = work.completed_at[who.truck_job] <= world.as_of
    job, truck = who.truck_job[over], who.truck[over]
    order = np.lexsort((work.completed_at[job], truck))
    job, truck = job[order], truck[order]
    tenths = work.distance[job]
    thirst = np.exp(0.05 * rng.standard_normal(len(trucks)))[truck]
    wind = np.exp(0.08 * rng.standard_normal(len(job)))
    burnt = (tenths * LITRES_PER_100_KM / 100 * thirst * wind).astype(np.int64)
    return Meters(
        trip_truck=truck,
        trip_job=job,
        ended_at=work.completed_at[job],
        km=trucks.first_km[truck] + _running(truck, tenths) // 10,
        decilitres=_running(truck, burnt),
        first_km=trucks.first_km,
    )


def _running(group: Index, amounts: Cents) -> Cents:
    """Running totals that begin anew with each group; groups stand together."""
    total = np.cumsum(amounts)
    is_first = np.diff(group, prepend=-1) != 0
    before = np.maximum.accumulate(np.where(is_first, total - amounts, 0))
    result: Cents = total - before
    return result


@dataclass(frozen=True)
class Fills:
    """One row per receipt, oldest first."""

    truck: Index
    job: Index
    """The job that was driven before, -1 for none."""
    millilitres: Cents
    amount: Cents
    km: Cents
    at: Seconds
    is_planted: Mask


def fills(world: World, work: Jobs, trucks: Fleet, run: Meters) -> Fills:
    """A fill each time a truck has burnt what it takes, and those of the leaking card."""
    rng = world.rng("fuel")
    size = trucks.fill_litres[run.trip_truck] * 10
    before = run.decilitres // size
    earlier = np.where(np.diff(run.trip_truck, prepend=-1) != 0, 0, np.roll(before, 1))
    count = np.maximum(before - earlier, 0)
    trip = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(trip)) - np.repeat(np.cumsum(count) - count, count)
    truck, job = run.trip_truck[trip], run.trip_job[trip]
    span = run.ended_at[trip] - work.started_at[job]
    share = (place + 1) / (count[trip] + 1)
    at = work.started_at[job] + (span * np.where(count[trip] > 1, share, 0.93)).astype(np.int64)
    km = run.km[trip] - (work.distance[job] // 10 * np.where(count[trip] > 1, 1 - share, 0)).astype(
        np.int64
    )
    litres = trucks.fill_litres[truck] * (1 + 0.02 * rng.standard_normal(len(trip)))
    leaks = _leaks(world, rng, trucks)
    leak_truck = np.full(len(leaks[0]), leaks[2])
    all_at = np.concatenate([at, leaks[0]])
    order = np.argsort(all_at, kind="stable")
    all_truck = np.concatenate([truck, leak_truck])[order]
    millilitres = np.concatenate([litres * 1000, leaks[1] * 1000.0]).astype(np.int64)[order]
    day = all_at[order] // DAY
    price = _price(world, day) * (1 + 0.03 * rng.standard_normal(len(order)))
    return Fills(
        truck=all_truck,
        job=np.concatenate([job, np.full(len(leaks[0]), -1)])[order],
        millilitres=millilitres,
        amount=np.maximum((millilitres * price / 1000).astype(np.int64), 1),
        km=np.concatenate([km, run.at(leak_truck, leaks[0])])[order],
        at=all_at[order],
        is_planted=np.concatenate([np.zeros(len(at), bool), np.ones(len(leaks[0]), bool)])[order],
    )


def _leaks(world: World, rng: np.random.Generator, trucks: Fleet) -> tuple[Seconds, Cents, int]:
    """Instants and litres of the fills that the planted card paid for, and its truck."""
    plant = planted(world)
    first, _ = trucks.of_branches(len(world.company.branches))
    truck = int(first[plant.fuel_branch]) + plant.fuel_truck
    day = np.arange(plant.fuel_from, world.as_of // DAY - 1, LEAK_EVERY)
    second = 22 * HOUR + rng.integers(0, 90, len(day)) * MINUTE
    at = wall_clock(world, day, second, np.full(len(day), plant.fuel_branch))
    return at, rng.integers(*LEAK_LITRES, len(day)), truck


def _price(world: World, day: Days) -> Factors:
    """Cents a litre: a slow wave over the years."""
    result: Factors = PRICE_CENTS * (1 + 0.08 * np.sin((day - first_day(world)) / 90))
    return result


def fuel_price(world: World, day: Days) -> Cents:
    """Whole cents a litre on a day."""
    result: Cents = np.rint(_price(world, day)).astype(np.int64)
    return result


def fuel_frame(world: World, trucks: Fleet, bought: Fills, journey: pl.Series) -> pl.DataFrame:
    """One row per receipt."""
    branch = trucks.branch[bought.truck]
    local = world.zones.local(bought.at, branch)
    cards = pl.Series(1000 + bought.truck % 9000).cast(pl.String)
    litres = (pl.Series(bought.millilitres).cast(pl.Decimal(20, 3)) / 1000).cast(pl.Decimal(10, 3))
    stamp = instants(bought.at)
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(bought.at), eager=True),
            "id": new_ids(bought.at * 1000, world.rng("fuel ids")),
            "location_id": world.location_ids.gather(branch),
            "equipment_id": trucks.ids.gather(bought.truck),
            "journey_id": gather(journey, bought.job),
            "litre_count": litres,
            "amount": money(bought.amount),
            "odometer_km": bought.km,
            "purchased_at": stamp,
            "purchased_on": days(local // DAY),
            "purchased_local_at": instants(local),
            "card_last_four": cards,
            "place": choice([b.city for b in world.company.branches], branch),
            "created_at": stamp,
            "updated_at": stamp,
        }
    )
