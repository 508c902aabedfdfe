"""Spells of time: what stands at month ends, what falls into which month, and open hours.

What the spells mean is the business of the modules of the figures.
"""

import json
from datetime import date

import polars as pl

from crm_core.simulation.truth.reading import Rows

DAY_SECONDS = 86_400
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIRST_MONDAY = date(1970, 1, 5)


def standing(rows: pl.DataFrame, start: str, stop: str, ends: list[date]) -> pl.DataFrame:
    """Each row once per day of `ends` in [start, stop), the day as `on`; no stop: for ever."""
    days = pl.Series("on", ends, dtype=pl.Date)
    begun = rows.filter(pl.col(start).is_not_null())
    first = days.search_sorted(begun.get_column(start), side="left").cast(pl.Int64)
    never = pl.col(stop).is_null()
    last = days.search_sorted(
        begun.get_column(stop).fill_null(date.max.replace(year=9000)), side="left"
    ).cast(pl.Int64)
    placed = begun.with_columns(
        first.alias("_first"), pl.when(never).then(len(ends)).otherwise(last).alias("_last")
    ).filter(pl.col("_first") < pl.col("_last"))
    opened = placed.with_columns(
        pl.int_ranges("_first", "_last", dtype=pl.Int64).alias("_at")
    ).explode("_at", empty_as_null=False)
    return opened.with_columns(days.gather(opened.get_column("_at")).alias("on")).drop(
        "_first", "_last", "_at"
    )


def by_months(rows: pl.DataFrame, start: str, stop: str) -> pl.DataFrame:
    """Each spell cut at the ends of months, its cut bounds in `start` and `stop`, month as `on`.

    Bounds are wall-clock times, so that a month is one; a spell without a bound is left out.
    """
    real = rows.filter(pl.col(start) < pl.col(stop)).with_columns(
        pl.date_ranges(
            pl.col(start).dt.date().dt.truncate("1mo"), pl.col(stop).dt.date(), interval="1mo"
        ).alias("on")
    )
    cut = real.explode("on", empty_as_null=False).with_columns(
        pl.max_horizontal(start, pl.col("on").cast(pl.Datetime("ms"))).alias(start),
        pl.min_horizontal(stop, pl.col("on").dt.offset_by("1mo").cast(pl.Datetime("ms"))).alias(
            stop
        ),
    )
    return cut.filter(pl.col(start) < pl.col(stop))


def seconds(start: str, stop: str) -> pl.Expr:
    """Whole seconds from one time to another."""
    return (pl.col(stop) - pl.col(start)).dt.total_seconds()


def merged(rows: pl.DataFrame, key: list[str], start: str, stop: str) -> pl.DataFrame:
    """Spells of one key that touch or overlap as one: key columns, start and stop."""
    ordered = rows.filter(pl.col(start) < pl.col(stop)).sort(*key, start, stop)
    before = pl.col(stop).cum_max().shift(1).over(key)
    return (
        ordered.with_columns(
            (before.is_null() | (pl.col(start) > before)).cast(pl.Int64).cum_sum().alias("_spell")
        )
        .group_by(*key, "_spell", maintain_order=True)
        .agg(pl.col(start).min(), pl.col(stop).max())
        .drop("_spell")
    )


def balances(events: pl.DataFrame, key: str, on: str, amount: str) -> pl.DataFrame:
    """The running balance of each key: one row per day of change with from, to and `balance`."""
    daily = events.group_by(key, on).agg(pl.col(amount).sum()).sort(key, on)
    return daily.select(
        key,
        pl.col(on).alias("from"),
        pl.col(on).shift(-1).over(key).alias("to"),
        pl.col(amount).cum_sum().over(key).alias("balance"),
    )


def month_range(first: date, last: date) -> list[date]:
    """First days of the months from one day's to another's."""
    months = pl.date_range(first.replace(day=1), last, "1mo", eager=True)
    return [month for month in months.to_list() if isinstance(month, date)]


def open_hours(rows: Rows) -> pl.DataFrame:
    """Per branch and weekday (0 Monday): opening, seconds open, before it in the week, a week.

    A branch that says nothing about its hours is not in it.
    """
    found = []
    for place, text in rows["locations"].select("id", "business_hours").iter_rows():
        week, before = json.loads(text) if text else None, 0
        if not week:
            continue
        spells = [_spell(week.get(day)) for day in DAYS]
        whole = sum(length for _, length in spells)
        for weekday, (opens, length) in enumerate(spells):
            found.append((place, weekday, opens, length, before, whole))
            before += length
    schema = ["location_id", "_weekday", "_opens", "_length", "_before", "_week"]
    kinds: dict[str, type[pl.DataType]] = dict.fromkeys(schema, pl.Int64)
    return pl.DataFrame(found, schema=kinds | {"location_id": pl.String}, orient="row")


def with_open_seconds(rows: Rows, frame: pl.DataFrame, wall: str, name: str) -> pl.DataFrame:
    """The frame with the seconds its branch was open from long ago up to a wall-clock time.

    A difference of two is the business time between them; null without known hours.
    """
    since = (pl.col(wall) - pl.lit(FIRST_MONDAY).cast(pl.Datetime("ms"))).dt.total_seconds()
    day = since // DAY_SECONDS
    timed = frame.with_columns((day % 7).alias("_weekday"))
    into = (since % DAY_SECONDS - pl.col("_opens")).clip(0, pl.col("_length"))
    return (
        timed.join(
            rows.once(open_hours), on=["location_id", "_weekday"], how="left",
            maintain_order="left",
        )
        .with_columns((day // 7 * pl.col("_week") + pl.col("_before") + into).alias(name))
        .drop("_weekday", "_opens", "_length", "_before", "_week")
    )  # fmt: skip


def _spell(day: dict[str, str] | None) -> tuple[int, int]:
    """Second of opening and seconds open of a day given as {"open", "close"}, or not at all."""
    if not day:
        return 0, 0
    first, last = _second(day["open"]), _second(day["close"])
    return first, max(last - first, 0)


def _second(clock: str) -> int:
    hours, minutes = clock.split(":")[:2]
    return int(hours) * 3600 + int(minutes) * 60
