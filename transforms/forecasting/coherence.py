"""Branches that add up to the company, exactly, to the last digit published.

The company is forecast by itself and the branches are scaled to it: on series like ours that was
better than adding the branches up, for the company and for the branches (see the tests).
"""

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from crm_core.money import allocate, cents
from transforms.forecasting.forecast import BAND_COLUMNS

BOUND_COLUMNS = BAND_COLUMNS[1:]


def coherent(frame: pl.DataFrame, company: str) -> pl.DataFrame:
    """The forecasts of one company and its branches, adding up, with two decimal places.

    `company` is the unique_id of the company among the branches of `frame` (unique_id, ds, yhat,
    bounds, model). A branch's bounds are scaled with its point. Without a forecast of the company
    there is none of it, and the branches only get rounded.
    """
    return pl.concat(
        [
            _month(month, company)
            for _, month in frame.sort("ds").group_by("ds", maintain_order=True)
        ]
    ).sort("unique_id", "ds")


def _month(month: pl.DataFrame, company: str) -> pl.DataFrame:
    branches = month.filter(pl.col("unique_id") != company).sort("unique_id")
    whole = month.filter(pl.col("unique_id") == company)
    if whole.is_empty() or branches.is_empty():
        return month.with_columns(pl.col(BAND_COLUMNS).round(2))
    raw: Sequence[float] = branches["yhat"].to_list()
    total = cents(Decimal(repr(whole["yhat"].item())))
    shares = [max(Decimal(repr(point)), Decimal(0)) for point in raw]
    points = allocate(total, shares)
    ratio = float(total) / sum(map(float, shares)) if any(shares) else 1.0
    scaled = branches.with_columns(
        pl.Series("yhat", [float(point) for point in points]),
        (pl.col(BOUND_COLUMNS) * ratio).round(2),
    )
    # The point is the very total that was shared out: polars rounds halves to even, we round up.
    rounded = whole.with_columns(pl.col(BOUND_COLUMNS).round(2), yhat=pl.lit(float(total)))
    return pl.concat([rounded, scaled]).with_columns(
        # Rounding apart may put a bound a cent on the wrong side of its point.
        pl.min_horizontal("lo_80", "yhat").alias("lo_80"),
        pl.max_horizontal("hi_80", "yhat").alias("hi_80"),
        pl.min_horizontal("lo_95", "lo_80", "yhat").alias("lo_95"),
        pl.max_horizontal("hi_95", "hi_80", "yhat").alias("hi_95"),
    )
