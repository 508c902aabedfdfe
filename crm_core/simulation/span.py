"""The days of a history as numbers, and what was planted in it to be found.

How the planted things show in the rows is the business of the modules that make the rows.
"""

from dataclasses import dataclass

import numpy as np

from crm_core.simulation.frames import Days, Mask
from crm_core.simulation.organisation import World
from crm_core.simulation.zones import DAY, Index, Seconds, day_number

DAYS_AHEAD = 14
"""Days after the end for which people and trucks are planned."""
CREW_DAYS, FUEL_DAYS = 120, 150
"""The planted crew and fuel card are at it for so long before the end, at most half the history."""


def first_day(world: World) -> int:
    """Day number on which the detail begins."""
    return day_number(world.plan.start_on)


def day_count(world: World) -> int:
    """Days of the detail and those that are planned ahead."""
    return day_number(world.plan.until) - first_day(world) + 1 + DAYS_AHEAD


def opened_days(world: World) -> Days:
    """By branch: the day from which it works, not before the detail begins."""
    opened = np.array([day_number(b.opened_on) for b in world.company.branches])
    result: Days = np.maximum(opened, first_day(world))
    return result


def wall_clock(world: World, day: Days, second: Seconds | int, branch: Index) -> Seconds:
    """Instants of a time of day at the branches."""
    return world.zones.instants(day * DAY + second, branch)


@dataclass(frozen=True)
class Planted:
    """What a reader of the rows should find: branches by number, days as numbers."""

    crew_branch: int
    crew_lead: int
    """Place among the drivers of the branch."""
    crew_from: int
    fuel_branch: int
    fuel_truck: int
    """Place among the trucks of the branch."""
    fuel_from: int

    def cheats(self, branch: Index, lead: Index, day: Days) -> Mask:
        """Jobs on which the planted crew writes too many hours."""
        is_crew: Mask = (branch == self.crew_branch) & (lead == self.crew_lead)
        result: Mask = is_crew & (day >= self.crew_from)
        return result


def planted(world: World) -> Planted:
    """The largest branch has the crew, the next one the card."""
    trucks = np.array([branch.trucks for branch in world.company.branches])
    order = np.argsort(-trucks, kind="stable")
    until = day_number(world.plan.until)
    half = (until - first_day(world)) // 2
    return Planted(
        crew_branch=int(order[0]),
        crew_lead=1,
        crew_from=until - min(CREW_DAYS, half),
        fuel_branch=int(order[min(1, len(order) - 1)]),
        fuel_truck=0,
        fuel_from=until - min(FUEL_DAYS, half),
    )


def blocks(world: World, start: Days, end: Days) -> Mask:
    """By row and day of the history: whether the row's span of days (both included) holds it."""
    day = first_day(world) + np.arange(day_count(world))
    result: Mask = (day >= start[:, None]) & (day <= end[:, None])
    return result
