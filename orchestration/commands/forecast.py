"""`crm forecast`: the demo's forecasts as published, and backtests on anyone's series.

The models are in `transforms.forecasting`.
"""

from pathlib import Path

import click

from orchestration.output import say

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def forecast() -> None:
    """Forecasts, and backtests on anyone's series."""


@forecast.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run(as_json: bool) -> None:
    """Forecast again, and publish: the pipeline with every step repeated."""
    from crm_core import clock
    from orchestration.pipeline import run_pipeline
    from orchestration.progress import Steps

    done = run_pipeline(at=clock.now(), rebuild=True, steps=Steps(quiet=as_json))
    say(as_json, done, done.text)


@forecast.command()
@click.option("--input", "source", required=True, type=EXISTING)
@click.option("--horizon", required=True, type=click.IntRange(1, 60))
@click.option("--season", default=12, show_default=True, type=click.IntRange(1, 366))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--scores", type=click.Path(dir_okay=False, path_type=Path),
              help="Also write what the models did on held-out windows, per series.")  # fmt: skip
@click.option("--arima/--no-arima", default=True, show_default=True,
              help="ARIMA among the models: better, three times as slow.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def backtest(
    source: Path,
    horizon: int,
    season: int,
    out: Path,
    scores: Path | None,
    arima: bool,
    as_json: bool,
) -> None:
    """Forecast a CSV of unique_id,ds,y and write unique_id,ds,yhat and the 80 % and 95 % bands.

    What became of every series, the odd ones too, stands beside it in OUT.series.csv.
    """
    from transforms.forecasting.backtest import backtest_csv

    written = backtest_csv(
        source, horizon=horizon, season=season, out=out, with_arima=arima, scores=scores
    )
    say(as_json, {"rows": written, "out": out}, f"{written} rows written to {out}")
