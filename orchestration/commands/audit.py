"""`crm audit`: check that the audit trail is as it was written, and seal what is new.

Hashing is in `crm_core.security.audit_chain`, the chain in `crm_core.security.audit_seals`.
"""

import click

from crm_core import clock
from crm_core.errors import CrmError
from orchestration.output import say

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class AuditTrailBroken(CrmError):
    """The audit trail is not as it was written."""


@click.group()
def audit() -> None:
    """Check and seal the audit trail."""


@audit.command()
@JSON
def verify(as_json: bool) -> None:
    """Recompute every hash and signature of every tenant, and name what does not fit."""
    from crm_core.security.audit_seals import open_connection
    from crm_core.security.audit_seals import verify as run

    with open_connection() as connection:
        found = run(connection)
    oldest = f", the oldest of {found.oldest_unsealed_at}" if found.oldest_unsealed_at else ""
    lines = [
        *map(str, found.problems),
        f"{found.sealed:,} sealed entries and {found.heads:,} signed heads checked",
        f"{found.unsealed:,} entries wait to be sealed{oldest}",
        f"{len(found.problems)} problems",
    ]
    say(as_json, found, "\n".join(lines))
    if found.problems:
        raise AuditTrailBroken(
            f"the audit trail is not as it was written: {len(found.problems)} problems, listed"
            " above"
        )


@audit.command()
@click.option("--after-restore", is_flag=True, help="Seal what the restored server numbers lower.")
@JSON
def seal(after_restore: bool, as_json: bool) -> None:
    """Link what was committed into the chain now, and sign its end (`crm up` does it all along)."""
    from crm_core.security.audit_seals import seal_now

    count = seal_now(clock.now(), after_restore=after_restore)
    say(as_json, {"sealed": count}, f"{count:,} entries sealed.")
