"""`crm verify`: the product checks itself against independent truth.

What is compared is in `orchestration.truth`.
"""

from pathlib import Path

import click

from crm_core.config import settings
from orchestration.output import say, table

SHOWN = 20


@click.group()
def verify() -> None:
    """The product checks itself."""


@verify.command()
@click.option("--truth", type=click.Path(file_okay=False, path_type=Path), help="Folder of truth.")
@click.option("--as", "email", default="exec@northway.example", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def metrics(truth: Path | None, email: str, as_json: bool) -> None:
    """Every metric by branch and month against the simulation's own figures."""
    from crm_core.services.tenancy.access import subject_of
    from orchestration.truth import FiguresDiffer, verify_metrics

    found = verify_metrics(subject_of(email), truth or settings().var / "truth")
    heads = ["metric", "branch", "month", "truth", "answered"]
    rows = [[d.metric, d.branch, d.month, d.truth, d.answered] for d in found.differences[:SHOWN]]
    count = len(found.differences)
    line = f"{found.compared:,} figures of {found.metrics} metrics compared, {count} differ"
    say(as_json, found, "\n".join([*([table(heads, rows)] if rows else []), line]))
    if found.differences:
        raise FiguresDiffer(f"{count} figures differ from the truth, the first are listed above")
