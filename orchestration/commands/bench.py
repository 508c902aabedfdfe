"""`crm bench`: figures as JSON lines, each beside its peer, its limit and the machine's speed.

What is measured, and how, is in `orchestration.bench_<area>`.
"""

import json

import click

from crm_core.errors import CrmError
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

    missed = []
    for figure in bench_core(scale, lambda line: click.echo(line, err=True)):
        click.echo(json.dumps(plain(figure)))
        if figure.is_met is False:
            missed.append(figure.figure)
    if strict and missed:
        raise LimitExceeded(f"above the limit: {', '.join(missed)}")
