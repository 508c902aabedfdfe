"""The forecasts of every tenant, made from the marts in memory for the marts in memory.

What is forecast is in `targets`, how in `forecast`; which marts read the result, in dbt.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl
from duckdb import DuckDBPyConnection

from crm_core import clock
from crm_core.config import settings
from transforms.forecasting.coherence import coherent
from transforms.forecasting.forecast import BAND_COLUMNS, Forecasts, Request, forecast_all
from transforms.forecasting.ledger import COLUMNS, kept, table
from transforms.forecasting.models import VERSION
from transforms.forecasting.pace import books, paced
from transforms.forecasting.parallel import PATIENCE
from transforms.forecasting.series import Series, read_series
from transforms.forecasting.store import FitStore, ResultStore
from transforms.forecasting.targets import CADENCES, TARGETS, Target, history

COMPANY = ""
"""Stands for the whole company among the branch ids; sorts before them."""

PROVINCE = "province "
"""Before the code of a province among the branch ids."""


PATIENCE_PER_SERIES = 1.5
"""Seconds that a series may take on average; those that are not ready then fall back."""


def write_forecasts(connection: DuckDBPyConnection) -> None:
    """Write `transforms.forecasts` from the marts of the same database.

    One row per tenant, series (branch, province or company), metric, cadence, origin and period.
    `kind` says whether it is the current forecast, one that was published earlier, or one that a
    backtest made of a window held out; the latter two are scored once what came is known. Horizon
    1 is the first period that has not ended everywhere, and `origin_on` its first day. Series are
    fitted again only when they changed.
    """
    folder = settings().var / "forecasts"
    fits, results = FitStore(folder), ResultStore(folder)
    series = [each for target in TARGETS for each in _series(connection, target)]
    rows = made_rows(series, fits, results)
    fits.sweep(clock.now().timestamp())
    table(connection, pl.concat([rows, kept(connection, rows, _actuals(series))]))


@dataclass(frozen=True)
class Tree:
    """The series of one target of one tenant: branches and what they add up to."""

    client_id: str
    target: Target
    branches: pl.DataFrame
    """unique_id, ds, y, province; those long enough for a forecast."""
    books: pl.DataFrame | None = None
    """unique_id, origin_on, ds, booked; where bookings for the periods ahead are known."""

    @property
    def parents(self) -> dict[str, str]:
        """What each series is a part of."""
        places = self.branches.select("unique_id", "province").unique()
        known = {
            str(name): f"{PROVINCE}{province}" if province else COMPANY
            for name, province in places.iter_rows()
        }
        return known | {each: COMPANY for each in known.values() if each != COMPANY}

    @property
    def history(self) -> pl.DataFrame:
        """All series (unique_id, ds, y), the company's and the provinces' as sums of branches."""
        return pl.concat([self._sums(pl.lit(COMPANY)), *self._provinces, self._own])

    @property
    def to_forecast(self) -> pl.DataFrame:
        """The series that are forecast themselves."""
        provinces = self._provinces if self.target.with_provinces else []
        return pl.concat([self._sums(pl.lit(COMPANY)), *provinces, self._own])

    @property
    def _own(self) -> pl.DataFrame:
        return self.branches.select("unique_id", "ds", "y")

    @property
    def _provinces(self) -> list[pl.DataFrame]:
        known = self.branches.filter(pl.col("province").is_not_null())
        return [self._sums(pl.lit(PROVINCE) + pl.col("province"), known)]

    def _sums(self, name: pl.Expr, of: pl.DataFrame | None = None) -> pl.DataFrame:
        of = self.branches if of is None else of
        return (
            of.with_columns(name.cast(pl.String).alias("unique_id"))
            .group_by("unique_id", "ds")
            .agg(pl.col("y").sum())
            .sort("unique_id", "ds")
        )


def _series(connection: DuckDBPyConnection, target: Target) -> Iterator[Tree]:
    """A tree per tenant that has a branch with enough history."""
    found = history(connection, target).rename({"location_id": "unique_id"})
    booked = books(connection, target) if target.has_books and not found.is_empty() else None
    for (client,), tenant in found.group_by("client_id", maintain_order=True):
        # A branch that has no forecast of its own is in the company's neither: it would be spread
        # over the others.
        usable = [
            each.id
            for each in read_series(tenant.select("unique_id", "ds", "y"))
            if isinstance(each, Series)
        ]
        branches = tenant.filter(pl.col("unique_id").is_in(usable))
        if not branches.is_empty():
            of_client = None if booked is None else _books(booked, str(client), usable)
            yield Tree(str(client), target, branches.drop("client_id"), of_client)


def _books(booked: pl.DataFrame, client: str, branches: list[str]) -> pl.DataFrame:
    """What is on the books of a tenant's branches, and of all of them together."""
    own = booked.filter(
        pl.col("client_id") == client, pl.col("location_id").is_in(branches)
    ).select("origin_on", "ds", "booked", pl.col("location_id").alias("unique_id"))
    company = own.with_columns(unique_id=pl.lit(COMPANY))
    return (
        pl.concat([own, company])
        .group_by("unique_id", "origin_on", "ds")
        .agg(pl.col("booked").sum())
        .sort("unique_id", "origin_on", "ds")
    )


def made_rows(trees: Iterable[Tree], fits: FitStore, results: ResultStore) -> pl.DataFrame:
    """Current and backtest rows of all trees, from what is kept of those that did not change."""
    frames, missing = [], []
    for tree in trees:
        name = results.key(tree.target.key, tree.client_id, tree.branches, tree.books)
        found = results.get(name)
        if found is None:
            missing.append((name, tree))
        else:
            frames.append(found)
    requests = [
        Request(tree.to_forecast, cadence.horizon, cadence.season)
        for _, tree in missing
        for cadence in [CADENCES[tree.target.cadence]]
    ]
    count = sum(request.history["unique_id"].n_unique() for request in requests)
    patience = max(PATIENCE, PATIENCE_PER_SERIES * count)
    done = forecast_all(requests, store=fits, patience=patience)
    for (name, tree), made in zip(missing, done, strict=True):
        rows = rows_of(tree, made)
        if not made.too_slow:
            results.put(name, rows)
        frames.append(rows)
    return pl.concat([pl.DataFrame(schema=COLUMNS), *frames])


def rows_of(tree: Tree, made: Forecasts) -> pl.DataFrame:
    """The rows of one tree: what is forecast now, adding up, and what the backtest said."""
    if tree.books is not None:
        made = paced(made, tree.books)
    current = _with_provinces(coherent(made.frame, tree.parents, made.held), tree)
    origin = current["ds"].min()
    current = current.with_columns(
        kind=pl.lit("current"),
        origin_on=pl.lit(origin),
        horizon=pl.col("ds").rank("ordinal").over("unique_id"),
        actual=pl.lit(None, pl.Float64),
    )
    models = current.select("unique_id", "model").unique()
    held = made.held.join(models, on="unique_id").with_columns(
        kind=pl.lit("backtest"),
        origin_on=pl.col("ds").min().over("unique_id", "window"),
        horizon=pl.col("step"),
    )
    names = ["unique_id", "ds", *BAND_COLUMNS, "model", "naive", "scale", "kind", "origin_on",
             "horizon", "actual"]  # fmt: skip
    both = pl.concat([current.select(names), held.select(names)], how="vertical_relaxed")
    name = pl.col("unique_id")
    is_province, is_company = name.str.starts_with(PROVINCE), name == COMPANY
    places = tree.branches.select("unique_id", "province").unique()
    return (
        both.join(places, on="unique_id", how="left")
        .with_columns(
            client_id=pl.lit(tree.client_id),
            metric_name=pl.lit(tree.target.metric),
            cadence=pl.lit(tree.target.cadence),
            level=pl.when(is_company)
            .then(pl.lit("company"))
            .when(is_province)
            .then(pl.lit("province"))
            .otherwise(pl.lit("branch")),
            location_id=pl.when(is_company | is_province).then(None).otherwise(name),
            province=pl.when(is_province)
            .then(name.str.strip_prefix(PROVINCE))
            .otherwise(pl.col("province")),
            version=pl.lit(VERSION),
            period_on=pl.col("ds"),
        )
        .select(*COLUMNS)
        .cast(COLUMNS)  # type: ignore[arg-type]
    )


def _with_provinces(frame: pl.DataFrame, tree: Tree) -> pl.DataFrame:
    """The frame with the provinces that were not forecast themselves: the sums of their branches.

    Their bounds are the branches' together, as if their errors had nothing in common.
    """
    if tree.target.with_provinces:
        return frame
    places = tree.branches.select("unique_id", "province").drop_nulls().unique()
    point = pl.col("yhat").sum().round(2)

    def bound(name: str, side: int) -> pl.Expr:
        room = ((pl.col(name) - pl.col("yhat")) ** 2).sum().sqrt()
        return pl.max_horizontal(point + side * room, pl.lit(0.0)).round(2).alias(name)

    sums = (
        frame.join(places, on="unique_id")
        .with_columns((pl.lit(PROVINCE) + pl.col("province")).alias("unique_id"))
        .group_by("unique_id", "ds")
        .agg(
            bound("lo_80", -1),
            bound("hi_80", 1),
            bound("lo_95", -1),
            bound("hi_95", 1),
            point,
            pl.lit("sum of the branches").alias("model"),
            pl.col("naive").sum(),
            pl.col("scale").sum(),
        )
    )
    return pl.concat([frame, sums.select(frame.columns)]).sort("unique_id", "ds")


def _actuals(trees: Iterable[Tree]) -> pl.DataFrame:
    """What came of every series: client_id, metric_name, cadence, unique_id, period_on, came."""
    frames = [
        tree.history.select(
            pl.lit(tree.client_id).alias("client_id"),
            pl.lit(tree.target.metric).alias("metric_name"),
            pl.lit(tree.target.cadence).alias("cadence"),
            pl.col("unique_id"),
            pl.col("ds").alias("period_on"),
            pl.col("y").alias("came"),
        )
        for tree in trees
    ]
    empty = {"client_id": pl.String, "metric_name": pl.String, "cadence": pl.String,
             "unique_id": pl.String, "period_on": pl.Date, "came": pl.Float64}  # fmt: skip
    return pl.concat([pl.DataFrame(schema=empty), *frames])
