"""The manifest: exactly what was hidden in the rows of a company, for those who check the finders.

Where and when it is hidden is decided in `crm_core.simulation.span` and `dirt`.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from crm_core.simulation.jobs import MINUTE, Jobs
from crm_core.simulation.organisation import World
from crm_core.simulation.span import planted
from crm_core.simulation.work import Field
from crm_core.simulation.zones import EPOCH

FILE_NAME = "manifest.json"


def note_plants(
    world: World, work: Jobs, done: Field, journeys: pl.DataFrame, fuel: pl.DataFrame
) -> None:
    """Write down in `world.planted` which rows carry what."""
    world.planted["inflated_hours"] = _crew(world, work, done, journeys)
    world.planted["leaking_fuel_card"] = _card(world, done, fuel)
    world.planted["falling_branches"] = [
        {"branch": b.code, "yearly_growth": b.yearly_growth}
        for b in world.company.branches
        if b.yearly_growth is not None
    ]
    world.planted["new_franchises"] = [
        {"branch": b.code, "opened_on": str(b.opened_on)}
        for b in world.company.branches
        if b.opens_in_mid_history
    ]


def _crew(world: World, work: Jobs, done: Field, journeys: pl.DataFrame) -> dict[str, Any]:
    """The crew that writes down more hours than it worked, job by job."""
    plant, who = planted(world), done.who
    rows = np.flatnonzero((who.extra > 0) & (work.completed_at + who.extra <= world.as_of))
    first, _ = done.staff.pool(len(world.company.branches), drive=True)
    lead = int(done.staff.user[first[plant.crew_branch] + plant.crew_lead])
    return {
        "branch": world.company.branches[plant.crew_branch].code,
        "lead_user_id": world.user_ids[lead],
        "from": _day(plant.crew_from),
        "journeys": [
            {"id": journey, "extra_minutes": int(extra) // MINUTE}
            for journey, extra in zip(
                journeys["id"].gather(rows), who.extra[rows].tolist(), strict=True
            )
        ],
    }


def _card(world: World, done: Field, fuel: pl.DataFrame) -> dict[str, Any]:
    """The card that pays for fuel no journey burns, fill by fill."""
    plant = planted(world)
    fills = fuel.filter(pl.Series(done.fills.is_planted))
    first, _ = done.trucks.of_branches(len(world.company.branches))
    truck = int(first[plant.fuel_branch]) + plant.fuel_truck
    return {
        "branch": world.company.branches[plant.fuel_branch].code,
        "equipment_id": done.trucks.ids[truck],
        "card_last_four": fills["card_last_four"][0] if len(fills) else None,
        "from": _day(plant.fuel_from),
        "purchases": [
            {"id": row, "litres": str(litres), "amount": str(amount), "on": str(on)}
            for row, litres, amount, on in fills.select(
                "id", "litre_count", "amount", "purchased_on"
            ).iter_rows()
        ],
    }


def _day(number: int) -> str:
    return str(np.datetime64(EPOCH) + number)


def write_manifest(worlds: Iterable[World], folder: Path) -> Path:
    """What was planted in every company, as JSON; the same rows give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    text = json.dumps({w.company.slug: w.planted for w in worlds}, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")
    return path
