"""`crm up`, `crm down`, `crm status`: the services.

How processes are kept is in `orchestration.services`.
"""

import click

from crm_core import clock
from crm_core.config import settings
from orchestration.output import say, table

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@JSON
def up(as_json: bool) -> None:
    """Start Postgres, the app and Dagster, and wait until they answer."""
    from crm_core.migrations.run import require_migrated
    from orchestration.services import start_all

    require_migrated()
    running = start_all()
    say(as_json, running, "\n".join(f"{s.name:<16} {s.url or 'running'}" for s in running))


@click.command()
@JSON
def down(as_json: bool) -> None:
    """Stop the app, Dagster and our own Postgres."""
    from crm_core.postgres import is_running, stop
    from orchestration.services import stop_all

    stopped = []
    if settings().database_url or is_running(settings().var):
        stopped = stop_all()
    if not settings().database_url and stop(settings().var):
        stopped.append("postgres")
    say(as_json, stopped, f"Stopped: {', '.join(stopped)}" if stopped else "Nothing was running.")


@click.command()
@JSON
def status(as_json: bool) -> None:
    """What runs, what is published, and how old it is."""
    from orchestration.services import status as running
    from transforms.lake import publication

    found = running()
    current = publication.current()
    rows = [[s.name, "running" if s.is_running else "stopped", s.url] for s in found]
    lines = [table(["service", "state", "address"], rows)]
    if current is None:
        lines.append("Nothing is published yet: run `crm pipeline run`.")
    else:
        age = int((clock.now() - current.created_at).total_seconds() // 60)
        lines.append(f"Publication {current.id}, {age} minutes old, data as of {current.as_of}.")
    say(as_json, {"services": found, "publication": current}, "\n".join(lines))
