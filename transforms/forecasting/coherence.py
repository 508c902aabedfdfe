"""Branches that add up to provinces and the company, exactly, to the last digit published.

Minimum-trace reconciliation: every forecast has a say, the more the smaller its errors were on
held-out windows. Where the series come from is in `publish`.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from transforms.forecasting.forecast import BAND_COLUMNS
from transforms.forecasting.series import Array

PLACES = 2
BOUND_COLUMNS = BAND_COLUMNS[1:]


def coherent(
    frame: pl.DataFrame, parents: Mapping[str, str], held: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The forecasts of a tree of series, adding up at every date, with two decimal places.

    `frame` has unique_id, ds, yhat, bounds, model; `parents` names what each series is a part of,
    and the top is nobody's part. `held` is `Forecasts.held`. Series that are not in `parents` and
    no parent either are only rounded. Bounds move with their point; nothing that was not negative
    becomes negative.
    """
    tree = _Tree.of(frame, parents)
    if tree is None:
        return frame.with_columns(pl.col(BAND_COLUMNS).round(PLACES))
    pull = _pull(tree, None if held is None else _covariance(tree, held))
    wide = frame.filter(pl.col("unique_id").is_in(tree.ids)).sort("ds", "unique_id")
    dates = wide["ds"].unique(maintain_order=True)
    base = wide["yhat"].to_numpy().reshape(len(dates), len(tree.ids))
    leaves = base @ pull.T
    if np.min(base) >= 0:
        leaves = np.maximum(leaves, 0.0)
    # Leaves are whole numbers of the last digit, and so are their sums: exact, in any order.
    units = np.rint(leaves * 10**PLACES).astype(np.int64) @ tree.sums.T.astype(np.int64)
    moved = wide.with_columns(point=pl.Series(units.reshape(-1) / 10.0**PLACES))
    others = frame.filter(~pl.col("unique_id").is_in(tree.ids))
    return pl.concat(
        [_bounded(moved).select(frame.columns), others.with_columns(pl.col(BAND_COLUMNS).round(2))]
    ).sort("unique_id", "ds")


def _bounded(moved: pl.DataFrame) -> pl.DataFrame:
    shift = pl.col("point") - pl.col("yhat")
    least = pl.when(pl.col("lo_95") >= 0).then(0.0).otherwise(None)
    bounds = [
        pl.max_horizontal((pl.col(name) + shift).round(PLACES), least).alias(name)
        for name in BOUND_COLUMNS
    ]
    return moved.with_columns(*bounds, yhat=pl.col("point")).with_columns(
        # Rounding apart may put a bound a cent on the wrong side of its point.
        pl.min_horizontal("lo_80", "yhat").alias("lo_80"),
        pl.max_horizontal("hi_80", "yhat").alias("hi_80"),
        pl.min_horizontal("lo_95", "lo_80", "yhat").alias("lo_95"),
        pl.max_horizontal("hi_95", "hi_80", "yhat").alias("hi_95"),
    )


class _Tree:
    """The series of a tree, sorted, and which leaves each of them is the sum of."""

    def __init__(self, ids: list[str], sums: Array) -> None:
        self.ids, self.sums = ids, sums

    @classmethod
    def of(cls, frame: pl.DataFrame, parents: Mapping[str, str]) -> "_Tree | None":
        """None when no series is part of another that is there."""
        present = sorted(set(frame["unique_id"].to_list()))
        # A province that is not forecast itself is passed over: its branches are the company's.
        above = {name: _above(name, parents, present) for name in present}
        wholes = {each for chain in above.values() for each in chain}
        ids = [name for name in present if above[name] or name in wholes]
        leaves = [name for name in ids if name not in wholes]
        if not wholes or not leaves:
            return None
        sums = np.zeros((len(ids), len(leaves)))
        for number, leaf in enumerate(leaves):
            for name in (leaf, *above[leaf]):
                sums[ids.index(name), number] = 1.0
        return cls(ids, sums)


def _above(name: str, parents: Mapping[str, str], present: list[str]) -> list[str]:
    """What a series is a part of, near and far, as far as it is there."""
    chain, whole = [], parents.get(name)
    while whole is not None:
        if whole in present:
            chain.append(whole)
        whole = parents.get(whole)
    return chain


def _pull(tree: _Tree, covariance: Array | None) -> Array:
    """The matrix that makes leaves of all forecasts: (S'W^-1 S)^-1 S'W^-1."""
    if covariance is None:
        covariance = np.diag(tree.sums.sum(axis=1))
    weighed = np.linalg.solve(covariance, tree.sums)
    solved: Array = np.linalg.solve(tree.sums.T @ weighed, weighed.T)
    return solved


def _covariance(tree: _Tree, held: pl.DataFrame) -> Array | None:
    """Of the errors on held-out windows, shrunk towards their variances (Schäfer, Strimmer)."""
    errors = (
        held.filter(pl.col("unique_id").is_in(tree.ids))
        .with_columns(error=pl.col("yhat") - pl.col("actual"))
        .pivot("unique_id", index="ds", values="error", aggregate_function="mean")
        .drop_nulls()
    )
    if errors.height < 2 or not set(tree.ids) <= set(errors.columns):
        return _variances(tree, held)
    seen = errors.select(tree.ids).to_numpy()
    count = len(seen)
    variance = np.maximum(np.mean(seen**2, axis=0), 1e-9 + 1e-6 * np.max(np.mean(seen**2, axis=0)))
    scaled = seen / np.sqrt(variance)
    correlation = scaled.T @ scaled / count
    spread = ((scaled**2).T @ (scaled**2) / count - correlation**2) / max(count - 1, 1)
    np.fill_diagonal(spread, 0.0)
    off = correlation - np.diag(np.diag(correlation))
    shrink = float(np.clip(spread.sum() / max(float(np.sum(off**2)), 1e-12), 0.1, 1.0))
    root = np.sqrt(variance)
    shrunk: Array = (np.diag(np.ones(len(root))) + (1 - shrink) * off) * np.outer(root, root)
    return shrunk


def _variances(tree: _Tree, held: pl.DataFrame) -> Array | None:
    """Where windows do not match: those of each series, and what is typical of its size."""
    known = dict(
        held.group_by("unique_id")
        .agg(((pl.col("yhat") - pl.col("actual")) ** 2).mean().alias("square"))
        .iter_rows()
    )
    if not known:
        return None
    leaves = tree.sums.sum(axis=1)
    typical = float(
        np.median([known[n] / c for n, c in zip(tree.ids, leaves, strict=True) if n in known])
    )
    floor = max(typical, 1e-9) * 1e-3
    return np.diag(
        [max(known.get(n, typical * c), floor) for n, c in zip(tree.ids, leaves, strict=True)]
    )
