"""`crm bench`: figures as JSON lines, each beside its peer, its limit and the machine's speed.

What is measured, and how, is in `orchestration.bench_<area>`.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crm_core.errors import CrmError
from orchestration.output import plain

if TYPE_CHECKING:
    from orchestration.measure import Figure


class LimitExceeded(CrmError):
    """A measured figure is above its limit."""


@click.group()
def bench() -> None:
    """Measure, side by side with a peer."""


@bench.command()
@click.option("--scale", type=click.Choice(["S", "M", "L"]), default="M", show_default=True,
              help="Rows in the list: S 100,000, M 1,000,000, L 5,000,000.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Fail when a figure is above its limit.")
def core(scale: str, strict: bool) -> None:
    """Writing and listing under isolation and audit, against bare tables."""
    from orchestration.bench_core import bench_core

    _print(bench_core(scale, _tell), strict)


@bench.command()
@click.option("--days", type=click.IntRange(1, 100), default=20, show_default=True,
              help="Days of a pooled metro: 120 jobs, 40 trucks.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Fail when a figure misses its limit.")
def assign(days: int, strict: bool) -> None:
    """The dispatcher's solver, against cheapest insertion."""
    from crm_core.optimisation.sample import sample_day
    from orchestration.bench_assign import bench_assign

    metro = (sample_day(number) for number in range(1, days + 1))
    _print(bench_assign(metro, _tell), strict)


@bench.command()
@click.option("--scale", type=click.Choice(["S", "M", "L"]), default="M", show_default=True,
              help="Scale of the company that is loaded.")  # fmt: skip
@click.option("--here", is_flag=True, help="A copy of this installation's core; do not simulate.")
@click.option("--incremental", is_flag=True, help="Small changes, instead of the full load.")
@click.option("--strict", is_flag=True, help="Fail when a figure misses its limit.")
def ingest(scale: str, here: bool, incremental: bool, strict: bool) -> None:
    """From the core into the lake, against COPY, DuckDB's own copy, and dlt."""
    from orchestration.bench_changes import bench_changes
    from orchestration.bench_ingest import bench_ingest

    measured = bench_changes if incremental else bench_ingest
    _print(measured(scale, _tell, here=here), strict)


@bench.command()
@click.option("--scale", type=click.Choice(["S", "M"]), default="M", show_default=True,
              help="S: 3 branches, 3 months. M: 43 branches, 3 years.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Fail when a figure is beyond its limit.")
def simulate(scale: str, strict: bool) -> None:
    """Loading the demo company, against a bare COPY of the same bytes."""
    from orchestration.bench_simulate import bench_simulate

    _print(bench_simulate(scale, _tell), strict)


@bench.command()
@click.option("--scale", type=click.Choice(["S", "M"]), default="M", show_default=True,
              help="S: 40 series and 6 branches. M: 1,000 series and 43 branches.")  # fmt: skip
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Folder with public sets: m3_monthly.csv, m1_monthly.csv, …")  # fmt: skip
@click.option("--strict", is_flag=True, help="Fail when a figure is beyond its limit.")
def forecast(scale: str, data: Path | None, strict: bool) -> None:
    """Forecasts of anyone's series and of a network of branches, beside seasonal naive."""
    from orchestration.bench_forecast import bench_forecast

    _print(bench_forecast(scale, _tell, data), strict)


@bench.command()
@click.option("--scale", type=click.Choice(["S", "M"]), default="M", show_default=True,
              help="The demo to make first where there is none.")  # fmt: skip
@click.option("--changes", type=click.IntRange(2, 1000), default=20, show_default=True,
              help="Changes, one after the other.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Fail when a figure is beyond its limit.")
def freshness(scale: str, changes: int, strict: bool) -> None:
    """From a commit in the core to the figure at the door, through `crm pipeline run --watch`."""
    from orchestration.bench_freshness import bench_freshness

    _print(bench_freshness(scale, changes, _tell), strict)


@bench.command()
@click.option("--strict", is_flag=True, help="Fail when a figure is beyond its limit.")
def door(strict: bool) -> None:
    """The home pages' questions at the door, beside the lake and the core; doors made."""
    from orchestration.bench_door import bench_door

    _print(bench_door(_tell), strict)


@bench.command()
@click.option("--other", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="State folder of a smaller installation, to see what grows.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Fail when a figure is beyond its limit.")
def build(other: Path | None, strict: bool) -> None:
    """A full build and one after a small change, beside reading the Parquet once."""
    from orchestration.bench_build import bench_build

    _print(bench_build(_tell, other), strict)


@bench.command()
@click.option("--scale", type=click.Choice(["S", "M"]), default="M", show_default=True,
              help="Cells of the long workbook: S 80,000, M 1,000,000.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Fail when a figure misses its limit.")
def reports(scale: str, strict: bool) -> None:
    """Pages and workbooks, against WeasyPrint and openpyxl; the scorecards of this company."""
    from orchestration.bench_reports import bench_reports

    _print(bench_reports(scale, _tell), strict)


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _print(figures: Iterable["Figure"], strict: bool) -> None:
    """Figures as they come, one JSON object a line."""
    missed = []
    for figure in figures:
        click.echo(json.dumps(plain(figure)))
        if figure.is_met is False:
            missed.append(figure.figure)
    if strict and missed:
        raise LimitExceeded(f"beyond the limit: {', '.join(missed)}")
