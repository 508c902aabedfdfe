"""`crm audit`: check that the audit trail is as it was written.

Hashing is in `crm_core.security.audit`.
"""

import click

from crm_core.errors import CrmError
from orchestration.output import say


class AuditTrailBroken(CrmError):
    """An audit entry does not carry the content it was written with."""


@click.group()
def audit() -> None:
    """Check the audit trail."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(as_json: bool) -> None:
    """Recompute the hash of every entry of every tenant."""
    from sqlalchemy.orm import Session

    from crm_core.database import DatabaseRole, engine
    from crm_core.security.audit import verify as run

    with Session(engine(DatabaseRole.AUDIT)) as session:
        problems = run(session)
    say(as_json, problems, "\n".join([*map(str, problems), f"{len(problems)} problems"]))
    if problems:
        raise AuditTrailBroken(f"{len(problems)} audit entries were changed, listed above")
