"""Units, bookings and price changes as rows, with what became of them.

Who rents what is decided in `crm_core.simulation.storage`.
"""

from datetime import timedelta

import numpy as np
import polars as pl

from crm_core.enums import (
    BookingSource,
    BookingStatus,
    StorageReturnCondition,
    StorageSizeClass,
    StorageUnitStatus,
    StorageUnitType,
)
from crm_core.simulation.bills import Bills
from crm_core.simulation.frames import NEVER, Cents, choice, days, gather, instants, money, only
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.jobs import HOUR
from crm_core.simulation.money_in import Payments
from crm_core.simulation.organisation import Frames, World
from crm_core.simulation.rents import Rents, raised
from crm_core.simulation.sales import Sales
from crm_core.simulation.span import first_day
from crm_core.simulation.status_log import ABOUT, Lives, repeated
from crm_core.simulation.storage import STREET_RAISE_PCT, Rentals, Units, month_starts
from crm_core.simulation.zones import DAY, Index, Seconds, day_number

FOREVER = NEVER // DAY
NOTICE_DAYS, GRACE_DAYS = 35, 7
BROKEN_SHARE = 0.015
PENDING, ACTIVE, OVERDUE, COMPLETED, CANCELLED = range(5)
STATUSES = (
    BookingStatus.PENDING,
    BookingStatus.ACTIVE,
    BookingStatus.OVERDUE,
    BookingStatus.COMPLETED,
    BookingStatus.CANCELLED,
)


def storage_frames(
    world: World,
    sold: Sales,
    sites: Units,
    let: Rentals,
    ids: pl.Series,
    journeys: pl.DataFrame,
    paid: Cents,
    late: Index,
) -> tuple[Frames, list[Lives]]:
    """`ids`, `paid` (rent received) and `late` (rent past due) stand by booking."""
    rng = world.rng("storage rows")
    start = np.maximum(first_day(world) - 365, np.zeros(len(sites), dtype=np.int64))
    unit_ids = new_ids(start * DAY * 1000, rng)
    bookings, life = _bookings(world, rng, sold, let, ids, unit_ids, journeys, paid, late)
    let_units = _unit_frame(world, rng, sites, let, unit_ids, start * DAY)
    frames = {
        "storage_units": let_units,
        "storage_bookings": bookings,
        "storage_price_changes": _price_changes(world, rng, let, bookings),
    }
    return frames, [life, _unit_life(world, let_units, bookings)]


def booking_ids(world: World, let: Rentals) -> pl.Series:
    """Ids by booking, stamped with the day of the booking."""
    return new_ids(_booked_at(world, let) * 1000, world.rng("booking ids"))


def rent_standing(
    world: World, let: Rentals, months: Rents, made: Bills, paid: Payments
) -> tuple[Cents, Index]:
    """By booking: rent received, and how many of its bills are a week past due."""
    rental = (
        np.where(made.rent >= 0, months.rental[np.maximum(made.rent, 0)], -1)
        if len(months)
        else np.full(len(made), -1)
    )
    is_rent = rental >= 0
    received = paid.received(len(made)) - paid.returned(len(made))
    total = np.zeros(len(let), dtype=np.int64)
    np.add.at(total, rental[is_rent], received[is_rent])
    today = day_number(world.plan.until)
    open_still = is_rent & (received < made.priced.total) & (made.due_on + GRACE_DAYS < today)
    return total, np.bincount(rental[open_still], minlength=len(let))


def _booked_at(world: World, let: Rentals) -> Seconds:
    return world.zones.instants(let.booked_on * DAY + 11 * HOUR, let.branch)


def _unit_frame(
    world: World,
    rng: np.random.Generator,
    sites: Units,
    let: Rentals,
    ids: pl.Series,
    stamp: Seconds,
) -> pl.DataFrame:
    today = day_number(world.plan.until)
    status = np.where(rng.random(len(sites)) < BROKEN_SHARE, 3, 0)
    held = ~let.is_called_off & (let.ends_on > today)
    taken = held & (let.starts_on <= today)
    status[let.unit[held & ~taken]] = 1
    status[let.unit[taken]] = 2
    statuses = [
        StorageUnitStatus.AVAILABLE,
        StorageUnitStatus.RESERVED,
        StorageUnitStatus.OCCUPIED,
        StorageUnitStatus.MAINTENANCE,
    ]
    years = (today - first_day(world)) // 365
    street = sites.base * (100 + STREET_RAISE_PCT * years) // 10_000 * 100
    feet = np.array([s[:3] for s in sites.size] or [(1.0, 1.0, 1.0)])
    width, length, height = (pl.Series(feet[sites.which, n] * 100).cast(pl.Int64) for n in range(3))
    area = feet[:, 0] * feet[:, 1]
    klass = np.searchsorted([60, 110, 180], area[sites.which], side="right")
    classes = list(StorageSizeClass)[:4]
    types = {"POD": StorageUnitType.POD.value, "LOCKER": StorageUnitType.LOCKER.value}
    made = instants(stamp)
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(sites), eager=True),
            "id": ids,
            "location_id": world.location_ids.gather(sites.branch),
            "unit_number": pl.Series(sites.number).cast(pl.String).str.zfill(3),
            "type": choice(
                [types.get(b.storage.value, "LOCKER") for b in world.company.branches], sites.branch
            ),
            "size_class": choice([c.value for c in classes], klass),
            "status": choice([s.value for s in statuses], status),
            "width_ft": money(width.to_numpy()),
            "length_ft": money(length.to_numpy()),
            "height_ft": money(height.to_numpy()),
            "area_sq_ft": money((area * 100).astype(np.int64)[sites.which]),
            "base_amount": money(sites.base),
            "current_amount": money(street),
            "zone": choice(["A", "B", "C", "D"], sites.number // 40 % 4),
            "created_at": made,
            "updated_at": made,
        }
    )


def _bookings(
    world: World,
    rng: np.random.Generator,
    sold: Sales,
    let: Rentals,
    ids: pl.Series,
    unit_ids: pl.Series,
    journeys: pl.DataFrame,
    paid: Cents,
    late: Index,
) -> tuple[pl.DataFrame, Lives]:
    end, today = world.as_of, day_number(world.plan.until)
    booked_at = _booked_at(world, let)
    started_at = world.zones.instants(let.starts_on * DAY + 14 * HOUR, let.branch)
    gone = ~let.is_called_off & (let.ends_on < FOREVER)
    left_at = world.zones.instants(np.where(gone, let.ends_on, 0) * DAY + 9 * HOUR, let.branch)
    begun = ~let.is_called_off & (started_at <= end)
    left = gone & (left_at <= end)
    status = np.select(
        [let.is_called_off, left, begun & (late > 0), begun],
        [CANCELLED, COMPLETED, OVERDUE, ACTIVE],
        default=PENDING,
    )
    conditions = [StorageReturnCondition.GOOD.value, StorageReturnCondition.DAMAGED.value]
    about = sold.columns.select("client_id", "location_id", "owner_id", "customer_id")[let.lead]
    off_at = world.zones.instants(let.starts_on * DAY - 12 * HOUR, let.branch)
    months = np.maximum((today - let.starts_on) // 28, 0) + 2
    following = month_starts(let.starts_on, months)
    for step in range(3):
        earlier = month_starts(let.starts_on, months - step)
        following = np.where(earlier > today, earlier, following)
    is_open = (status == ACTIVE) | (status == OVERDUE)
    following = np.where(status == PENDING, let.starts_on, following)
    overdue_at = np.full(len(let), np.int64(end - 3 * HOUR))
    updated = np.select(
        [let.is_called_off, left, begun], [np.minimum(off_at, end), left_at, started_at], booked_at
    )
    frame = pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": ids,
            "location_id": world.location_ids.gather(let.branch),
            "owner_id": about["owner_id"],
            "unit_id": unit_ids.gather(let.unit),
            "customer_id": about["customer_id"],
            "journey_id": gather(journeys["id"], let.job),
            "status": choice([s.value for s in STATUSES], status),
            "source": choice([s.value for s in BookingSource], rng.integers(0, 4, len(let))),
            "starts_on": days(let.starts_on),
            "ends_on": days(let.ends_on, let.is_called_off | left),
            "activated_on": days(let.starts_on, begun),
            "moved_out_on": days(let.ends_on, left),
            "cancelled_on": days(let.starts_on - 1, let.is_called_off),
            "cancellation_reason": only(
                pl.repeat("plans changed", len(let), eager=True), let.is_called_off
            ),
            "return_condition": choice(conditions, (rng.random(len(let)) < 0.04) * 1, left),
            "rate_amount": money(let.rate),
            "discount_amount": money(let.discount),
            "paid_amount": money(paid),
            "next_invoice_on": days(following, is_open | (status == PENDING)),
            "created_at": instants(booked_at),
            "updated_at": instants(np.maximum(updated, booked_at)),
        }
    )
    # A called-off booking's end must lie after its start.
    frame = frame.with_columns(
        pl.when(pl.col("status") != BookingStatus.CANCELLED.value).then("ends_on").alias("ends_on")
    )
    steps = [
        (BookingStatus.PENDING, frame["created_at"]),
        (BookingStatus.ACTIVE, instants(started_at, begun)),
        (BookingStatus.OVERDUE, instants(overdue_at, status == OVERDUE)),
        (BookingStatus.COMPLETED, instants(left_at, left)),
        (BookingStatus.CANCELLED, instants(np.minimum(off_at, end), let.is_called_off)),
    ]
    return frame, Lives("storage_bookings", frame.select(ABOUT), steps)


def _price_changes(
    world: World, rng: np.random.Generator, let: Rentals, bookings: pl.DataFrame
) -> pl.DataFrame:
    """One row per yearly raise that has been announced."""
    today = day_number(world.plan.until)
    last = np.minimum(let.ends_on - 1, today + NOTICE_DAYS)
    years = np.where(let.is_called_off, 0, np.maximum((last - let.starts_on) // 365, 0))
    row = np.repeat(np.arange(len(let)), years)
    year = np.arange(len(row)) - np.repeat(np.cumsum(years) - years, years) + 1
    effective = let.starts_on[row] + year * 365
    known = effective - NOTICE_DAYS <= today - 1
    row, year, effective = row[known], year[known], effective[known]
    about = bookings.select("client_id", "id", "location_id", "owner_id")[row]
    at = (effective - NOTICE_DAYS) * DAY + 15 * HOUR
    return pl.DataFrame(
        {
            "client_id": about["client_id"],
            "id": new_ids(at * 1000, rng),
            "location_id": about["location_id"],
            "owner_id": about["owner_id"],
            "booking_id": about["id"],
            "old_amount": money(raised(let.rate[row], year - 1)),
            "new_amount": money(raised(let.rate[row], year)),
            "currency": pl.repeat("CAD", len(row), eager=True),
            "notified_on": days(effective - NOTICE_DAYS),
            "effective_on": days(effective),
            "reason": pl.repeat("yearly review", len(row), eager=True),
            "created_at": instants(at),
            "updated_at": instants(at),
        }
    )


def _unit_life(world: World, units: pl.DataFrame, bookings: pl.DataFrame) -> Lives:
    """Free, reserved, let, free again; what is broken now broke some days ago."""
    broke_at = pl.lit(world.plan.as_of.replace(tzinfo=None) - timedelta(hours=1))
    broken = units.filter(pl.col("status") == StorageUnitStatus.MAINTENANCE.value)
    held = bookings.filter(pl.col("status") != BookingStatus.CANCELLED.value)

    def stage(status: StorageUnitStatus, at: pl.Expr) -> pl.DataFrame:
        rows = held.select(id="unit_id", at=at.cast(pl.Datetime("ms")), status=pl.lit(status.value))
        return rows.filter(pl.col("at").is_not_null())

    noon = pl.duration(hours=12)
    changes = pl.concat(
        [
            units.select("id", at="created_at", status=pl.lit(StorageUnitStatus.AVAILABLE.value)),
            broken.select("id", at=broke_at.cast(pl.Datetime("ms")), status="status"),
            stage(StorageUnitStatus.RESERVED, pl.col("created_at")),
            stage(
                StorageUnitStatus.OCCUPIED,
                pl.when(pl.col("activated_on").is_not_null()).then(
                    pl.max_horizontal(
                        pl.col("activated_on").cast(pl.Datetime("ms")) + noon,
                        pl.col("created_at") + pl.duration(minutes=1),
                    )
                ),
            ),
            stage(
                StorageUnitStatus.AVAILABLE, pl.col("moved_out_on").cast(pl.Datetime("ms")) + noon
            ),
        ]
    )
    return repeated("storage_units", units, changes)
