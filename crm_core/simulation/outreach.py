"""What sales does beside quoting: first touches, replies, follow-ups; and what marketing spends.

Which lead is reached when is decided in `crm_core.simulation.outcomes`.
"""

from typing import Final

import polars as pl

from crm_core.enums import MessageDirection, SalesActivityType
from crm_core.simulation.frames import money
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.organisation import World

CENTS_PER_LEAD: Final = {
    "pay_per_click": 4_800, "local_services": 3_400, "homestars": 2_900, "lead_broker": 2_400,
    "organic": 900, "map_listing": 400,
}  # fmt: skip
GREETED_SHARE, REPLY_SHARE = 0.6, 0.72
FOLLOWED_SHARE, IN_TIME_SHARE, FORGOTTEN_SHARE = 0.55, 0.80, 0.08
MAIL_SHARE = 0.3


def sales_activities(world: World, rows: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The system's greeting, the first call or mail, the customer's reply, the follow-up."""
    zones = pl.DataFrame(
        {"location_id": world.location_ids, "branch": range(len(world.location_ids))}
    )
    leads = rows["leads"].join(zones, on="location_id", maintain_order="left")
    end = world.plan.as_of.replace(tzinfo=None)
    parts = [
        _greetings(world, leads),
        _touches(world, leads),
        _replies(world, leads),
        _follow_ups(world, rows["quotes"].join(zones, on="location_id", maintain_order="left")),
    ]
    together = pl.concat(parts, how="diagonal").with_columns(
        pl.when(pl.col("completed_at") <= end).then("completed_at").alias("completed_at")
    ).filter(pl.col("made_at") <= end).sort("made_at", maintain_order=True)  # fmt: skip
    branch = together["branch"].to_numpy()

    def local(name: str) -> pl.Series:
        known = together[name].fill_null(end).dt.epoch("s").to_numpy()
        wall = pl.Series((world.zones.local(known, branch) * 1000).astype("datetime64[ms]"))
        return pl.select(pl.when(together[name].is_not_null()).then(wall)).to_series()

    completed, scheduled = local("completed_at"), local("scheduled_at")
    stamps = together["made_at"].dt.epoch("ms").to_numpy()
    return together.select(
        "client_id",
        "location_id",
        "owner_id",
        "lead_id",
        "customer_id",
        "type",
        "direction",
        "is_automatic",
        "scheduled_at",
        "completed_at",
        id=new_ids(stamps, world.rng("activity ids")),
        scheduled_on=scheduled.cast(pl.Date),
        completed_on=completed.cast(pl.Date),
        completed_local_at=completed,
        created_at="made_at",
        updated_at=pl.max_horizontal("made_at", "completed_at"),
    )


def _chance(world: World, purpose: str, count: int) -> pl.Series:
    return pl.Series("chance", world.rng(purpose).random(count))


def _of(
    leads: pl.DataFrame, kind: pl.Expr, direction: MessageDirection, *, automatic: bool
) -> pl.DataFrame:
    """Activities that happened at `at`."""
    return leads.select(
        "client_id", "location_id", "owner_id", "customer_id", "branch", lead_id="id",
        type=kind, direction=pl.lit(direction.value), is_automatic=pl.lit(automatic),
        scheduled_at=pl.lit(None, dtype=pl.Datetime("ms")), completed_at="at", made_at="at",
    )  # fmt: skip


MAIL = pl.lit(SalesActivityType.EMAIL.value)
CALL = pl.lit(SalesActivityType.PHONE_CALL.value)


def _greetings(world: World, leads: pl.DataFrame) -> pl.DataFrame:
    rows = leads.with_columns(_chance(world, "greetings", len(leads))).filter(
        pl.col("chance") < GREETED_SHARE
    )
    at = rows.with_columns(at=pl.col("received_at") + pl.duration(seconds=45))
    return _of(at, MAIL, MessageDirection.OUTBOUND, automatic=True)


def _touches(world: World, leads: pl.DataFrame) -> pl.DataFrame:
    rows = leads.with_columns(_chance(world, "touches", len(leads))).filter(
        pl.col("first_contacted_at").is_not_null()
    )
    kind = pl.when(pl.col("chance") < MAIL_SHARE).then(MAIL).otherwise(CALL)
    return _of(rows.with_columns(at="first_contacted_at"), kind, MessageDirection.OUTBOUND,
               automatic=False)  # fmt: skip


def _replies(world: World, leads: pl.DataFrame) -> pl.DataFrame:
    rows = leads.with_columns(_chance(world, "replies", len(leads))).filter(
        pl.col("first_contacted_at").is_not_null() & (pl.col("chance") < REPLY_SHARE)
    )
    wait = pl.duration(minutes=(pl.col("chance") * 2_000).cast(pl.Int64) + 1)
    return _of(rows.with_columns(at=pl.col("first_contacted_at") + wait), CALL,
               MessageDirection.INBOUND, automatic=False)  # fmt: skip


def _follow_ups(world: World, quotes: pl.DataFrame) -> pl.DataFrame:
    """Due two days after an offer went out; done in time, late, or never."""
    rng = world.rng("follow-ups")
    rows = quotes.with_columns(
        pl.Series("chance", rng.random(len(quotes))), pl.Series("care", rng.random(len(quotes)))
    ).filter(pl.col("sent_at").is_not_null() & (pl.col("chance") < FOLLOWED_SHARE))
    due = pl.col("sent_at") + pl.duration(hours=48)
    before = pl.duration(minutes=(pl.col("chance") * 1_500).cast(pl.Int64) + 10)
    after = pl.duration(hours=(pl.col("chance") * 100).cast(pl.Int64) + 25)
    done = (
        pl.when(pl.col("care") < IN_TIME_SHARE).then(due - before)
        .when(pl.col("care") < 1 - FORGOTTEN_SHARE).then(due + after)
    )  # fmt: skip
    return rows.select(
        "client_id", "location_id", "owner_id", "customer_id", "branch", "lead_id",
        type=pl.lit(SalesActivityType.FOLLOW_UP.value),
        direction=pl.lit(MessageDirection.OUTBOUND.value), is_automatic=pl.lit(False),
        scheduled_at=due.cast(pl.Datetime("ms")), completed_at=done.cast(pl.Datetime("ms")),
        made_at="sent_at",
    )  # fmt: skip


def marketing_spend(world: World, leads: pl.DataFrame) -> pl.DataFrame:
    """By branch, paid channel and month: a price per lead, booked when the month ends."""
    rng = world.rng("marketing")
    counted = (
        leads.filter(pl.col("source").is_in(list(CENTS_PER_LEAD)))
        .with_columns(month_on=pl.col("created_on").dt.truncate("1mo"))
        .filter(pl.col("month_on") >= world.plan.start_on)
        .group_by("client_id", "location_id", "source", "month_on", maintain_order=True)
        .agg(leads=pl.len())
        .sort("month_on", "location_id", "source")
    )
    price = counted["source"].replace_strict(CENTS_PER_LEAD).to_numpy()
    spread = 0.9 + 0.2 * rng.random(len(counted))
    cents = (counted["leads"].to_numpy() * price * spread).astype("int64")
    end = pl.lit(world.plan.as_of.replace(tzinfo=None)).cast(pl.Datetime("ms"))
    closing = pl.col("month_on").dt.month_end().cast(pl.Datetime("ms")) + pl.duration(hours=20)
    stamped = counted.with_columns(created_at=pl.min_horizontal(closing, end))
    return stamped.select(
        "client_id",
        "location_id",
        "source",
        "month_on",
        id=new_ids(stamped["created_at"].dt.epoch("ms").to_numpy(), rng),
        spend_amount=money(cents),
        created_at="created_at",
        updated_at="created_at",
    )
