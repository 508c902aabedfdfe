"""`crm sql`: the analyst's own SQL, on the rows they may see, in a process of its own.

Limits and refusals are in `transforms.lake.workbench`.
"""

import click

from crm_core import clock
from orchestration.output import say, table


@click.command()
@click.argument("statement")
@click.option("--as", "email", required=True, help="E-mail of the user who asks.")
@click.option("--limit", default=10_000, show_default=True, help="Most rows to return.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sql(statement: str, email: str, limit: int, as_json: bool) -> None:
    """Run one SELECT on the warehouse as a user."""
    from crm_core.security import audit
    from crm_core.security.permissions import Resource
    from crm_core.services.tenancy.access import subject_of
    from transforms.lake.workbench import run_sql

    subject = subject_of(email)
    frame = run_sql(subject, statement, limit=limit)
    audit.record_export(
        subject, Resource.WAREHOUSE, "sql", at=clock.now(), sql=audit.masked(statement)[:4000],
        rows=frame.height,
    )  # fmt: skip
    say(as_json, frame.to_dicts(), table(frame.columns, frame.rows()))
