"""M01 to M06: messages to customers: delivered, read, failed, and what came of them.

First touches of leads are in `sales`.
"""

import polars as pl

from crm_core.simulation.truth.business import OFF
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import seconds

READ = {
    "communications": (
        "id", "customer_id", "journey_id", "template_id", "location_id", "type", "direction",
        "status", "sent_at", "sent_on", "delivered_at", "read_at", "failed_at", "failure_reason",
    ),
    "templates": ("id", "name", "category"),
}  # fmt: skip

WEEK = 7 * 86_400
REMINDER = "(?i)reminder"
AHEAD_SECONDS = 24 * 3_600


def outbound(rows: Rows) -> pl.DataFrame:
    """Messages that left or tried to, with the name of their template: channel, template, on."""
    names = rows["templates"].select(
        pl.col("id").alias("template_id"), pl.col("name").alias("template"), "category"
    )
    return (
        rows["communications"]
        .filter(
            (pl.col("direction") == "OUTBOUND")
            & (pl.col("sent_at").is_not_null() | (pl.col("status") == "FAILED"))
        )
        .join(names, on="template_id", how="left")
        .with_columns(pl.col("type").alias("channel"), pl.col("sent_on").alias("on"))
    )


def outcomes(rows: Rows) -> pl.DataFrame:
    """M01 delivered or read ÷ sent, M02 read ÷ delivered, M03 failed ÷ attempted; by day sent."""
    read = pl.col("read_at").is_not_null()
    arrived = (pl.col("delivered_at").is_not_null() | read).cast(pl.Int64)
    tried = rows.dated(rows.once(outbound), "failed_at", "failed_on")
    return tried.select(
        "location_id", pl.coalesce("on", "failed_on").alias("on"),
        pl.col("sent_at").is_not_null().cast(pl.Int64).alias("sent"),
        arrived.alias("delivered"), read.cast(pl.Int64).alias("read"),
        (pl.col("status") == "FAILED").cast(pl.Int64).alias("failed"),
        pl.lit(1).alias("attempted"),
        seconds("sent_at", "delivered_at").alias("delay"), "channel", "template",
        pl.col("failure_reason").alias("reason"),
    )  # fmt: skip


def failures(rows: Rows) -> pl.DataFrame:
    """M03 by reason: share of the failed."""
    return (
        rows.once(outcomes)
        .filter(pl.col("failed") == 1)
        .select("location_id", "on", pl.lit(1).alias("value"), "reason")
    )


def effects(rows: Rows) -> pl.DataFrame:
    """M05: a booking or a reply within 7 days ÷ delivered, of messages from a template."""
    arrived = rows.once(outbound).filter(
        pl.col("delivered_at").is_not_null() & pl.col("template").is_not_null()
    )
    booked = rows["quotes"].filter(pl.col("accepted_at").is_not_null())
    said = rows["communications"].filter(pl.col("direction") == "INBOUND")
    answers = pl.concat(
        [
            booked.select("customer_id", pl.col("accepted_at").alias("at")),
            said.select("customer_id", pl.col("sent_at").alias("at")),
        ]
    ).filter(pl.col("at").is_not_null())
    after = seconds("delivered_at", "at")
    hit = (
        arrived.select("id", "customer_id", "delivered_at")
        .join(answers, on="customer_id")
        .filter((after >= 0) & (after <= WEEK))
        .get_column("id")
    )
    return arrived.select(
        "location_id", "on", pl.col("id").is_in(hit.implode()).cast(pl.Int64).alias("num"),
        pl.lit(1).alias("den"), "template", "channel",
    )  # fmt: skip


def reminders(rows: Rows) -> pl.DataFrame:
    """M06: jobs with a reminder delivered at least 24 h before the start ÷ jobs, by service date.

    A reminder is a message whose template or its category is named so.
    """
    named = pl.col("template").str.contains(REMINDER) | pl.col("category").str.contains(REMINDER)
    first = (
        rows.once(outbound)
        .filter(named.fill_null(False) & pl.col("delivered_at").is_not_null())
        .group_by(pl.col("journey_id").alias("id"))
        .agg(pl.col("delivered_at").min().alias("reminded_at"))
    )
    held = rows["truck_journeys"].filter(
        (pl.col("status") != OFF) & (pl.col("service_on") <= rows.until)
    )
    if first.is_empty():
        held = held.head(0)
    early = seconds("reminded_at", "planned_start_at") >= AHEAD_SECONDS
    return held.join(first, on="id", how="left").select(
        "location_id", pl.col("service_on").alias("on"),
        early.fill_null(False).cast(pl.Int64).alias("num"), pl.lit(1).alias("den"),
        pl.col("service_type").alias("service"),
    )  # fmt: skip


UP, DOWN = Direction.UP, Direction.DOWN
_BOTH = ("channel", "template")

KPIS = (
    Kpi("M01", outcomes, Unit.PERCENT, UP, "sent", _BOTH, Kind.RATIO, num="delivered", den="sent"),
    Kpi("M02", outcomes, Unit.PERCENT, UP, "sent", _BOTH, Kind.RATIO, num="read", den="delivered"),
    Kpi("M03", outcomes, Unit.PERCENT, DOWN, "sent", _BOTH, Kind.RATIO,
        num="failed", den="attempted"),
    Kpi("M03_reason", failures, Unit.PERCENT, Direction.NONE, "sent", ("reason",), Kind.SHARE),
    Kpi("M04", outcomes, Unit.SECONDS, DOWN, "sent", ("channel",), Kind.P90, value="delay"),
    Kpi("M05", effects, Unit.PERCENT, UP, "sent", ("template",), Kind.RATIO),
    Kpi("M06", reminders, Unit.PERCENT, UP, "service", ("service",), Kind.RATIO),
)  # fmt: skip
