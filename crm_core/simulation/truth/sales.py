"""S01 to S13: leads, first touches and what becomes of quotes.

Bookings, spend and customers are in `sales_booked` and `sales_return`.
"""

import polars as pl

from crm_core.simulation.truth.business import decided, leads
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import seconds, standing, with_open_seconds

READ = {
    "sales_activities": (
        "lead_id", "type", "direction", "is_automatic", "completed_at", "scheduled_on",
        "completed_on", "owner_id", "location_id", "cost_amount",
    ),
    "communications": (
        "lead_id", "customer_id", "direction", "is_automatic", "sent_at", "delivered_at",
        "read_at", "failed_at", "type", "status", "failure_reason", "template_id", "sent_on",
        "journey_id", "location_id",
    ),
}  # fmt: skip

CONVERSATIONS = ["PHONE_CALL", "MEETING", "DEMO", "SITE_VISIT"]
"""Activities in which both sides speak."""
QUALIFIED = ["QUALIFIED", "PROPOSAL_SENT", "NEGOTIATION", "WON"]
SLA_SECONDS = 15 * 60
DAY = 86_400
UNTOUCHED_SECONDS = 3_600


def new_leads(rows: Rows) -> pl.DataFrame:
    """S01: count of leads that are no duplicates, by the day they were created."""
    return rows.once(leads).select(
        "location_id",
        pl.col("created_on").alias("on"),
        pl.lit(1).alias("value"),
        "source",
        "priority",
        pl.col("estimated_move_on").dt.strftime("%Y-%m").alias("move_month"),
    )


def touches(rows: Rows) -> pl.DataFrame:
    """Touches of leads by people: lead_id, at, is_ours, is_two_way.

    Ours is what we sent and every conversation: a letter of the customer is no touch by us.
    """
    ours = pl.col("direction") == "OUTBOUND"
    spoken = pl.col("type").is_in(CONVERSATIONS)
    kinds = (ours | spoken).alias("is_ours"), (~ours | spoken).alias("is_two_way")
    first = rows["leads"].select(
        pl.col("id").alias("lead_id"),
        pl.col("first_contacted_at").alias("at"),
        pl.lit(True).alias("is_ours"),
        pl.lit(False).alias("is_two_way"),
    )
    done, said = (
        rows[table].filter(~pl.col("is_automatic")).select(
            "lead_id", pl.col(at).alias("at"), *kinds
        )
        for table, at in (("sales_activities", "completed_at"), ("communications", "sent_at"))
    )  # fmt: skip
    return pl.concat([first, done, said]).filter(
        pl.col("lead_id").is_not_null() & pl.col("at").is_not_null()
    )


def first_touches(rows: Rows) -> pl.DataFrame:
    """The first touch by one of us: id of the lead, touched_at."""
    return (
        rows.once(touches)
        .filter("is_ours")
        .group_by(pl.col("lead_id").alias("id"))
        .agg(pl.col("at").min().alias("touched_at"))
    )


def responses(rows: Rows) -> pl.DataFrame:
    """S02 median(first touch by a person - received), by the clock and in open hours.

    S03: touched within 15 min ÷ leads. A touch before the lead counts as one at once.
    """
    known = rows.once(leads).join(rows.once(first_touches), on="id", how="left")
    is_touched = pl.col("touched_at").is_not_null()
    known = known.with_columns(
        pl.when(is_touched).then(pl.max_horizontal("touched_at", "received_at")).alias("touched_at")
    )
    wall = rows.at_wall(known, "received_at", "received_wall")
    wall = rows.at_wall(wall, "touched_at", "touched_wall")
    for column in ("received", "touched"):
        wall = with_open_seconds(rows, wall, f"{column}_wall", f"{column}_open")
    clock = seconds("received_at", "touched_at")
    return wall.select(
        "location_id",
        pl.col("created_on").alias("on"),
        clock.alias("clock"),
        (pl.col("touched_open") - pl.col("received_open")).alias("business"),
        (clock <= SLA_SECONDS).fill_null(False).cast(pl.Int64).alias("quick"),
        pl.lit(1).alias("leads"),
        pl.col("owner_id").alias("rep"),
        "source",
        pl.col("received_wall").dt.hour().alias("hour"),
    )


def meetings(rows: Rows) -> pl.DataFrame:
    """S04: leads with a two-way touch within 24 h ÷ leads.

    Two-way is what the customer wrote or said, and every conversation: call, visit, meeting.
    """
    met = (
        rows.once(touches)
        .filter("is_two_way")
        .group_by(pl.col("lead_id").alias("id"))
        .agg(pl.col("at").min().alias("met_at"))
    )
    known = rows.once(leads) if len(met) else rows.once(leads).head(0)
    quick = (seconds("received_at", "met_at") <= DAY).fill_null(False)
    return known.join(met, on="id", how="left").select(
        "location_id", pl.col("created_on").alias("on"), quick.cast(pl.Int64).alias("num"),
        pl.lit(1).alias("den"), "source",
    )  # fmt: skip


def cohorts(rows: Rows) -> pl.DataFrame:
    """S05 to S07: leads of a month ever qualified, ever sent a quote, ever booked ÷ leads.

    Booked at n days: the first acceptance is at most n days after the day of the lead.
    """
    past = rows.changes("leads").filter(pl.col("to_status").is_in(QUALIFIED))
    sent = rows["quotes"].filter(pl.col("sent_at").is_not_null()).get_column("lead_id")
    accepted = (
        rows["quotes"]
        .filter(pl.col("accepted_on").is_not_null())
        .group_by(pl.col("lead_id").alias("id"))
        .agg(pl.col("accepted_on").min())
    )
    found = rows.once(leads).join(accepted, on="id", how="left")
    days = (pl.col("accepted_on") - pl.col("created_on")).dt.total_days()
    ever = pl.col("id").is_in(past.get_column("entity_id").implode()) | pl.col("status").is_in(
        QUALIFIED
    )
    return found.select(
        "location_id",
        pl.col("created_on").alias("on"),
        pl.lit(1).alias("leads"),
        ever.cast(pl.Int64).alias("qualified"),
        pl.col("id").is_in(sent.implode()).cast(pl.Int64).alias("quoted"),
        days.is_not_null().cast(pl.Int64).alias("booked"),
        *((days <= n).fill_null(False).cast(pl.Int64).alias(f"booked_{n}") for n in (30, 60, 90)),
        pl.col("owner_id").alias("rep"),
        "source",
        pl.col("move_size").alias("size"),
    )


def decisions(rows: Rows) -> pl.DataFrame:
    """S08, S09, S13: per decided family won, its value, expired; on the day of the decision."""
    won = pl.col("is_won")
    return rows.once(decided).select(
        "location_id",
        pl.col("decided_on").alias("on"),
        pl.lit(1).alias("decided"),
        won.cast(pl.Int64).alias("won"),
        (pl.col("status") == "EXPIRED").cast(pl.Int64).alias("expired"),
        pl.col("net").alias("decided_value"),
        pl.when(won).then("net").otherwise(pl.col("net") * 0).alias("won_value"),
        pl.col("owner_id").alias("rep"),
        pl.col("service_type").alias("service"),
    )


def losses(rows: Rows) -> pl.DataFrame:
    """S20: lost quotes by reason, one per family; an expired one's reason is its expiry."""
    return (
        rows.once(decided)
        .filter(~pl.col("is_won"))
        .select(
            "location_id",
            pl.col("decided_on").alias("on"),
            pl.lit(1).alias("value"),
            pl.when(pl.col("status") == "EXPIRED")
            .then(pl.lit("EXPIRED"))
            .otherwise("rejection_reason")
            .alias("reason"),
        )
    )


def time_to_quote(rows: Rows) -> pl.DataFrame:
    """S10: median(first sent - lead received), by the lead's day, in hours."""
    sent = rows["quotes"].group_by(pl.col("lead_id").alias("id")).agg(pl.col("sent_at").min())
    return (
        rows.once(leads)
        .join(sent, on="id")
        .filter(pl.col("sent_at").is_not_null())
        .select(
            "location_id",
            pl.col("created_on").alias("on"),
            seconds("received_at", "sent_at").alias("value"),
            pl.col("owner_id").alias("rep"),
            "source",
        )
    )


def views(rows: Rows) -> pl.DataFrame:
    """S12: quotes that were viewed ÷ quotes sent, by the day of sending."""
    seen = rows.changes("quotes").filter(pl.col("to_status") == "VIEWED").get_column("entity_id")
    viewed = pl.col("viewed_at").is_not_null() | pl.col("id").is_in(seen.implode())
    return (
        rows["quotes"]
        .filter(pl.col("sent_on").is_not_null())
        .select(
            "location_id",
            pl.col("sent_on").alias("on"),
            viewed.cast(pl.Int64).alias("num"),
            pl.lit(1).alias("den"),
            pl.col("owner_id").alias("rep"),
            pl.col("service_type").alias("service"),
        )
    )


def follow_ups(rows: Rows) -> pl.DataFrame:
    """S24: activities completed by the due day ÷ activities due, by the due day so far."""
    in_time = (pl.col("completed_on") <= pl.col("scheduled_on")).fill_null(False)
    return (
        rows["sales_activities"]
        .filter(pl.col("scheduled_on") <= rows.until)
        .select(
            "location_id",
            pl.col("scheduled_on").alias("on"),
            in_time.cast(pl.Int64).alias("num"),
            pl.lit(1).alias("den"),
            pl.col("owner_id").alias("rep"),
            "type",
        )
    )


def untouched(rows: Rows) -> pl.DataFrame:
    """S25: leads NEW at the end of the day, untouched for more than an hour of open hours."""
    left = (
        rows.changes("leads")
        .filter(pl.col("from_status") == "NEW")
        .group_by("entity_id")
        .agg(pl.col("occurred_at").min().alias("left_at"))
    )
    known = (
        rows.once(leads)
        .join(rows.once(first_touches), on="id", how="left")
        .join(left, left_on="id", right_on="entity_id", how="left")
        .with_columns(pl.min_horizontal("touched_at", "left_at").alias("done_at"))
    )
    gone = pl.col("status").is_in(["NEW"]).not_() & pl.col("done_at").is_null()
    dated = rows.dated(known.filter(~gone), "done_at", "done_on")
    waiting = rows.at_wall(
        standing(dated, "created_on", "done_on", rows.ends), "received_at", "wall"
    ).with_columns((pl.col("on") + pl.duration(days=1)).cast(pl.Datetime("ms")).alias("midnight"))
    waiting = with_open_seconds(rows, waiting, "wall", "since")
    waiting = with_open_seconds(rows, waiting, "midnight", "upto")
    late = pl.col("upto") - pl.col("since") > UNTOUCHED_SECONDS
    return waiting.filter(late).select("location_id", "on", pl.lit(1).alias("value"), "source")


UP, DOWN = Direction.UP, Direction.DOWN
_REP = ("rep", "source")
_BY_LEAD = "lead / created"

KPIS = (
    Kpi("S01", new_leads, Unit.NUMBER, UP, "day / created", ("source", "priority", "move_month")),
    Kpi("S02_clock", responses, Unit.MINUTES, DOWN, _BY_LEAD, (*_REP, "hour"), Kind.MEDIAN,
        value="clock", per=60),
    Kpi("S02_business", responses, Unit.MINUTES, DOWN, _BY_LEAD, (*_REP, "hour"), Kind.MEDIAN,
        value="business", per=60),
    Kpi("S03", responses, Unit.PERCENT, UP, _BY_LEAD, _REP, Kind.RATIO, num="quick", den="leads"),
    Kpi("S04", meetings, Unit.PERCENT, UP, _BY_LEAD, ("source",), Kind.RATIO),
    Kpi("S05_cohort", cohorts, Unit.PERCENT, UP, "month cohort", ("source",), Kind.RATIO,
        num="qualified", den="leads", matures_days=90),
    Kpi("S06_cohort", cohorts, Unit.PERCENT, UP, "month cohort", _REP, Kind.RATIO,
        num="quoted", den="leads", matures_days=90),
    Kpi("S07_cohort", cohorts, Unit.PERCENT, UP, "month cohort", (*_REP, "size"), Kind.RATIO,
        num="booked", den="leads", matures_days=90),
    *(
        Kpi(f"S07_cohort_{n}", cohorts, Unit.PERCENT, UP, "month cohort", (*_REP, "size"),
            Kind.RATIO, num=f"booked_{n}", den="leads", matures_days=n)
        for n in (30, 60, 90)
    ),
    Kpi("S08", decisions, Unit.PERCENT, UP, "decision", ("rep", "service"), Kind.RATIO,
        num="won", den="decided"),
    Kpi("S09", decisions, Unit.PERCENT, UP, "decision", ("service",), Kind.RATIO,
        num="won_value", den="decided_value"),
    Kpi("S10", time_to_quote, Unit.HOURS, DOWN, "lead / created", ("rep",), Kind.MEDIAN, per=3600),
    Kpi("S12", views, Unit.PERCENT, UP, "sent", ("rep", "service"), Kind.RATIO),
    Kpi("S13", decisions, Unit.PERCENT, DOWN, "decision", ("rep",), Kind.RATIO,
        num="expired", den="decided"),
    Kpi("S20", losses, Unit.PERCENT, Direction.NONE, "decision", ("reason",), Kind.SHARE),
    Kpi("S24", follow_ups, Unit.PERCENT, UP, "due", ("rep",), Kind.RATIO),
    Kpi("S25", untouched, Unit.NUMBER, DOWN, "as-of", ("source",)),
)  # fmt: skip
