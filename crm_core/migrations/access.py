"""What each database role may do with which table, and what of it may leave the core.

Part of `crm_core.migrations.derived`; which rows of a table are seen is in `policies`.
"""

from collections.abc import Iterator

from sqlalchemy import Table

from crm_core.database import DatabaseRole
from crm_core.models import Base
from crm_core.models.base import LakePolicy

APP, EXTRACT, LOADER, OWNER, AUDIT = (
    role.value
    for role in (
        DatabaseRole.APP,
        DatabaseRole.EXTRACT,
        DatabaseRole.LOADER,
        DatabaseRole.OWNER,
        DatabaseRole.AUDIT,
    )
)

# What the application may do beyond reading and writing rows of its tenant.
APPEND_ONLY = {
    "audit_entries",
    "payloads",
    "inventory_transactions",
    "financial_transactions",
    "customer_credits",
    "storage_price_changes",
}
READ_ONLY = {
    "tax_rates",
    "fx_rates",
    "clients",
    "tombstones",
    "business_clock",
    "zone_offsets",
    "booking_history",
    "occupancies",
    "status_events",
    "company_access_logs",
    "billing_plans",
    "audit_seals",
    "audit_heads",
}
DELETABLE = {
    "user_locations",
    "payloads",
    "quotes",
    "quote_items",
    "quote_template_items",
    "dashboards",
    "annotations",
    "notifications",
    "encrypted_values",
    "role_permissions",
    "user_permissions",
    "journey_step_permissions",
    "second_factor_roles",
}
DELETABLE_WHEN = {"quotes": "status = 'DRAFT'"}
"""Rows that the application may remove, where not all of a table's are."""
CHAIN = {"audit_seals", "audit_heads"}
"""Written by the sealer, which acts as the audit role; nobody else may."""
UNCHANGEABLE = {"audit_entries", *CHAIN}
"""Tables in which no role at all may change or remove a row."""
PLATFORM = {"platform_admins", "platform_sessions"}
"""Tables above the tenants: reached by no role but the owner."""


def lake_columns(table: Table) -> list[str]:
    """The columns of a table that may leave the core, in the order of the model."""
    return [c.name for c in table.columns if c.info["lake"] is LakePolicy.KEEP]


def masked_columns(table: Table) -> dict[str, str]:
    """What leaves the core of private columns: the name in the lake, and the SQL that makes it."""
    made = {}
    for column in table.columns:
        if column.info["lake"] is LakePolicy.HASH:
            what = f"'{table.name}.{column.name}', client_id, {column.name}::text"
            made[f"{column.name}_hash"] = f"core.keyed_hash({what})"
        elif column.info["lake"] is LakePolicy.TRUNCATE:
            made[f"{column.name}_start"] = f"left({column.name}, {column.info['to']})"
    return made


def read_columns(table: Table) -> list[str]:
    """The columns the extract's role must read to make what leaves the core."""
    return [c.name for c in table.columns if c.info["lake"] is not LakePolicy.DROP]


def raw_tables() -> list[Table]:
    """The tables that are copied to the lake: those with a fence and something to keep."""
    skipped = {
        *PLATFORM,
        *CHAIN,
        "sessions",
        "encryption_keys",
        "number_counters",
        "zone_offsets",
        "payloads",
        "tombstones",
        "occupancies",
        "domain_events",
        "inbound_events",
        "encrypted_values",
        "erasures",
        "role_permissions",
        "journey_step_permissions",
        "second_factor_roles",
    }
    return [t for t in Base.metadata.sorted_tables if t.name not in skipped]


def grants(table: Table) -> Iterator[str]:
    """What each role may do with one table; nobody is granted the fence column."""
    name = table.fullname
    columns = ", ".join(c.name for c in table.columns if c.name != "changed_xid")
    yield f"revoke all on {name} from {APP}, {LOADER}, {EXTRACT}, {AUDIT}"
    if table.name in PLATFORM:
        return
    yield f"grant select on {name} to {APP}"
    if table.name in UNCHANGEABLE:
        yield f"grant select, insert on {name} to {AUDIT if table.name in CHAIN else LOADER}"
    else:
        yield f"grant select, insert, update, delete on {name} to {LOADER}"
    if table.name not in READ_ONLY:
        yield f"grant insert ({columns}) on {name} to {APP}"
        if table.name not in APPEND_ONLY:
            yield f"grant update ({columns}) on {name} to {APP}"
    if table.name in DELETABLE:
        yield f"grant delete on {name} to {APP}"
    if table.name in {"payloads", "encryption_keys", "tombstones"}:
        yield f"grant select on {name} to {EXTRACT}"
    elif table in raw_tables() and (read := read_columns(table)):
        yield f"grant select ({', '.join(read)}) on {name} to {EXTRACT}"
    if table.name == "audit_entries":
        yield f"grant select on {name} to {AUDIT}"


KEYED_HASH = """
create or replace function core.keyed_hash(what text, tenant uuid, value text) returns text
  language sql stable parallel safe as $$
  select encode(sha256(decode(nullif(current_setting('crm.hash_outer', true), ''), 'hex')
    || sha256(decode(nullif(current_setting('crm.hash_inner', true), ''), 'hex')
      || convert_to(what || ':' || tenant || ':' || value, 'UTF8'))), 'hex')
$$
"""
"""HMAC-SHA256; whoever does not know the key of the installation gets nothing."""


def raw_views() -> Iterator[str]:
    """The schema that says what leaves the core; the lake's raw tables carry the same names."""
    yield "drop schema if exists raw cascade"
    yield "create schema raw"
    yield KEYED_HASH
    for table in raw_tables():
        view = f"raw.{table.schema}__{table.name}"
        masked = [f"{made} as {name}" for name, made in masked_columns(table).items()]
        yield (
            f"create view {view} with (security_invoker = true) as"
            f" select {', '.join([*lake_columns(table), *masked])} from {table.fullname}"
        )
        yield f"grant select on {view} to {APP}, {EXTRACT}"
