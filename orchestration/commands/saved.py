"""`crm report copy`, `share`, `export` and `import`: reports of people's own.

What they do belongs to `reports.schedules` and `reports.shelf`.
"""

from pathlib import Path

import click
import yaml

from crm_core import clock
from orchestration.output import say

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
AS = click.option("--as", "email", required=True, help="E-mail of the user who asks.")


@click.command()
@click.argument("source")
@click.argument("name")
@AS
@JSON
def copy(source: str, name: str, email: str, as_json: bool) -> None:
    """Save a report of the product's, or a shared one, as one's own under NAME."""
    from crm_core.services.tenancy.access import subject_of
    from reports.schedules import copy as copy_it

    row = copy_it(subject_of(email), source, name, clock.now())
    say(as_json, {"id": row.id, "name": row.name}, f"{row.name} saved as {row.id}")


@click.command()
@click.argument("name")
@AS
@click.option("--roles", default="", help="Only these roles, e.g. MANAGER,FINANCE.")
@click.option("--branches", default="", help="Only who works there, e.g. VANC,CALG.")
@click.option("--off", is_flag=True, help="Share it no longer.")
@JSON
def share(name: str, email: str, roles: str, branches: str, off: bool, as_json: bool) -> None:
    """Offer a saved report to others; each sees their own figures."""
    from crm_core.enums import UserRole
    from crm_core.errors import InvalidInput
    from crm_core.services.reporting.saved_reports import Offer
    from crm_core.services.tenancy.access import subject_of
    from reports.schedules import branch_ids
    from reports.schedules import share as share_it
    from reports.shelf import find

    subject = subject_of(email)
    found = find(subject, name)
    if found.definition_id is None:
        raise InvalidInput("name", f"{name} is the product's own: everyone has it")
    try:
        wanted = tuple(UserRole(each.strip().upper()) for each in roles.split(",") if each)
    except ValueError as error:
        raise InvalidInput("roles", f"{error}: use {', '.join(UserRole)}") from error
    codes = [each.strip().upper() for each in branches.split(",") if each]
    offer = Offer(wanted, branch_ids(subject, codes))
    share_it(subject, found.definition_id, not off, clock.now(), offer)
    whom = " and ".join(filter(None, (roles, branches))) or "everyone"
    text = f"{name}: shared no longer" if off else f"{name}: shared with {whom}"
    say(as_json, {"id": found.definition_id, "is_shared": not off}, text)


@click.command("export")
@click.argument("name")
@AS
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: print it.")
def export_(name: str, email: str, out: Path | None) -> None:
    """The spec of a report as YAML, as `crm report import` takes it."""
    from crm_core.services.tenancy.access import subject_of
    from reports.shelf import as_text, find

    text = as_text(find(subject_of(email), name).require_spec())
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        click.echo(str(out))


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@AS
@click.option("--name", required=True, help="What it is called.")
@click.option("--formats", help="Default: all that its spec names.")
@click.option("--replace", "is_again", is_flag=True, help="Put it in place of the one there is.")
@JSON
def import_(
    file: Path, email: str, name: str, formats: str | None, is_again: bool, as_json: bool
) -> None:
    """Save a spec in a YAML file as a report of one's own."""
    from crm_core.enums import ReportFormat
    from crm_core.errors import InvalidInput
    from crm_core.services.tenancy.access import subject_of
    from reports.delivery.plan import FORMATS
    from reports.schedules import change, make
    from reports.shelf import checked, find

    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(file.name, f"not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(raw, dict):
        raise InvalidInput(file.name, "holds no fields")
    subject, at = subject_of(email), clock.now()
    wanted = formats.lower().split(",") if formats else checked(raw, file.name).formats
    own: dict[str, str] = {made: stored for stored, made in FORMATS.items()}
    if unknown := [each for each in wanted if each not in own]:
        raise InvalidInput("formats", f"{unknown[0]!r} is none of {', '.join(own)}")
    kinds = [ReportFormat(own[each]) for each in wanted]
    if is_again:
        found = find(subject, name)
        if found.definition_id is None:
            raise InvalidInput("name", f"{name} is the product's own: take another name")
        row = change(subject, found.definition_id, raw, at, formats=kinds)
    else:
        row = make(subject, name, at, spec=raw, formats=kinds)
    say(as_json, {"id": row.id, "name": row.name}, f"{row.name} saved as {row.id}")
