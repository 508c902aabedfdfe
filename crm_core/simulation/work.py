"""The field side of a company as frames: crews, trucks, hours, stock, costs and claims of the jobs.

Sales and bills are put together in `crm_core.simulation.generate`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crm_core.simulation.care import Claims, claim_frames, claims, review_frame, survey_frame
from crm_core.simulation.costs import Costs, cost_frame, costs
from crm_core.simulation.devices import device_frames
from crm_core.simulation.field import (
    Hours,
    crew_frame,
    hours,
    occupancy_frame,
    time_entry_frame,
    truck_use_frame,
    wage_frame,
)
from crm_core.simulation.fleet import Fleet, equipment_frame, fleet, fleet_lives, maintenance_frame
from crm_core.simulation.frames import Cents, gather
from crm_core.simulation.fuel import Fills, Meters, fills, fuel_frame, meters
from crm_core.simulation.jobs import Jobs
from crm_core.simulation.organisation import Frames, World
from crm_core.simulation.proofs import proof_frames
from crm_core.simulation.roster import Roster, roster
from crm_core.simulation.shifts import FieldStaff, availability_frame, field_staff
from crm_core.simulation.slots import journey_slots, service_slots
from crm_core.simulation.status_log import Lives
from crm_core.simulation.stock import Stock, stock
from crm_core.simulation.stock_rows import stock_frames


@dataclass(frozen=True)
class Field:
    """What happened in the field, before it is written down as rows."""

    staff: FieldStaff
    trucks: Fleet
    who: Roster
    hours: Hours
    meters: Meters
    fills: Fills
    stock: Stock
    claims: Claims
    costs: Costs

    def truck_columns(self, jobs: int) -> dict[str, pl.Series]:
        """By job: the truck that went, or a rented one."""
        first = self.who.first_truck(jobs)
        return {
            "equipment_id": gather(self.trucks.ids, first),
            "truck_number": gather(self.trucks.names, first).fill_null("rented"),
        }


def field(world: World, work: Jobs, charged: Cents) -> Field:
    """Everything that the jobs make people and trucks do; `charged` is what was billed, by job."""
    staff, trucks = field_staff(world), fleet(world)
    who = roster(world, work, staff, trucks)
    entry = hours(world, work, staff, who)
    run = meters(world, work, trucks, who)
    moved, claimed = stock(world, work), claims(world, work)
    return Field(
        staff=staff,
        trucks=trucks,
        who=who,
        hours=entry,
        meters=run,
        fills=fills(world, work, trucks, run),
        stock=moved,
        claims=claimed,
        costs=costs(world, work, staff, who, entry, moved, claimed, charged),
    )


def field_frames(
    world: World, work: Jobs, done: Field, journeys: pl.DataFrame
) -> tuple[Frames, list[Lives]]:
    """All rows of the field, and what became of those that have a status."""
    ids = journeys["id"]
    trucks, run = done.trucks, done.meters
    every = np.arange(len(trucks))
    odometer = run.at(every, np.full(len(trucks), world.as_of))
    equipment = equipment_frame(world, trucks, odometer)
    at_stay = run.at(trucks.shop.truck, trucks.shop.down_from_at)
    maintenance = maintenance_frame(world, trucks, at_stay)
    slots, slot_life = journey_slots(world, work, done.who, journeys)
    service, service_life = service_slots(world, trucks, maintenance)
    crew = crew_frame(world, work, done.staff, done.who, ids)
    uses = truck_use_frame(world, work, trucks, done.who, ids)
    entries = time_entry_frame(world, done.staff, done.hours, ids)
    material, material_lives = stock_frames(world, done.stock, ids)
    claimed, claim_life = claim_frames(world, work, done.claims, journeys)
    asked, survey_life = survey_frame(world, work, done.claims, journeys)
    schedules = pl.concat([slots, service["schedules"]], how="diagonal")
    frames = {
        "equipment": equipment,
        "equipment_maintenance": maintenance,
        "availabilities": availability_frame(world, done.staff),
        "wage_rates": wage_frame(world, done.staff),
        "schedules": schedules,
        "schedule_resources": service["schedule_resources"],
        "assigned_crew": crew,
        "equipment_assignments": uses,
        "occupancies": occupancy_frame(crew, uses, service["schedule_resources"]),
        "time_entries": entries,
        "fuel_purchases": fuel_frame(world, trucks, done.fills, ids),
        **material,
        **claimed,
        "surveys": asked,
        "journey_reviews": review_frame(world, work, journeys),
        "journey_costs": cost_frame(
            world, done.costs, journeys, entries, material["inventory_transactions"],
            claimed["claims"],
        ),
    }  # fmt: skip
    if world.plan.scale.has_activities:
        frames |= device_frames(world, work, done.staff, done.who, ids)
        frames |= proof_frames(world, work, done.staff, done.who, journeys)
    lives = [slot_life, service_life, *fleet_lives(world, equipment, maintenance)]
    return frames, [*lives, *material_lives, claim_life, survey_life]
