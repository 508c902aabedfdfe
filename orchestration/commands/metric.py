"""`crm metric`: list the catalogue, ask for numbers, explain one.

Definitions are in `dbt_project/models/semantic`, the arithmetic in `transforms.metrics`.
"""

from datetime import datetime, timedelta
from typing import Any

import click

from orchestration.commands.simulate import DAY
from orchestration.output import say, table

AS_USER = click.option("--as", "email", required=True, help="E-mail of the user who asks.")


@click.group()
def metric() -> None:
    """A number, as a user sees it."""


@metric.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_metrics(as_json: bool) -> None:
    """Every metric: KPI id, unit, date basis and formula."""
    from transforms.metrics.catalogue import catalogue

    found = catalogue().offered
    rows = [[m.name, m.id, m.unit, m.basis, m.formula] for m in found]
    say(as_json, found, table(["metric", "id", "unit", "basis", "formula"], rows))


@metric.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--by", multiple=True, help="A dimension such as branch; may be repeated.")
@click.option("--grain", help="day, week, month, quarter or year.")
@click.option("--where", multiple=True, metavar="DIM=VALUE[,VALUE]", help="Keep only these values.")
@click.option("--from", "start", type=DAY, help="First day.")
@click.option("--to", "end", type=DAY, help="Last day.")
@click.option("--period", help="A named period instead: last_week, 2026-10, 2026-Q3, …")
@click.option("--compare", help="previous or last_year.")
@click.option("--as-of", type=DAY, help="Take this day for today.")
@click.option("--publication", type=int, help="A publication other than the newest.")
@click.option("--live", is_flag=True, help="Ask the core instead of the warehouse (live metrics).")
@click.option("--explain", is_flag=True, help="Show the definition and the SQL too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@AS_USER
def query(email: str, as_json: bool, **asked: Any) -> None:
    """NAMES are metric names (bookings) or KPI ids (S16_count)."""
    from crm_core.services.tenancy.access import subject_of
    from orchestration.questions import ask

    start: datetime | None = asked.pop("start")
    end: datetime | None = asked.pop("end")
    as_of: datetime | None = asked.pop("as_of")
    result = ask(
        subject_of(email),
        start=start.date() if start else None,
        end=end.date() + timedelta(days=1) if end else None,
        as_of_on=as_of.date() if as_of else None,
        **asked,
    )
    say(as_json, result.payload, result.text)
