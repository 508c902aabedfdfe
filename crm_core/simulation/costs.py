"""What each job cost, entry by entry: labour, overtime, fuel, trucks, material, claims, royalty.

What was charged for the job is in `crm_core.simulation.bills`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crm_core.enums import CostKind
from crm_core.simulation import market
from crm_core.simulation.care import Claims
from crm_core.simulation.field import LOADING_PCT, Hours, wage_cents
from crm_core.simulation.frames import NEVER, Cents, Days, choice, days, gather, instants, money
from crm_core.simulation.fuel import LITRES_PER_100_KM, fuel_price
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.jobs import MINUTE, Jobs
from crm_core.simulation.organisation import World
from crm_core.simulation.roster import Roster
from crm_core.simulation.shifts import FieldStaff
from crm_core.simulation.stock import MATERIALS, USAGE, Stock, unit_costs
from crm_core.simulation.zones import DAY, Index, Seconds

LABOUR, FUEL, MATERIAL, TRUCK, CLAIM, ROYALTY = range(6)
KINDS = (
    CostKind.LABOUR, CostKind.FUEL, CostKind.MATERIAL, CostKind.TRUCK, CostKind.CLAIM,
    CostKind.ROYALTY,
)  # fmt: skip
TEXTS = ("", "overtime premium", "hired crew")
OVERTIME, HIRED = 1, 2
FINE = 10_000
"""Unit amounts are held in ten thousandths of a dollar, quantities in hundredths."""


@dataclass(frozen=True)
class Costs:
    """One row per cost of a job."""

    job: Index
    kind: Index
    text: Index
    quantity: Cents
    unit: Cents
    day: Days
    at: Seconds
    entry: Index
    """Row of the time entry, -1 for none; likewise the other two."""
    movement: Index
    claim: Index

    @property
    def amount(self) -> Cents:
        """Cents: quantity times unit, rounded half up."""
        result: Cents = (self.quantity * self.unit + FINE // 2) // FINE
        return result

    def by_job(self, jobs: int) -> Cents:
        """The sum by job."""
        total = np.zeros(jobs, dtype=np.int64)
        np.add.at(total, self.job, self.amount)
        return total


def costs(
    world: World,
    work: Jobs,
    staff: FieldStaff,
    who: Roster,
    entry: Hours,
    moved: Stock,
    claimed: Claims,
    charged: Cents,
) -> Costs:
    """Everything that the jobs which are over have cost; `charged` is what was billed, by job."""
    done = work.completed_at <= world.as_of
    worked_on = world.zones.local(np.minimum(work.completed_at, world.as_of), work.branch) // DAY
    franchise = np.array([not b.is_corporate for b in world.company.branches])[work.branch]
    over = np.flatnonzero(done)
    pays = np.flatnonzero(done & franchise & (charged > 0))
    used = np.flatnonzero(moved.kind == USAGE)
    paid = np.flatnonzero(claimed.settled > 0)
    return _joined(
        world,
        [
            *_labour(world, work, staff, entry, worked_on),
            _hired(work, who, over, worked_on),
            _part(over, FUEL, *_fuel(world, work, over, worked_on), worked_on[over]),
            _part(over, TRUCK, work.offer.trucks[over] * 100, market.TRUCK_CENTS_PER_DAY * 100,
                  worked_on[over]),
            _part(moved.job[used], MATERIAL, -moved.quantity[used] * 100,
                  unit_costs()[moved.item[used] % len(MATERIALS)], worked_on[moved.job[used]],
                  movement=used),
            _part(pays, ROYALTY, 100, charged[pays] * market.ROYALTY_PCT, worked_on[pays]),
            _part(claimed.job[paid], CLAIM, 100, claimed.settled[paid] * 100,
                  _closed_on(world, work, claimed, paid), claim=paid),
        ],
    )  # fmt: skip


Part = dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]]


def _part(
    job: Index,
    kind: int,
    quantity: Cents | int,
    unit: Cents | int,
    day: Days,
    *,
    text: int = 0,
    entry: Index | int = -1,
    movement: Index | int = -1,
    claim: Index | int = -1,
) -> Part:
    values = {
        "job": job, "kind": kind, "text": text, "quantity": quantity, "unit": unit, "day": day,
        "entry": entry, "movement": movement, "claim": claim,
    }  # fmt: skip
    return {name: np.broadcast_to(np.asarray(v), len(job)) for name, v in values.items()}


def _joined(world: World, parts: list[Part]) -> Costs:
    together = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
    keep = together["quantity"] > 0
    at = np.minimum((together["day"] + 1) * DAY, world.as_of)
    order = np.argsort(at[keep], kind="stable")
    return Costs(at=at[keep][order], **{n: v[keep][order] for n, v in together.items()})


def _labour(
    world: World, work: Jobs, staff: FieldStaff, entry: Hours, worked_on: Days
) -> list[Part]:
    """Each ended entry at the loaded wage of its day, and the premium of overtime."""
    rows = np.flatnonzero((entry.ended_at < NEVER) & (work.completed_at[entry.job] <= world.as_of))
    job = entry.job[rows]
    day = worked_on[job]
    wage = wage_cents(world, staff, entry.person[rows], day)
    loaded = wage * (100 + LOADING_PCT)
    hours = (entry.minutes[rows] * 100 + 30) // 60
    over = (entry.overtime[rows] * 100 + 30) // 60
    return [
        _part(job, LABOUR, hours, loaded, day, entry=rows),
        _part(job, LABOUR, over, loaded // 2, day, text=OVERTIME),
    ]


def _hired(work: Jobs, who: Roster, over: Index, worked_on: Days) -> Part:
    """People whom the branch did not have that day."""
    own = np.bincount(who.crew_job, minlength=len(work))[over]
    minutes = (work.completed_at[over] - work.started_at[over]) // MINUTE
    missing = np.maximum(work.offer.crew[over] - own, 0)
    hours = (missing * minutes * 100 + 30) // 60
    return _part(
        over, LABOUR, hours, market.CREW_COST_CENTS_PER_HOUR * 100, worked_on[over], text=HIRED
    )


def _fuel(world: World, work: Jobs, over: Index, worked_on: Days) -> tuple[Cents, Cents]:
    """Litres in hundredths at the price of the day."""
    wind = np.exp(0.08 * world.rng("costs").standard_normal(len(work)))[over]
    litres = (work.distance[over] / 10 * LITRES_PER_100_KM * wind).astype(np.int64)
    return litres, fuel_price(world, worked_on[over]) * 100


def _closed_on(world: World, work: Jobs, claimed: Claims, paid: Index) -> Days:
    branch = work.branch[claimed.job[paid]]
    return world.zones.local(claimed.closed_at[paid], branch) // DAY


def cost_frame(
    world: World,
    spent: Costs,
    journeys: pl.DataFrame,
    entries: pl.DataFrame,
    ledger: pl.DataFrame,
    claimed: pl.DataFrame,
) -> pl.DataFrame:
    """One row per cost; the frames give the ids of what they came from."""
    about = journeys.select("client_id", "id", "location_id", "owner_id")[spent.job]
    unit = (pl.Series(spent.unit).cast(pl.Decimal(22, 4)) / FINE).cast(pl.Decimal(18, 4))
    stamp = instants(spent.at)
    return pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": new_ids(spent.at * 1000, world.rng("cost ids")),
            "location_id": about["location_id"],
            "owner_id": about["owner_id"],
            "journey_id": about["id"],
            "kind": choice([k.value for k in KINDS], spent.kind),
            "incurred_on": days(spent.day),
            "quantity": money(spent.quantity),
            "unit_amount": unit,
            "amount": money(spent.amount),
            "time_entry_id": gather(entries["id"], spent.entry),
            "inventory_transaction_id": gather(ledger["id"], spent.movement),
            "claim_id": gather(claimed["id"], spent.claim),
            "description": choice(TEXTS, spent.text, spent.text > 0),
            "created_at": stamp,
            "updated_at": stamp,
        }
    )
