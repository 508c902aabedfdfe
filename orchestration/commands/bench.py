"""`crm bench`: figures as JSON lines, each beside its peer, its limit and the machine's speed.

What is measured, and how, is in `orchestration.bench_<area>`.
"""

import json
from collections.abc import Iterator

import click

from crm_core.errors import CrmError
from orchestration.measure import Figure
from orchestration.output import plain


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

    _print(bench_core(scale, lambda line: click.echo(line, err=True)), strict)


@bench.command()
@click.option("--scale", type=click.Choice(["S", "M"]), default="M", show_default=True,
              help="S: 3 branches, 3 months. M: 43 branches, 3 years.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Fail when a figure is beyond its limit.")
def simulate(scale: str, strict: bool) -> None:
    """Loading the demo company, against a bare COPY of the same bytes."""
    from orchestration.bench_simulate import bench_simulate

    _print(bench_simulate(scale, lambda line: click.echo(line, err=True)), strict)


def _print(figures: Iterator[Figure], strict: bool) -> None:
    """Figures as they come, one JSON object a line."""
    missed = []
    for figure in figures:
        click.echo(json.dumps(plain(figure)))
        if figure.is_met is False:
            missed.append(figure.figure)
    if strict and missed:
        raise LimitExceeded(f"beyond the limit: {', '.join(missed)}")
