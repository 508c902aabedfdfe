"""S11, S14 to S19 and S21 to S23: booked moves, their value, the pipeline and cancellations.

A booked move is the first acceptance of a quote family.
"""

from datetime import date, timedelta

import polars as pl

from crm_core.simulation.truth.business import bookings, decided, jobs
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import seconds, standing

READ = {"quote_items": ("quote_id", "category", "is_selected")}

AGE_BANDS = ((7, "0-7"), (30, "8-30"))
OLDEST = "31+"
LATE_SECONDS = 72 * 3_600
MONTHS_AHEAD = 3
ATTACHED = {
    "packing": "PACKING_SERVICES",
    "storage": "STORAGE_SERVICES",
    "valuation": "INSURANCE",
}
NOTICE = ((3, "0-3"), (7, "4-7"), (30, "8-30"))


def booked(rows: Rows) -> pl.DataFrame:
    """S11 median(booked - lead received); S14 Σ value ÷ bookings; S16 count and Σ value."""
    return rows.once(bookings).select(
        "location_id",
        pl.col("accepted_on").alias("on"),
        seconds("lead_received_at", "accepted_at").alias("cycle"),
        pl.lit(1).alias("value"),
        "net",
        "source",
        pl.col("owner_id").alias("rep"),
        pl.col("service_type").alias("service"),
        pl.col("move_size").alias("size"),
        pl.col("service_on").dt.strftime("%Y-%m").alias("service_month"),
    )


def job_value(rows: Rows) -> pl.DataFrame:
    """S15: Σ invoiced before tax ÷ completed journeys, by service date."""
    return rows.once(jobs).select(
        "location_id",
        pl.col("service_on").alias("on"),
        pl.col("revenue").alias("num"),
        pl.lit(1).alias("den"),
        "service",
        "size",
    )


def pace(rows: Rows) -> pl.DataFrame:
    """S17: bookings of the coming month known by the day ÷ the same a year before - 1.

    Numerator: this year's less last year's; denominator: last year's. The coming months up to the
    third are the dimension; the figure is of all three together.
    """
    known = rows.once(bookings).select("location_id", "accepted_on", "service_on")
    parts = []
    for day in rows.ends:
        before = _year_before(day)
        if before < rows.ends[0]:
            continue
        for ahead in range(1, MONTHS_AHEAD + 1):
            now, then = _known(known, day, ahead), _known(known, before, ahead)
            parts.append(
                pl.concat(
                    [
                        now.with_columns(pl.lit(1).alias("num"), pl.lit(0).alias("den")),
                        then.with_columns(pl.lit(-1).alias("num"), pl.lit(1).alias("den")),
                    ]
                ).with_columns(pl.lit(day).alias("on"), pl.lit(ahead).alias("months_ahead"))
            )
    return pl.concat(parts) if parts else known.head(0).with_columns(on=pl.lit(rows.until))


def _known(known: pl.DataFrame, day: date, ahead: int) -> pl.DataFrame:
    month = day.replace(day=1)
    for _ in range(ahead):
        month = (month + timedelta(days=32)).replace(day=1)
    return known.filter(
        (pl.col("accepted_on") <= day) & (pl.col("service_on").dt.truncate("1mo") == month)
    ).select("location_id")


def _year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)


def offers(rows: Rows) -> pl.DataFrame:
    """Quotes out at each month end: valid, undecided, the latest version; with stage and age."""
    quotes = rows["quotes"]
    replaced = quotes.select(
        "family_id", (pl.col("version") - 1).alias("version"),
        pl.col("created_on").alias("replaced_on"),
    )  # fmt: skip
    superseded = (
        rows.changes("quotes")
        .filter(pl.col("to_status") == "SUPERSEDED")
        .group_by(pl.col("entity_id").alias("id"))
        .agg(pl.col("on").min().alias("superseded_on"))
    )
    sources = rows["leads"].select(pl.col("id").alias("lead_id"), "source")
    known = (
        quotes.filter(pl.col("sent_on").is_not_null())
        .join(replaced, on=["family_id", "version"], how="left")
        .join(superseded, on="id", how="left")
        .join(sources, on="lead_id", how="left")
        .with_columns(
            (pl.col("valid_until_on") + pl.duration(days=1)).alias("lapsed_on"),
            (pl.col("subtotal_amount") - pl.col("discount_amount")).alias("net"),
        )
        .with_columns(
            pl.min_horizontal("decided_on", "replaced_on", "superseded_on", "lapsed_on").alias(
                "closed_on"
            )
        )
    )
    viewed = rows.dated(known, "viewed_at", "viewed_on")
    age = (pl.col("on") - pl.col("sent_on")).dt.total_days()
    return standing(viewed, "sent_on", "closed_on", rows.ends).with_columns(
        pl.when(pl.col("viewed_on") <= pl.col("on"))
        .then(pl.lit("VIEWED"))
        .otherwise(pl.lit("SENT"))
        .alias("stage"),
        age_band(age).alias("age"),
    )


def age_band(days: pl.Expr) -> pl.Expr:
    """The band of an age in days."""
    band = pl.lit(OLDEST)
    for upto, name in reversed(AGE_BANDS):
        band = pl.when(days <= upto).then(pl.lit(name)).otherwise(band)
    return band


def pipeline(rows: Rows) -> pl.DataFrame:
    """S18: Σ value before tax of the latest versions that are sent or viewed and not expired."""
    return rows.once(offers).select(
        "location_id", "on", pl.col("net").alias("value"), "stage", "age", "source"
    )


def weighted_pipeline(rows: Rows) -> pl.DataFrame:
    """S19: Σ value × share won of the families decided in the 12 months up to the day.

    Per branch, source and age band; the share is of those that were still open when they came into
    the band. A cell without any counts nothing; each cell is rounded half up to the cent.
    """
    past = rows.once(decided).filter(pl.col("sent_on").is_not_null())
    age = (pl.col("decided_on") - pl.col("sent_on")).dt.total_days()
    reached = pl.concat(
        past.filter(age >= since).select(
            "location_id", "source", "decided_on", pl.lit(name).alias("age"), "is_won"
        )
        for since, name in zip((0, *(upto + 1 for upto, _ in AGE_BANDS)),
                               (*(name for _, name in AGE_BANDS), OLDEST), strict=True)
    )  # fmt: skip
    cell = ["location_id", "source", "age"]
    chances = pl.concat(
        reached.filter((pl.col("decided_on") <= day) & (pl.col("decided_on") > _year_before(day)))
        .group_by(cell)
        .agg(pl.col("is_won").sum().cast(pl.Int64).alias("won"), pl.len().alias("of"))
        .with_columns(pl.lit(day).alias("on"))
        for day in rows.ends
    )
    values = (
        rows.once(offers)
        .group_by(*cell, "on")
        .agg((pl.col("net").sum() * 100).cast(pl.Int64).alias("cents"))
    )
    twice = pl.col("of").cast(pl.Int64) * 2
    weighted = (pl.col("cents") * pl.col("won") * 2 + pl.col("of").cast(pl.Int64)) // twice
    return values.join(chances, on=[*cell, "on"], nulls_equal=True).select(
        "location_id", "on", (weighted.cast(pl.Decimal(20, 2)) / 100).alias("value"),
        "source", "age",
    )  # fmt: skip


def attached(rows: Rows) -> pl.DataFrame:
    """S21: bookings with at least one selected line of a category ÷ bookings."""
    lines = rows["quote_items"].filter(pl.col("is_selected"))
    found = rows.once(bookings)
    return found.select(
        "location_id",
        pl.col("accepted_on").alias("on"),
        pl.lit(1).alias("den"),
        *(
            pl.col("id")
            .is_in(lines.filter(pl.col("category") == category).get_column("quote_id").implode())
            .cast(pl.Int64)
            .alias(name)
            for name, category in ATTACHED.items()
        ),
        pl.col("owner_id").alias("rep"),
        pl.col("service_type").alias("service"),
    )


def cancelled_by_service(rows: Rows) -> pl.DataFrame:
    """S22 by service month: bookings of which every journey is cancelled ÷ bookings."""
    return rows.once(bookings).select(
        "location_id",
        pl.col("service_on").alias("on"),
        pl.col("is_cancelled").cast(pl.Int64).alias("num"),
        pl.lit(1).alias("den"),
        "source",
    )


def cancelled_by_day(rows: Rows) -> pl.DataFrame:
    """S22 by cancel date: bookings cancelled in the month ÷ bookings made in the month."""
    found = rows.once(bookings)
    made = found.select(
        "location_id", pl.col("accepted_on").alias("on"), pl.lit(0).alias("num"),
        pl.lit(1).alias("den"), "source",
    )  # fmt: skip
    gone = found.filter("is_cancelled").select(
        "location_id", pl.col("cancelled_on").alias("on"), pl.lit(1).alias("num"),
        pl.lit(0).alias("den"), "source",
    )  # fmt: skip
    return pl.concat([made, gone])


def late_cancellations(rows: Rows) -> pl.DataFrame:
    """S23: cancelled less than 72 h before the first planned start ÷ cancelled bookings."""
    notice = seconds("cancelled_at", "starts_at")
    days = (pl.col("service_on") - pl.col("cancelled_on")).dt.total_days()
    band = pl.lit("31+")
    for upto, name in reversed(NOTICE):
        band = pl.when(days <= upto).then(pl.lit(name)).otherwise(band)
    return (
        rows.once(bookings)
        .filter("is_cancelled")
        .select(
            "location_id",
            pl.col("cancelled_on").alias("on"),
            (notice < LATE_SECONDS).fill_null(False).cast(pl.Int64).alias("num"),
            pl.lit(1).alias("den"),
            "source",
            band.alias("notice_days"),
        )
    )


UP, DOWN = Direction.UP, Direction.DOWN
_SOLD = ("service", "size")

KPIS = (
    Kpi("S11", booked, Unit.DAYS, DOWN, "booked", ("source",), Kind.MEDIAN,
        value="cycle", per=86_400),
    Kpi("S14", booked, Unit.MONEY, UP, "booked", _SOLD, Kind.RATIO, num="net", den="value"),
    Kpi("S15", job_value, Unit.MONEY, UP, "service", ("service",), Kind.RATIO),
    Kpi("S16_count", booked, Unit.NUMBER, UP, "booked", ("rep", "service_month")),
    Kpi("S16_value", booked, Unit.MONEY, UP, "booked", ("rep", "service_month"), value="net"),
    Kpi("S17", pace, Unit.PERCENT, UP, "as-of", ("months_ahead",), Kind.RATIO),
    Kpi("S18", pipeline, Unit.MONEY, UP, "as-of", ("stage", "age")),
    Kpi("S19", weighted_pipeline, Unit.MONEY, UP, "as-of", ("source", "age")),
    *(
        Kpi(f"S21_{name}", attached, Unit.PERCENT, UP, "booked", ("rep",), Kind.RATIO, num=name)
        for name in ATTACHED
    ),
    Kpi("S22_service", cancelled_by_service, Unit.PERCENT, DOWN, "service", ("source",),
        Kind.RATIO),
    Kpi("S22_cancelled", cancelled_by_day, Unit.PERCENT, DOWN, "cancelled", ("source",),
        Kind.RATIO),
    Kpi("S23", late_cancellations, Unit.PERCENT, DOWN, "cancelled", ("source", "notice_days"),
        Kind.RATIO),
)  # fmt: skip
