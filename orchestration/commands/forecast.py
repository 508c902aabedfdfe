"""`crm forecast`: forecasts as published, under changed levers, and backtests on anyone's series.

The models are in `transforms.forecasting`.
"""

from pathlib import Path

import click

from orchestration.commands.metric import AS_USER
from orchestration.output import say, table

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def forecast() -> None:
    """Forecasts, what levers would change, and backtests on anyone's series."""


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


@forecast.command()
@click.option("--metric", default="bookings", show_default=True,
              help="bookings, booked_amount or jobs_completed.")  # fmt: skip
@click.option("--price", type=float, default=0.0, help="Per cent dearer; negative is cheaper.")
@click.option("--marketing", type=float, default=0.0, help="Per cent more spent on marketing.")
@click.option("--crew", type=float, default=0.0, help="Per cent more hours of crews.")
@click.option("--capacity", type=float, default=0.0, help="Per cent more truck days.")
@click.option("--branch", help="The code of a branch; the whole company when absent.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@AS_USER
def whatif(email: str, metric: str, branch: str | None, as_json: bool, **levers: float) -> None:
    """The forecast under changed levers, with 80 % ranges.

    Refused where the past does not tell what a lever does, and beyond 50 per cent.
    """
    from crm_core.services.tenancy.access import subject_of
    from transforms.insight.scenario import scenario
    from transforms.lake.door import open_door

    changes = {name: percent / 100 for name, percent in levers.items() if percent}
    with open_door(subject_of(email)) as door:
        made = scenario(door, metric, changes, branch)
    heads = [made.bucket, "forecast", "from", "to", "changed", "from", "to"]
    rows = [
        [p.on, p.value, p.low, p.high, p.changed, p.changed_low, p.changed_high]
        for p in made.points
    ]
    said = [
        f"{lever.name}: {lever.pull.value:+.2f} % for 1 %"
        f" (95 % range {lever.pull.low:+.2f} to {lever.pull.high:+.2f},"
        f" {lever.pull.cases} cases)" + ("" if lever.is_known else ", not told by the past")
        if lever.pull
        else f"{lever.name}: not told by the past"
        for lever in made.levers
    ]
    say(as_json, made, "\n".join([table(heads, rows), "", *said]))
