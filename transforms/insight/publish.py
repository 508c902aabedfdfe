"""Anomalies, explained moves, benchmarks and elasticities of every tenant, for the marts in memory.

Which marts read them is decided in dbt.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
from duckdb import DuckDBPyConnection

from transforms.insight.anomaly import anomalies
from transforms.insight.decompose import EFFECTS, Move, decompose, half_up
from transforms.insight.elasticity import elasticities
from transforms.insight.kpis import (
    EXPLAINED,
    MULTIPLICATIVE,
    WATCHED,
    Branch,
    Explained,
    Kpi,
    branches,
    day_weights,
    figures,
    kpis,
)
from transforms.insight.peers import among_branches, among_tenants
from transforms.insight.sentence import LOCALES, Figure, move_sentence, odd_sentence
from transforms.insight.watch import COMPANY, MONTH, WEEK, grain_of, last_day, panel_of, with_days
from transforms.metrics.catalogue import Catalogue, build
from transforms.metrics.definitions import Manifest, manifest_path, read_manifest
from transforms.tables import write_tables

RECENT = {"month": 12, "week": 13}
"""Periods for which finds are kept: who looks further back looks at the chart."""

BENCHMARK_MONTHS = 12

EN, FR = LOCALES

TABLES = {
    "findings": """
        client_id varchar, location_id varchar, metric_name varchar, grain varchar,
        first_on date, last_on date, is_current boolean, direction varchar,
        sigmas double, actual decimal(18, 4), expected decimal(18, 4), unit varchar,
        sentence varchar, sentence_fr varchar""",
    "kpi_moves": """
        client_id varchar, location_id varchar, metric_name varchar, compared varchar,
        month_on date, before_month_on date, before_value decimal(18, 4),
        after_value decimal(18, 4), unit varchar, currency varchar,
        calendar_effect decimal(18, 4), volume_effect decimal(18, 4),
        branch_effect decimal(18, 4), mix_effect decimal(18, 4), rate_effect decimal(18, 4),
        main_effect varchar, sentence varchar, sentence_fr varchar""",
    "branch_peers": """
        client_id varchar, metric_name varchar, month_on date, peers_count integer,
        p25 double, p50 double, p75 double""",
    "tenant_peers": """
        metric_name varchar, month_on date, peers_count integer, p25 double, p50 double,
        p75 double""",
    "elasticities": """
        client_id varchar, lever varchar, metric_name varchar, elasticity double,
        lo_95 double, hi_95 double, cases_count integer, is_known boolean""",
}
"""What dbt finds in the schema `transforms`: name and columns."""


def write_findings(connection: DuckDBPyConnection, manifest: Path | None = None) -> None:
    """Write the tables of `TABLES` from the marts of the same database.

    `manifest` holds the metrics' definitions; those of the project by default.
    """
    path = manifest or manifest_path()
    held = read_manifest(path)
    catalogue = build(path, held)
    places = branches(connection)
    monthly = {
        kpi.metric.name: (kpi, figures(connection, kpi, "month"))
        for kpi in kpis(held, catalogue, WATCHED)
    }
    pulls = [
        {
            "client_id": client,
            "lever": each.lever,
            "metric_name": each.metric,
            "elasticity": each.value,
            "lo_95": each.low,
            "hi_95": each.high,
            "cases_count": each.cases,
            "is_known": each.is_known,
        }
        for client, known in elasticities(connection).items()
        for each in known
    ]
    write_tables(
        connection,
        TABLES,
        {
            "findings": _frame(_findings(connection, monthly, places)),
            "kpi_moves": _frame(_moves(connection, held, catalogue, places)),
            **_benchmarks(monthly, places),
            "elasticities": _frame(iter(pulls)),
        },
    )


def _frame(rows: Iterator[dict[str, object]]) -> pl.DataFrame | None:
    made = list(rows)
    return pl.DataFrame(made, infer_schema_length=None) if made else None


DayWeights = Mapping[tuple[str, date], float]
Monthly = Mapping[str, tuple[Kpi, pl.DataFrame]]
Places = Mapping[str, list[Branch]]


def _findings(
    connection: DuckDBPyConnection, monthly: Monthly, places: Places
) -> Iterator[dict[str, object]]:
    weekly: dict[str, pl.DataFrame] = {}
    weights: dict[str, DayWeights] = {}
    for client, own in places.items():
        mine = {
            name: (kpi, rows.filter(pl.col("client_id") == client))
            for name, (kpi, rows) in monthly.items()
        }
        begins = _common_start([rows for _, rows in mine.values()])
        grain = grain_of(begins, own)
        for name, (kpi, rows) in mine.items():
            if grain is WEEK:
                if name not in weekly:
                    weekly[name] = figures(connection, kpi, WEEK.name)
                rows = weekly[name].filter(pl.col("client_id") == client)
            panel = panel_of(rows, own, grain, begins)
            if panel is None:
                continue
            if grain is MONTH and kpi.under is None:
                if name not in weights:
                    weights[name] = day_weights(connection, kpi)
                panel = with_days(
                    panel, {on: n for (c, on), n in weights[name].items() if c == client}
                )
            found = anomalies(
                panel,
                grain.cadence,
                multiplicative=kpi.metric.unit in MULTIPLICATIVE,
                kpis=len(monthly),
            )
            newest = panel.first + panel.y.shape[1] - 1
            recent = found.filter(pl.col("last") > newest - RECENT[grain.name])
            names = {each.id: each.name for each in own}
            for run in recent.iter_rows(named=True):
                span = (grain.start(run["first"]), grain.start(run["last"]))
                actual, expected = _decimal(run["actual"], 4), _decimal(run["expected"], 4)
                figure = _figure(kpi, own)
                branch = run["unique_id"] if run["unique_id"] != COMPANY else None
                said = {
                    locale: odd_sentence(
                        figure,
                        names[branch] if branch else None,
                        grain.name,
                        span,
                        actual,
                        expected,
                        _decimal(run["sigmas"], 1),
                        locale,
                    )
                    for locale in LOCALES
                }
                yield {
                    "client_id": client,
                    "location_id": branch,
                    "metric_name": name,
                    "grain": grain.name,
                    "first_on": span[0],
                    "last_on": span[1],
                    "is_current": run["last"] == newest,
                    "direction": "up" if run["score"] > 0 else "down",
                    "sigmas": run["sigmas"],
                    "actual": actual,
                    "expected": expected,
                    "unit": kpi.metric.unit,
                    "sentence": said[EN],
                    "sentence_fr": said[FR],
                }


def _common_start(frames: Sequence[pl.DataFrame]) -> date | None:
    """The first month that all figures have: before it only some of the work was on record."""
    starts = [rows["starts_on"].min() for rows in frames if rows.height]
    return max(starts) if starts else None  # type: ignore[type-var,return-value]


def _moves(
    connection: DuckDBPyConnection, manifest: Manifest, catalogue: Catalogue, places: Places
) -> Iterator[dict[str, object]]:
    for explained in EXPLAINED:
        kpi = Kpi.explained(manifest, catalogue, explained.metric, explained.per)
        if kpi is None:
            continue
        rows = figures(connection, kpi, MONTH.name, explained.segment)
        weights = day_weights(connection, kpi)
        for client, own in places.items():
            last = last_day(own)
            mine = rows.filter(pl.col("client_id") == client)
            if last is None or mine.is_empty():
                continue
            newest = MONTH.position(last) - 1
            oldest = MONTH.position(mine["starts_on"].min())  # type: ignore[arg-type]
            for compared, back in (("month before", 1), ("year before", 12)):
                if newest - back > oldest:
                    months = (MONTH.start(newest - back), MONTH.start(newest))
                    days = tuple(weights.get((client, month), 1.0) for month in months)
                    cells = _cells(mine, months)
                    for branch in (None, *own):
                        yield from _explained(
                            explained, kpi, client, own, branch, compared, months,
                            (days[0], days[1]), cells,
                        )  # fmt: skip


def _explained(
    explained: Explained,
    kpi: Kpi,
    client: str,
    own: Sequence[Branch],
    branch: Branch | None,
    compared: str,
    months: tuple[date, date],
    days: tuple[float, float],
    cells: pl.DataFrame,
) -> Iterator[dict[str, object]]:
    """The move of a metric between two months, of one branch or the company."""
    mine = cells if branch is None else cells.filter(pl.col("branch") == branch.id)
    if mine.is_empty():
        return
    move = decompose(
        mine,
        days,
        is_ratio=explained.metric == explained.per,
        places=4 if kpi.metric.unit == "percent" else 2,
    )
    figure = _figure(kpi, own)
    place = branch.name if branch else None
    yield {
        "client_id": client,
        "location_id": branch.id if branch else None,
        "metric_name": explained.metric,
        "compared": compared,
        "month_on": months[1],
        "before_month_on": months[0],
        "before_value": move.before,
        "after_value": move.after,
        "unit": kpi.metric.unit,
        "currency": figure.currency if kpi.metric.unit == "money" else None,
        **{f"{name}_effect": move.effects[name] for name in EFFECTS},
        "main_effect": _main(move),
        "sentence": move_sentence(figure, place, months, move, EN),
        "sentence_fr": move_sentence(figure, place, months, move, FR),
    }


def _main(move: Move) -> str | None:
    name, amount = move.ranked[0]
    return name if amount else None


def _cells(rows: pl.DataFrame, months: tuple[date, date]) -> pl.DataFrame:
    """branch, segment and both periods' volume and value, of all that was in either."""
    frames = [
        rows.filter(pl.col("starts_on") == month).select(
            pl.col("location_id").fill_null("").alias("branch"),
            "segment",
            pl.col("under").alias(f"volume_{at}"),
            pl.col("over").alias(f"value_{at}"),
        )
        for at, month in enumerate(months)
    ]
    keys = ["branch", "segment"]
    return frames[0].join(frames[1], on=keys, how="full", coalesce=True).sort(keys)


def _benchmarks(monthly: Monthly, places: Places) -> dict[str, pl.DataFrame | None]:
    """Percentiles of the ratios among the watched figures over the last whole months."""
    ratios = [
        rows.with_columns(pl.lit(name).alias("metric_name"))
        for name, (kpi, rows) in monthly.items()
        if kpi.under is not None
    ]
    spans = [
        (client, MONTH.start(end - BENCHMARK_MONTHS), MONTH.start(end))
        for client, own in places.items()
        if (last := last_day(own)) is not None and (end := MONTH.position(last))
    ]
    if not ratios or not spans:
        return {}
    known = pl.DataFrame(spans, schema=["client_id", "from_on", "until_on"], orient="row")
    whole = (
        pl.concat(ratios)
        .join(known, on="client_id")
        .filter(pl.col("starts_on") >= pl.col("from_on"), pl.col("starts_on") < pl.col("until_on"))
        .rename({"starts_on": "month_on"})
    )
    over, under = (pl.col(name).cast(pl.Float64).sum() for name in ("over", "under"))
    value = pl.when(under > 0).then(over / under).alias("value")
    keys = ["client_id", "metric_name", "month_on"]
    by_branch = whole.filter(pl.col("location_id").is_not_null())
    return {
        "branch_peers": among_branches(by_branch.group_by([*keys, "location_id"]).agg(value)),
        "tenant_peers": among_tenants(whole.group_by(keys).agg(value, under.alias("weight"))),
    }


def _figure(kpi: Kpi, own: Sequence[Branch]) -> Figure:
    labels = {EN: kpi.metric.label, FR: kpi.metric.label_fr}
    return Figure(labels, kpi.metric.unit, own[0].currency)


def _decimal(value: float, places: int) -> Decimal:
    return half_up(Decimal(repr(value)), places)
