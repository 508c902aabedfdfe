"""`crm verify`: the product checks itself against independent truth.

What is compared is in `orchestration.truth` and `orchestration.surfaces`.
"""

from dataclasses import astuple
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from crm_core.config import settings
from orchestration.commands.simulate import DAY, day
from orchestration.output import say, table

SHOWN = 20


@click.group()
def verify() -> None:
    """The product checks itself."""


@verify.command()
@click.option("--truth", type=click.Path(file_okay=False, path_type=Path), help="Folder of truth.")
@click.option("--as", "email", default="exec@northway.example", show_default=True)
@click.option("--only", multiple=True, help="KPIs by id, or by the letters they begin with.")
@click.option("--seeds", type=click.IntRange(1, 100), help="Verify so many new companies.")
@click.option("--scale", default="S", show_default=True, help="Of the new companies.")
@click.option("--until", type=DAY, help="Of the new companies: last day that has happened.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def metrics(
    truth: Path | None, email: str, only: tuple[str, ...], seeds: int | None, scale: str,
    until: datetime | None, as_json: bool,
) -> None:  # fmt: skip
    """Every metric, by branch, month and dimension, against the simulation's own figures."""
    from crm_core.services.tenancy.access import subject_of
    from orchestration.truth import FiguresDiffer, verify_metrics
    from orchestration.truth_seeds import verify_seeds

    if seeds:
        tell = partial(click.echo, err=True)
        found = verify_seeds(range(1, seeds + 1), scale, email, only, day(until), tell)
    else:
        found = verify_metrics(subject_of(email), truth or settings().var / "truth", only=only)
    rows = [[*astuple(each.cell), each.truth, each.answered] for each in found.differences[:SHOWN]]
    count = len(found.differences)
    heads = ["kpi", "branch", "month", "dimension", "member", "truth", "answered"]
    lines = [
        table(["kpi", "cells", "values", "differ"], found.table),
        *(f"few figures of {kpi}: {why}" for kpi, why in found.scarce),
        *([table(heads, rows)] if rows else []),
        *([f"no metric for: {', '.join(found.missing)}"] if found.missing else []),
        *([f"no dimension for: {', '.join(found.without)}"] if found.without else []),
        *([f"left out, fed from outside: {', '.join(found.fed)}"] if found.fed else []),
        f"{found.compared:,} figures of {len(found.cells)} metrics compared, {count} differ",
    ]
    say(as_json, found.payload, "\n".join(lines))
    if found.differences:
        raise FiguresDiffer(f"{count} figures differ from the truth, the first are listed above")


@verify.command()
@click.option("--count", type=click.IntRange(1, 100_000), default=300, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--truth", type=click.Path(file_okay=False, path_type=Path), help="Folder of truth.")
@click.option("--as", "email", default="exec@northway.example", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def mutations(count: int, seed: int, truth: Path | None, email: str, as_json: bool) -> None:
    """Small mistakes in the marts' SQL: do the checks or the simulation's truth notice them?"""
    from crm_core.services.tenancy.access import subject_of
    from orchestration.mutations import LEAST_PCT, MutationsSurvive, verify_mutations

    found = verify_mutations(subject_of(email), count, seed, partial(click.echo, err=True), truth)
    lines = [
        table(["rule", "made", "caught", "equivalent", "survived"], found.by_rule),
        *(f"survived: {each.mutant.name}" for each in found.survivors),
        *([f"left out: {', '.join(found.left_out)}"] if found.left_out else []),
        f"{len(found.made)} mistakes, {len(found.equivalent)} without effect,"
        f" {found.caught_pct} % of the others noticed",
    ]
    say(as_json, found.payload, "\n".join(lines))
    if found.caught_pct < LEAST_PCT:
        raise MutationsSurvive(
            f"{found.caught_pct} % of the mistakes were noticed, not {LEAST_PCT:.0f} %:"
            " the survivors are listed above"
        )


SURFACES_AS = tuple(
    f"{name}@northway.example"
    for name in ("exec", "manager.vanc", "sales.vanc", "finance", "analyst")
)
"""The demo's people whose reports are generated."""


WHOLE_RUN, LEAST_METRICS = 200, 80
"""So many reports must show so many metrics with figures other than zero."""


@verify.command()
@click.option("--reports", type=click.IntRange(1, 10_000), default=WHOLE_RUN, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--as", "emails", multiple=True, default=SURFACES_AS, show_default=True)
@click.option(
    "--recalculate",
    type=int,
    default=20,
    show_default=True,
    help="Workbooks whose formulas LibreOffice computes anew, where it is installed.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def surfaces(
    reports: int, seed: int, emails: tuple[str, ...], recalculate: int, as_json: bool
) -> None:
    """Generated reports: metric layer, page data, PDF, workbook, CSV and JSON say the same."""
    from crm_core.services.tenancy.access import subject_of
    from orchestration.surfaces import SurfacesDiffer, verify_surfaces

    subjects = {email: subject_of(email) for email in emails}
    found = verify_surfaces(
        subjects, reports, seed, partial(click.echo, err=True), recalculate=recalculate
    )
    rows = [[d.surface, d.place, d.expected, d.found] for d in found.differences[:SHOWN]]
    count = len(found.differences)
    lines = [
        *([table(["surface", "place", "expected", "found"], rows)] if rows else []),
        f"{found.reports} reports of {len(found.users)} people, {len(found.metrics)} metrics,"
        f" {found.figures:,} figures: {count} differ",
        f"one cent changed in one renderer: {found.found} of {found.mutations} found",
        f"formulas computed anew: {found.recalculated}",
    ]
    say(as_json, found, "\n".join(lines))
    if count or found.missed:
        raise SurfacesDiffer(f"{count} figures differ, {len(found.missed)} changes not found")
    if reports >= WHOLE_RUN and len(found.metrics) < LEAST_METRICS:
        raise SurfacesDiffer(f"only {len(found.metrics)} metrics, not {LEAST_METRICS}")
