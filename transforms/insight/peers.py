"""Where a figure stands among its peers, as percentiles only, over enough of them.

Which figures are compared is in `publish`; a table with names is a report's own affair.
"""

import polars as pl

LEAST_PEERS = 5
"""With fewer a percentile would speak of one of them."""

LARGEST_SHARE = 0.4
"""Of all that is measured: a tenant above it would be the benchmark itself."""

DIGITS = 3
"""Significant digits told of tenants: an exact figure could be traced to its owner."""

PERCENTILES = {"p25": 0.25, "p50": 0.5, "p75": 0.75}


def among_branches(figures: pl.DataFrame) -> pl.DataFrame:
    """Percentiles over the branches of each tenant.

    From client_id, location_id, metric_name, month_on, value (one row each) to client_id,
    metric_name, month_on, peers_count, p25, p50, p75; only where there are enough branches.
    """
    keys = ["client_id", "metric_name", "month_on"]
    return _percentiles(figures, keys).sort(keys)


def among_tenants(figures: pl.DataFrame) -> pl.DataFrame:
    """Percentiles over tenants, without saying which; nothing where one of them is too large.

    From client_id, metric_name, month_on, value and weight (what the value was measured over) to
    metric_name, month_on, peers_count, p25, p50, p75, rounded.
    """
    keys = ["metric_name", "month_on"]
    # Where nothing was measured the share is not a number, and no benchmark is made.
    weight = pl.col("weight").abs()
    spread = figures.filter(((weight / weight.sum()).max() <= LARGEST_SHARE).over(keys))
    rounded = [pl.col(name).round_sig_figs(DIGITS) for name in PERCENTILES]
    return _percentiles(spread, keys).with_columns(rounded).sort(keys)


def _percentiles(figures: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    value = pl.col("value")
    return (
        figures.filter(value.is_not_null() & value.is_finite())
        .group_by(keys)
        .agg(
            pl.len().cast(pl.Int32).alias("peers_count"),
            *(
                value.quantile(share, interpolation="linear").alias(name)
                for name, share in PERCENTILES.items()
            ),
        )
        .filter(pl.col("peers_count") >= LEAST_PEERS)
    )
