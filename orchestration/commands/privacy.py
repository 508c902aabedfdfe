"""`crm privacy`: what is kept about a customer, given out or erased; and keys replaced.

The work is in `services.tenancy.privacy_requests` and `crm_core.security.key_rotation`.
"""

from pathlib import Path
from uuid import UUID

import click

from crm_core import clock
from orchestration.output import say

CUSTOMER = click.argument("customer_id", metavar="CUSTOMER", type=click.UUID)
AS_USER = click.option("--as", "email", help="E-mail of who acts (default: the platform itself).")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def privacy() -> None:
    """A customer's data: export, erase; and the keys to it."""


@privacy.command()
@CUSTOMER
@AS_USER
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@JSON
def export(customer_id: UUID, email: str | None, out: Path | None, as_json: bool) -> None:
    """Write everything about CUSTOMER (an id) to one JSON file, for the person to have."""
    from crm_core.services.tenancy.privacy_requests import export_customer

    path, content = export_customer(customer_id, email, out, clock.now())
    counts = {name: len(found) for name, found in content["core"].items()}
    text = f"{path}: {sum(counts.values())} rows, {len(content['landing'])} records as received."
    say(as_json, {"file": path, "rows": counts, "landing": len(content["landing"])}, text)


@privacy.command()
@CUSTOMER
@AS_USER
@JSON
def erase(customer_id: UUID, email: str | None, as_json: bool) -> None:
    """Take every personal value of CUSTOMER (an id) out of the core, its landing and all files."""
    from crm_core.services.tenancy.privacy_requests import erase_customer

    done = erase_customer(customer_id, email, clock.now())
    say(as_json, done.payload, done.text)


@privacy.command()
@JSON
def replay(as_json: bool) -> None:
    """Erase again, after a restore, every customer who was ever erased."""
    from crm_core.services.tenancy.privacy_requests import replay_erasures

    done = replay_erasures(clock.now())
    text = f"{len(done)} customers on the list, {sum(d.changed for d in done)} rows erased again."
    say(as_json, [d.payload for d in done], text)


@privacy.command("rotate-keys")
@click.option("--root", "only_root", is_flag=True, help="Replace the root key only.")
@click.option("--tenants", "only_tenants", is_flag=True, help="Replace the tenants' keys only.")
@JSON
def rotate_keys(only_root: bool, only_tenants: bool, as_json: bool) -> None:
    """Replace the keys that protect other keys; run again, it goes on where it was stopped."""
    from crm_core.security.key_rotation import rotate_root, rotate_tenant, tenants

    done = [] if only_tenants else [rotate_root()]
    done += [] if only_root else [rotate_tenant(client_id) for client_id in tenants()]
    keys, values = sum(d.keys for d in done), sum(d.values for d in done)
    text = f"{keys:,} keys wrapped anew, {values:,} values encrypted anew."
    say(as_json, {"keys": keys, "values": values}, text)
