"""`crm db`: migrate the core, lint its catalogue, describe its tables, open a shell on it.

The migrations themselves are in `crm_core.migrations`.
"""

import os
import shutil
from pathlib import Path

import click

from crm_core.database import DatabaseRole, conninfo, server
from crm_core.errors import CrmError
from orchestration.output import say


class FindingsInCatalogue(CrmError):
    """The database's catalogue breaks a rule of isolation."""


@click.group()
def db() -> None:
    """The core's database."""


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def migrate(as_json: bool) -> None:
    """Create roles and databases, and bring the tables to the newest revision."""
    from crm_core.migrations.run import migrate as run
    from transforms.lake.live_views import ensure_live_views

    done = run()
    ensure_live_views()
    say(as_json, done, f"The core is at revision {done.revision}.")


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def lint(as_json: bool) -> None:
    """Check that no table, key, view or function escapes tenant isolation."""
    from crm_core.migrations.lint import allowances, checked

    offences = checked()
    found = [offence for offence in offences if offence.reason is None]
    allowed = [f"allowed: {line}" for line in allowances(offences)]
    lines = [*allowed, *map(str, found), f"{len(found)} findings"]
    say(as_json, {"findings": found, "allowed": allowed}, "\n".join(lines))
    if found:
        raise FindingsInCatalogue(f"the catalogue has {len(found)} findings, listed above")


@db.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write a file.")
def dictionary(out: Path | None) -> None:
    """Print the data dictionary: every table and column, as the models declare them."""
    from crm_core.dictionary import page

    if out is None:
        click.echo(page(), nl=False)
    else:
        out.write_text(page(), encoding="utf-8")
        say(False, None, f"The data dictionary is in {out}.")


@db.command()
def shell() -> None:
    """Open psql on the core as the application role (row-level security applies)."""
    beside = server().bin_dir
    psql = (beside and shutil.which("psql", path=str(beside))) or shutil.which("psql")
    if not psql:
        raise CrmError("psql is not on this machine: install a Postgres client to use this")
    os.execv(psql, [psql, conninfo(DatabaseRole.APP)])
