"""`crm doctor`: what is wrong with this machine, and how to mend it.

Each check is one function that says what it found; nothing is repaired here.
"""

import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import click

from crm_core import clock
from crm_core.config import settings
from crm_core.errors import CrmError
from orchestration.output import say, table


class MachineUnwell(CrmError):
    """A check of the doctor failed."""


@dataclass(frozen=True)
class Finding:
    """One check: whether it is well, what was seen, and the remedy when it is not."""

    check: str
    is_well: bool
    seen: str
    remedy: str = ""


PINNED = ("duckdb", "dbt-core", "dbt-duckdb", "metricflow", "dagster", "streamlit", "polars")
EXTENSIONS = ("duckdb-extension-postgres-scanner", "duckdb-extension-ducklake")
NEEDED_GB = 5


def versions() -> Finding:
    """Versions of what the product stands on; the extension wheels must equal DuckDB's."""
    seen = ", ".join(f"{name} {version(name)}" for name in PINNED)
    wrong = [name for name in EXTENSIONS if version(name) != version("duckdb")]
    return Finding(
        "versions",
        not wrong,
        f"Python {platform.python_version()}, {seen}",
        f"{', '.join(wrong)} must have DuckDB's version: run `make demo` or `make test` again",
    )


def postgres() -> Finding:
    """The server, where it came from, and the power of our roles."""
    from crm_core.database import server
    from crm_core.migrations.lint import findings

    at = server()
    found = findings()
    return Finding(
        "postgres",
        not found,
        f"Postgres {at.major} ({at.source}), {len(found)} findings in the catalogue",
        "run `crm db lint`, then `crm db migrate`",
    )


def schema() -> Finding:
    """The core is at the revision of the program."""
    from crm_core.migrations.run import require_migrated

    require_migrated()
    return Finding("schema", True, "at the newest revision")


def clocks() -> Finding:
    """Postgres and this machine agree on the time."""
    from sqlalchemy import text

    from crm_core.database import DatabaseRole, engine

    with engine(DatabaseRole.APP).connect() as connection:
        theirs: datetime = connection.scalar(text("select clock_timestamp()"))
    skew = abs((theirs.astimezone(UTC) - clock.now()).total_seconds())
    return Finding("clocks", skew < 2, f"{skew:.3f} s apart", "set both clocks by NTP")


def time_zones() -> Finding:
    """Only the pinned tzdata package decides; others that disagree are named, not used."""
    import duckdb
    from sqlalchemy import text

    from crm_core.database import DatabaseRole, engine

    probe = datetime(2026, 12, 1, 20, tzinfo=UTC)
    right = probe.replace(hour=13, tzinfo=None)
    ours = clock.local_naive(probe, "America/Vancouver")
    with engine(DatabaseRole.APP).connect() as connection:
        postgres_says = connection.scalar(
            text("select timestamptz '2026-12-01 20:00:00+00' at time zone 'America/Vancouver'")
        )
    row = duckdb.sql(
        "select timezone('America/Vancouver', timestamptz '2026-12-01 20:00:00+00')"
    ).fetchone()
    others = {"Postgres": postgres_says, "DuckDB": row[0] if row else None}
    differing = [name for name, says in others.items() if says != ours]
    seen = f"tzdata {version('tzdata')}; {' and '.join(differing) or 'nobody'} would disagree"
    return Finding("time zones", ours == right, seen + ", and is not asked",
                   "install the tzdata package of requirements.lock")  # fmt: skip


def extensions() -> Finding:
    """DuckDB loads its extensions from their wheels."""
    from transforms.lake.engine import connect_memory

    with connect_memory() as connection:
        loaded = connection.execute(
            "select extension_name from duckdb_extensions() where loaded order by 1"
        ).fetchall()
    return Finding("extensions", True, ", ".join(name for (name,) in loaded))


def disk() -> Finding:
    """Room for the lake, the doors and the reports."""
    settings().var.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings().var).free / 1e9
    return Finding("disk", free > NEEDED_GB, f"{free:.0f} GB free", f"free at least {NEEDED_GB} GB")


CHECKS: tuple[Callable[[], Finding], ...] = (
    versions, disk, postgres, schema, clocks, time_zones, extensions
)  # fmt: skip


def examine() -> list[Finding]:
    """Every check; one that raises counts as failed, with its own line as the remedy."""
    found = []
    for check in CHECKS:
        try:
            found.append(check())
        except CrmError as error:
            found.append(Finding(check.__name__.replace("_", " "), False, "failed", error.line))
    return found


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Check versions, time zones, roles, extensions, disk and clock."""
    found = examine()
    rows = [
        [f.check, "well" if f.is_well else "UNWELL", f.seen, "" if f.is_well else f.remedy]
        for f in found
    ]
    say(as_json, found, table(["check", "", "seen", "remedy"], rows))
    if unwell := [f.check for f in found if not f.is_well]:
        raise MachineUnwell(f"{', '.join(unwell)}: see the remedies above")
