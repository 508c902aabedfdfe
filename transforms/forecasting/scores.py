"""Scores of forecasts whose actual values are known: pure, frames in, frames out.

Whose forecasts they are, and where scores are shown, is not known here.
"""

from collections.abc import Sequence

import polars as pl

SCORES = ("mase", "mase_naive", "owa", "bias", "coverage_80", "coverage_95", "msis_80", "msis_95")


def score(rows: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """Scores of rows with yhat, lo_80, hi_80, lo_95, hi_95, naive, actual, scale; one row per `by`.

    Errors are in units of `scale`, the mean difference between seasons before the origin; rows
    without one (constant series) count for coverage only. `owa` is the mean of the ratios of MASE
    and sMAPE to seasonal naive's, `bias` the mean error (forecast above actual is positive),
    `msis` the interval score: width, and misses at 2/alpha times their distance. `points` counts.
    """
    scaled = pl.col("scale") > 0

    def over(expression: pl.Expr) -> pl.Expr:
        return (expression / pl.col("scale")).filter(scaled).mean()

    def smape(of: str) -> pl.Expr:
        total = pl.col(of).abs() + pl.col("actual").abs()
        return pl.when(total > 0).then(2 * _error(of).abs() / total).otherwise(0.0).mean()

    mase, naive = over(_error("yhat").abs()), over(_error("naive").abs())
    scores = [
        mase.alias("mase"),
        naive.alias("mase_naive"),
        ((mase / naive + smape("yhat") / smape("naive")) / 2).alias("owa"),
        over(_error("yhat")).alias("bias"),
        *(_inside(level).mean().alias(f"coverage_{level}") for level in (80, 95)),
        *(over(_interval(level)).alias(f"msis_{level}") for level in (80, 95)),
        pl.len().cast(pl.Int64).alias("points"),
    ]
    if not by:
        return rows.select(scores)
    return rows.group_by(by).agg(scores).sort(by)


def _error(of: str) -> pl.Expr:
    return pl.col(of) - pl.col("actual")


def _inside(level: int) -> pl.Expr:
    return pl.col("actual").is_between(pl.col(f"lo_{level}"), pl.col(f"hi_{level}"))


def _interval(level: int) -> pl.Expr:
    low, high, actual = pl.col(f"lo_{level}"), pl.col(f"hi_{level}"), pl.col("actual")
    miss = pl.max_horizontal(low - actual, actual - high, pl.lit(0.0))
    return (high - low) + 2 / (1 - level / 100) * miss
