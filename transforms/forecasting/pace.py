"""Work that is on the books already: forecasts of completed work as booked so far plus pick-up.

How much is still picked up, and how much that says beside the models, is learned on held-out
windows of all series of a target together. What the models say is made in `forecast`.
"""

from dataclasses import replace

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from transforms.forecasting.forecast import BAND_COLUMNS, WINDOWS, Forecasts
from transforms.forecasting.targets import CADENCES, Target

TRUST = 15.0
"""Held-out points of a horizon at which what was learned and the models alone weigh the same."""

NARROWEST = 0.3
"""Share of its width that a band keeps at least."""


def books(connection: DuckDBPyConnection, target: Target) -> pl.DataFrame:
    """What was booked at each origin (today's and those of held-out windows) for periods ahead.

    Returns client_id, location_id, origin_on, ds, booked; cancelled bookings count until they are.
    """
    cadence = CADENCES[target.cadence]
    name, horizon = cadence.name, cadence.horizon
    return connection.sql(f"""
        with origins as (
            select client_id, cast(min(date_trunc('{name}', business_on))
                - number * interval {horizon} {name} as date) as origin_on
            from marts.dim_locations, range({WINDOWS + 1}) as windows(number)
            where coalesce(closed_on > business_on, true)
            group by client_id, number
        )
        select client_id, location_id, origin_on,
            cast(date_trunc('{name}', service_on) as date) as ds,
            cast(count(*) as double) as booked
        from marts.fct_bookings
        inner join origins using (client_id)
        where location_id is not null
            and booked_on < origin_on
            and coalesce(cancelled_on >= origin_on, true)
            and service_on >= origin_on
            and service_on < origin_on + interval {horizon} {name}
        group by 1, 2, 3, 4
        order by 1, 2, 3, 4
    """).pl()


def paced(made: Forecasts, booked: pl.DataFrame) -> Forecasts:
    """The forecasts with what is on the books (unique_id, origin_on, ds, booked) taken in.

    Unchanged where no window was held out. The windows themselves are answered from what the
    others teach.
    """
    if made.held.is_empty() or booked.is_empty():
        return made
    origin = pl.col("ds").min()
    held = _with_books(made.held.with_columns(origin_on=origin.over("unique_id", "window")), booked)
    now = _with_books(
        made.frame.with_columns(
            origin_on=origin.over("unique_id"),
            step=pl.col("ds").rank("ordinal").over("unique_id").cast(pl.Int64),
        ),
        booked,
    )
    windows = sorted(held["window"].unique().to_list())
    told = [
        _told(held.filter(pl.col("window") == window), _learned(held.filter(other)))
        for window in windows
        for other in [pl.col("window") != window if len(windows) > 1 else pl.lit(True)]
    ]
    frame = _told(now, _learned(held)).with_columns(
        pl.concat_str("model", pl.lit("; bookings on the books")).alias("model")
    )
    return replace(
        made,
        frame=frame.select(made.frame.columns).sort("unique_id", "ds"),
        held=pl.concat(told).select(made.held.columns).sort("window", "unique_id", "step"),
    )


def _with_books(rows: pl.DataFrame, booked: pl.DataFrame) -> pl.DataFrame:
    joined = rows.join(booked, on=["unique_id", "origin_on", "ds"], how="left")
    return joined.with_columns(pl.col("booked").fill_null(0.0))


def _learned(held: pl.DataFrame) -> pl.DataFrame:
    """Per step: pick-up as a share of what the models say, weight of the pace, and width left."""
    rows = []
    for (step,), part in held.group_by("step", maintain_order=True):
        said, came, booked = (part[name].to_numpy() for name in ("yhat", "actual", "booked"))
        size = np.maximum(part["scale"].to_numpy(), 1e-9)
        pick_up = max(float(np.sum(came - booked) / max(np.sum(said), 1e-9)), 0.0)
        move, miss = (booked + pick_up * said - said) / size, (came - said) / size
        best = float(np.sum(move * miss) / max(np.sum(move**2), 1e-12))
        weight = min(max(best, 0.0), 1.0) * len(came) / (len(came) + TRUST)
        before, after = float(np.sum(miss**2)), float(np.sum((miss - weight * move) ** 2))
        width = float(np.sqrt(after / before)) if before > 0 else 1.0
        rows.append((step, pick_up, weight, min(max(width, NARROWEST), 1.0)))
    return pl.DataFrame(
        rows,
        schema={"step": pl.Int64, "pick_up": pl.Float64, "weight": pl.Float64,
                "width": pl.Float64},
        orient="row",
    )  # fmt: skip


def _told(rows: pl.DataFrame, learned: pl.DataFrame) -> pl.DataFrame:
    said = pl.col("yhat")
    pace = pl.col("booked") + pl.col("pick_up") * said
    point = said + pl.col("weight") * (pace - said)
    bounds = [
        pl.max_horizontal(point + pl.col("width") * (pl.col(name) - said), pl.lit(0.0)).alias(name)
        for name in BAND_COLUMNS[1:]
    ]
    known = rows.join(learned, on="step", how="left").with_columns(
        pl.col("weight").fill_null(0.0),
        pl.col("pick_up").fill_null(0.0),
        pl.col("width").fill_null(1.0),
    )
    return known.with_columns(*bounds, yhat=pl.max_horizontal(point, pl.lit(0.0)))
