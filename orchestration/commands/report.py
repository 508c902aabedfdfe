"""`crm report`: list, lint, render, verify, diff, deliver.

Reports are declared in `reports/catalogue`; people's own are in `orchestration.commands.saved`.
"""

from pathlib import Path

import click

from crm_core import clock
from orchestration.commands import saved
from orchestration.commands.schedule import deliveries, schedule
from orchestration.output import say, table

FORMATS = "pdf,xlsx,csv,json"
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def report() -> None:
    """Render, verify and deliver reports."""


report.add_command(schedule)
report.add_command(deliveries)
for command in (saved.copy, saved.share, saved.export_, saved.import_):
    report.add_command(command)


@report.command("list")
@click.option("--as", "email", help="With this user's own reports and those shared with them.")
@JSON
def list_reports(email: str | None, as_json: bool) -> None:
    """The catalogue, and what people saved."""
    from crm_core.services.tenancy.access import subject_of
    from reports.shelf import own_shelf
    from reports.spec import catalogue

    found = catalogue()
    rows: list[list[object]] = [[s.name, s.title_en, ", ".join(s.formats), "all"] for s in found]
    payload = [spec.model_dump(mode="json") for spec in found]
    for each in own_shelf(subject_of(email)) if email else ():
        spec = each.spec
        said = [spec.title_en, ", ".join(spec.formats)] if spec else [each.problem, ""]
        rows.append([each.name, *said, "shared" if each.is_shared else "own"])
        payload.append(
            {"id": str(each.definition_id), "called": each.name, "problem": each.problem}
            | (spec.model_dump(mode="json") if spec else {})
        )
    say(as_json, payload, table(["name", "title", "formats", "for"], rows))


@report.command()
@click.argument("name")
@click.option("--as", "email", required=True, help="E-mail of the user whose report it is.")
@click.option("--period", help="last_week, 2026-W46, 2026-10, … (default: the report's own).")
@click.option("--formats", default=FORMATS, show_default=True)
@click.option("--locale", default="en-CA", show_default=True, help="en-CA or fr-CA.")
@click.option("--publication", type=int, help="A publication other than the newest.")
@click.option("--where", multiple=True, help="Narrow it, e.g. branch=VANC, where the spec allows.")
@click.option("--accessible", is_flag=True, help="The PDF as PDF/UA-1: tagged, charts in words.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@JSON
def run(
    name: str,
    email: str,
    period: str | None,
    formats: str,
    locale: str,
    publication: int | None,
    where: tuple[str, ...],
    accessible: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Render a report as a user sees it."""
    from crm_core.security import audit
    from crm_core.security.permissions import Resource
    from crm_core.services.tenancy.access import subject_of
    from reports.render import render_report, write_file
    from reports.renderers import ACCESSIBLE

    subject, wanted = subject_of(email), formats.split(",")
    if accessible:
        wanted = [ACCESSIBLE if each == "pdf" else each for each in wanted]
    parameters = {name: value for name, _, value in (each.partition("=") for each in where)}
    made = render_report(
        subject, name, period, wanted, locale=locale, publication_id=publication,
        parameters=parameters,
    )  # fmt: skip
    audit.record_export(
        subject, Resource.REPORT, "report", at=clock.now(), report=name, formats=wanted
    )
    files = [write_file(file, out) for file in made]
    say(as_json, files, "\n".join(map(str, files)))


@report.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@JSON
def verify(file: Path, as_json: bool) -> None:
    """Make a JSON, XLSX or PDF report again from its capsule, compute its numbers again."""
    from reports.proof import verify_file

    outcome = verify_file(file)
    say(as_json, outcome, outcome.text)
    outcome.require_equal()


@report.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@JSON
def diff(file: Path, as_json: bool) -> None:
    """What a JSON, XLSX or PDF report would say today, and why."""
    from reports.proof import changed_since

    outcome = changed_since(file)
    say(as_json, outcome, outcome.text)


@report.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--schema", is_flag=True, help="Print the JSON schema of a report instead.")
@JSON
def lint(files: tuple[Path, ...], schema: bool, as_json: bool) -> None:
    """Check specs: vocabulary, metrics, dimensions and grains; without files, the catalogue."""
    from reports.lint import lint_reports
    from reports.spec import ReportSpec, catalogue, json_schema_text, parse

    if schema:
        click.echo(json_schema_text(), nl=False)
        return
    specs = [parse(ReportSpec, path.read_text(encoding="utf-8"), path.name) for path in files]
    found = lint_reports(specs or catalogue())
    say(as_json, found, "\n".join(found.lines))
    found.require_clean()


@report.command()
@click.argument("name")
@click.option("--tenant", required=True, help="The tenant's short name, e.g. northway.")
@click.option("--window", help="Key of the window (default: the period that ended last).")
@JSON
def deliver(name: str, tenant: str, window: str | None, as_json: bool) -> None:
    """Send a report to its recipients, once per window."""
    from orchestration.delivery import deliver as send

    sent = send(name, tenant, clock.now(), window=window)
    say(as_json, sent, "\n".join(f"{d.state:<9} {d.recipient}" for d in sent) or "No recipients.")
