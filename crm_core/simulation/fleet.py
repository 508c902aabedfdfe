"""The trucks of the branches: what each is, when it is in the workshop and why.

Which truck drives to which job is decided in `crm_core.simulation.roster`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from crm_core.enums import EquipmentStatus, EquipmentType, MaintenanceStatus, MaintenanceType
from crm_core.simulation.frames import NEVER, Cents, Days, Mask, choice, days, instants, money, only
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.network import own_trucks
from crm_core.simulation.organisation import World
from crm_core.simulation.span import day_count, first_day, opened_days, wall_clock
from crm_core.simulation.status_log import ABOUT, Lives, repeated
from crm_core.simulation.zones import DAY, Index, Seconds

HOUR = 3600
SERVICE_DAYS, SERVICE_KM = 90, 10_000
BLOCK = 30
"""Days in which a truck has at most one service, early, and at most one failure, later."""
FAILURE_SHARE = 0.13
LATE_SERVICE_SHARE = 0.12
MODELS = (("Isuzu", "NPR 16 ft", 800, 8_000), ("Hino", "L6 24 ft", 1_400, 16_000),
          ("Freightliner", "M2 26 ft", 1_700, 18_000))  # fmt: skip
PREVENTIVE, CORRECTIVE, EMERGENCY = range(3)
TYPES = (MaintenanceType.PREVENTIVE, MaintenanceType.CORRECTIVE, MaintenanceType.EMERGENCY)
WORK_DONE = ("Service: oil, filters, brakes checked", "Brake pads and discs replaced",
             "Towed in: starter motor replaced")  # fmt: skip


@dataclass(frozen=True)
class Fleet:
    """One row per truck, branch by branch."""

    branch: Index
    place: Index
    """Number of the truck within its branch, from 0."""
    ids: pl.Series
    names: pl.Series
    model: Index
    first_km: Cents
    fill_litres: Cents
    """Litres of an ordinary fill."""
    shop: "Shop"

    def __len__(self) -> int:
        return len(self.branch)

    def of_branches(self, branches: int) -> tuple[Index, Index]:
        """First truck and number of trucks, by branch number."""
        counts = np.bincount(self.branch, minlength=branches)
        return np.cumsum(counts) - counts, counts


@dataclass(frozen=True)
class Shop:
    """One row per stay in the workshop; no two of a truck overlap."""

    truck: Index
    kind: Index
    due_on: Days
    down_from_at: Seconds
    up_at: Seconds
    labour_minutes: Seconds
    parts: Cents
    away: Mask
    """By truck and day of the history: it cannot be planned."""


def fleet(world: World) -> Fleet:
    """The trucks that every branch has to itself, and their workshop stays."""
    rng = world.rng("fleet")
    counts = np.array(list(own_trucks(world.company.branches).values()))
    branch = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(branch)) - np.repeat(np.cumsum(counts) - counts, counts)
    stamps = np.full(len(branch), first_day(world) * DAY * 1000, dtype=np.int64)
    codes = choice([b.code for b in world.company.branches], branch)
    numbers = pl.Series(place + 1).cast(pl.String).str.zfill(2)
    return Fleet(
        branch=branch,
        place=place,
        ids=new_ids(stamps, rng),
        names=codes + "-" + numbers,
        model=rng.integers(0, len(MODELS), len(branch)),
        first_km=rng.integers(20_000, 180_000, len(branch)),
        fill_litres=rng.integers(140, 200, len(branch)),
        shop=_shop(world, branch),
    )


def _shop(world: World, branch: Index) -> Shop:
    """A service every third block, and failures by chance: each in its own part of a block."""
    rng = world.rng("workshop")
    spans = -(-day_count(world) // BLOCK)
    truck, block = (part.reshape(-1) for part in np.indices((len(branch), spans)))
    first = first_day(world) + block * BLOCK
    is_due = block % (SERVICE_DAYS // BLOCK) == truck % (SERVICE_DAYS // BLOCK)
    due = first + rng.integers(0, 4, len(truck))
    late = np.where(rng.random(len(truck)) < LATE_SERVICE_SHARE, rng.integers(1, 6, len(truck)), 0)
    served = wall_clock(world, due + late, 7 * HOUR, branch[truck])
    fails = rng.random(len(truck)) < FAILURE_SHARE
    is_towed = rng.random(len(truck)) < 0.35
    failed_on = first + rng.integers(11, 20, len(truck))
    failed = wall_clock(world, failed_on, 22 * HOUR, branch[truck])
    lasts = np.minimum(1 + rng.exponential(1.3, len(truck)).astype(np.int64), 6)
    mended = wall_clock(world, failed_on + lasts, 17 * HOUR, branch[truck])
    takes = 4 * HOUR + rng.integers(0, 5 * HOUR, len(truck)) // 900 * 900
    every = (is_due, fails)
    parts = [
        (np.full(len(truck), PREVENTIVE), due, served, served + takes, due + late),
        (np.where(is_towed, EMERGENCY, CORRECTIVE), failed_on, failed, mended, failed_on + lasts),
    ]
    kind, due_on, down, up, last_day = (
        np.concatenate([column[chosen] for column, chosen in zip(columns, every, strict=True)])
        for columns in zip(*parts, strict=True)
    )
    of = np.concatenate([truck[chosen] for chosen in every])
    is_real = due_on >= opened_days(world)[branch[of]] + 2
    away = np.zeros((len(branch), day_count(world)), dtype=bool)
    order = np.lexsort((down, of))
    order = order[is_real[order]]
    start = np.where(kind == PREVENTIVE, last_day, due_on + 1) - first_day(world)
    for ahead in range(8):
        day = start + ahead
        rows = order[((day <= last_day - first_day(world)) & (day < day_count(world)))[order]]
        away[of[rows], day[rows]] = True
    hours = np.where(kind == PREVENTIVE, (up - down) // HOUR, rng.integers(3, 14, len(kind)))
    cost = np.where(kind == PREVENTIVE, 18_000, 52_000) * np.exp(
        0.5 * rng.standard_normal(len(kind))
    )
    return Shop(
        truck=of[order],
        kind=kind[order],
        due_on=due_on[order],
        down_from_at=down[order],
        up_at=up[order],
        labour_minutes=(hours * 60)[order],
        parts=cost.astype(np.int64)[order],
        away=away,
    )


def equipment_frame(world: World, trucks: Fleet, odometer: Cents) -> pl.DataFrame:
    """One row per truck; `odometer` is what each shows at the end of the history."""
    rng = world.rng("equipment")
    end, shop = world.as_of, trucks.shop
    branches = world.company.branches
    count = len(trucks)
    is_down = np.full(count, -1)
    now = (shop.down_from_at <= end) & (shop.up_at > end)
    is_down[shop.truck[now]] = np.where(shop.kind[now] == PREVENTIVE, 0, 1)
    statuses = [EquipmentStatus.MAINTENANCE, EquipmentStatus.REPAIR, EquipmentStatus.ACTIVE]
    served = (shop.kind == PREVENTIVE) & (shop.up_at <= end)
    last_on = np.full(count, -1, dtype=np.int64)
    np.maximum.at(last_on, shop.truck[served], shop.down_from_at[served] // DAY)
    next_on = np.full(count, NEVER // DAY)
    coming = (shop.kind == PREVENTIVE) & (shop.down_from_at > end)
    np.minimum.at(next_on, shop.truck[coming], shop.due_on[coming])
    bought_on = first_day(world) - rng.integers(200, 2_400, count)
    price = rng.integers(70, 130, count) * 100_000
    years = (world.as_of // DAY - bought_on) / 365.25
    stamp = instants(np.full(count, first_day(world) * DAY))
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, count, eager=True),
            "id": trucks.ids,
            "location_id": world.location_ids.gather(trucks.branch),
            "name": trucks.names,
            "equipment_type": pl.repeat(EquipmentType.TRUCK.value, count, eager=True),
            "status": choice([s.value for s in statuses], np.where(is_down < 0, 2, is_down)),
            "manufacturer": choice([m[0] for m in MODELS], trucks.model),
            "model": choice([m[1] for m in MODELS], trucks.model),
            "model_year": 1970 + bought_on // 365,
            "capacity_cubic_feet": choice([m[2] for m in MODELS], trucks.model),
            "capacity_pounds": choice([m[3] for m in MODELS], trucks.model),
            "licence_plate": choice([b.province for b in branches], trucks.branch)
            + " "
            + pl.Series(np.arange(count) + 100_001).cast(pl.String),
            "purchased_on": days(bought_on),
            "purchase_amount": money(price),
            "current_value_amount": money((price * 0.82**years).astype(np.int64)),
            "depreciation_rate": pl.repeat("0.1800", count, eager=True),
            "odometer_km": odometer,
            "last_maintenance_on": days(np.maximum(last_on, 0), last_on >= 0),
            "next_maintenance_on": days(np.where(next_on > last_on, next_on, NEVER // DAY)),
            "service_days": np.full(count, SERVICE_DAYS),
            "service_km": np.full(count, SERVICE_KM),
            "created_at": stamp,
            "updated_at": stamp,
        }
    )


def maintenance_frame(world: World, trucks: Fleet, km: Cents) -> pl.DataFrame:
    """Workshop stays that have begun, and the next services; `km` is the meter at each stay."""
    end, shop = world.as_of, trucks.shop
    known = np.flatnonzero((shop.down_from_at <= end) | (shop.kind == PREVENTIVE))
    down, up, kind = shop.down_from_at[known], shop.up_at[known], shop.kind[known]
    branch = trucks.branch[shop.truck[known]]
    begun, done = down <= end, up <= end
    status = np.where(done, 2, np.where(begun, 1, 0))
    statuses = [
        MaintenanceStatus.SCHEDULED,
        MaintenanceStatus.IN_PROGRESS,
        MaintenanceStatus.COMPLETED,
    ]
    due_on = shop.due_on[known]
    made_at = np.minimum(np.where(kind == PREVENTIVE, (due_on - 14) * DAY, down), end)
    performed_on = world.zones.local(np.minimum(up, end), branch) // DAY
    is_service = done & (kind == PREVENTIVE)
    labour = shop.labour_minutes[known] * 11_000 // 60
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(known), eager=True),
            "id": new_ids(made_at * 1000, world.rng("maintenance ids")),
            "location_id": world.location_ids.gather(branch),
            "equipment_id": trucks.ids.gather(shop.truck[known]),
            "maintenance_type": choice([t.value for t in TYPES], kind),
            "status": choice([s.value for s in statuses], status),
            "description": choice(WORK_DONE, kind),
            "scheduled_on": days(due_on, (kind == PREVENTIVE) | done),
            "started_at": instants(down, begun),
            "performed_at": instants(up, done),
            "performed_on": days(performed_on, done),
            "down_from_at": instants(down, begun),
            "up_at": instants(up, done),
            "odometer_km": only(pl.Series(km[known]), begun),
            "labour_minutes": only(pl.Series(shop.labour_minutes[known]), done),
            "labour_amount": money(labour, done),
            "parts_amount": money(shop.parts[known], done),
            "next_due_on": days(due_on + SERVICE_DAYS, is_service),
            "created_at": instants(made_at),
            "updated_at": instants(np.where(done, up, np.where(begun, down, made_at))),
        }
    )


def fleet_lives(world: World, equipment: pl.DataFrame, maintenance: pl.DataFrame) -> list[Lives]:
    """Trucks go into the workshop and come back; work orders are made, begun and done."""
    begun = maintenance.filter(pl.col("down_from_at").is_not_null())
    goes = pl.when(pl.col("maintenance_type") == MaintenanceType.PREVENTIVE.value)
    into = goes.then(pl.lit(EquipmentStatus.MAINTENANCE.value)).otherwise(
        pl.lit(EquipmentStatus.REPAIR.value)
    )
    stays = begun.select(
        pl.col("equipment_id").alias("id"), "down_from_at", "up_at", status=into
    ).join(equipment.select(set(ABOUT) & set(equipment.columns)), on="id")
    changes = pl.concat(
        [
            equipment.select("id", at="created_at", status=pl.lit(EquipmentStatus.ACTIVE.value)),
            stays.select("id", at="down_from_at", status="status"),
            stays.filter(pl.col("up_at").is_not_null()).select(
                "id", at="up_at", status=pl.lit(EquipmentStatus.ACTIVE.value)
            ),
        ]
    )
    return [repeated("equipment", equipment, changes), _orders(maintenance)]


def _orders(maintenance: pl.DataFrame) -> Lives:
    return Lives(
        "equipment_maintenance",
        maintenance.select("client_id", "id", "location_id"),
        [
            (MaintenanceStatus.SCHEDULED, maintenance["created_at"]),
            (MaintenanceStatus.IN_PROGRESS, maintenance["started_at"]),
            (MaintenanceStatus.COMPLETED, maintenance["performed_at"]),
        ],
    )
