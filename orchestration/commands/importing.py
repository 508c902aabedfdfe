"""`crm import`: another CRM's export into the core.

How an export is read, mended and written is in `crm_core.importing`.
"""

import sys
from pathlib import Path

import click

from crm_core import clock
from orchestration.output import say, table

FATES = ("taken", "mended", "unchanged", "refused")


@click.command(name="import")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--tenant", "slug", required=True, help="The company; made when there is none.")
@click.option("--dry-run", is_flag=True, help="The same checks and report; writes nothing.")
@click.option("--mapping", type=click.Path(path_type=Path), help="A mapping file of your own.")
@click.option("--executive", help="Mail address of who looks at the figures first.")
@click.option("--report", "report_dir", type=click.Path(path_type=Path),
              help="Where the report goes (default: under the state directory).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_(
    folder: Path,
    slug: str,
    dry_run: bool,
    mapping: Path | None,
    executive: str | None,
    report_dir: Path | None,
    as_json: bool,
) -> None:
    """Bring another CRM's CSV or Excel export into a tenant of its own.

    Migrate first: `crm db migrate`. Importing the same export again changes nothing.
    """
    from crm_core.importing.command import import_folder
    from crm_core.migrations.run import require_migrated

    require_migrated()
    result = import_folder(
        folder,
        slug,
        at=clock.now(),
        dry_run=dry_run,
        mapping=mapping,
        executive=executive,
        report_dir=report_dir,
        progress=_silent if as_json or not sys.stderr.isatty() else _show,
    )
    counts = [[entity, *(by[fate] for fate in FATES)] for entity, by in result.rows.items()]
    parts = [
        f"{result.format} → tenant {result.tenant}"
        + (" (dry run: nothing was written)" if result.is_dry_run else ""),
        table(["rows", *FATES], counts),
    ]
    if result.mended:
        rules = [[count, rule] for rule, count in result.mended.items()]
        parts.append(table(["values", "mended by rule"], rules))
    for file, columns in result.columns_left_out.items():
        parts.append(f"{file}: not taken: {', '.join(columns)}")
    parts += [f"refused: {where}: {why}" for where, why in result.refused.items()]
    parts.append(f"Every row and every mended value: {result.folder}")
    say(as_json, result.payload, "\n\n".join(parts[:3]) + "\n" + "\n".join(parts[3:]))


def _silent(_: int, __: int) -> None:
    """No progress."""


def _show(done: int, total: int) -> None:
    click.echo(f"\r  {done:,} of {total:,} rows", nl=done >= total, err=True)
