"""What follows from the models: policies, grants, triggers, log-in functions and the raw views.

Columns, keys and checks are migrated by Alembic. What stands here is written again, as a whole,
whenever its text changes; `tests/integration/crm_core/test_catalogue.py` proves nothing escapes it.
"""

import hashlib
from collections.abc import Iterator
from typing import LiteralString

import psycopg
from sqlalchemy import Connection, Table, text

from crm_core.database import DatabaseRole
from crm_core.models import Base
from crm_core.models.base import LakePolicy, Scope

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
APPEND_ONLY = {"audit_entries", "payloads"}
READ_ONLY = {"tax_rates", "clients", "tombstones", "business_clock", "booking_history"}
DELETABLE = {"user_locations", "payloads", "quote_items"}
REFERENCE = {"tax_rates", "business_clock"}
"""Tables without a tenant: the same for everyone, readable by everyone."""

FUNCTIONS = f"""
create or replace function core.current_client_id() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('crm.client_id', true), '')::uuid $$;
create or replace function core.current_user_id() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('crm.user_id', true), '')::uuid $$;
create or replace function core.current_scope() returns text language sql stable parallel safe
  as $$ select nullif(current_setting('crm.scope', true), '') $$;
create or replace function core.current_location_ids() returns uuid[] language sql stable
  parallel safe
  as $$ select coalesce(nullif(current_setting('crm.location_ids', true), ''), '{{}}')::uuid[] $$;

create or replace function core.touch() returns trigger language plpgsql as $$
begin
  new.changed_xid := pg_current_xact_id();
  new.updated_at := now();
  return new;
end $$;

create or replace function core.bury() returns trigger language plpgsql
  security definer set search_path = core, pg_temp as $$
begin
  insert into core.tombstones (client_id, table_name, row_id)
    values (old.client_id, tg_table_name, old.id) on conflict do nothing;
  return old;
end $$;

create or replace function core.find_user(wanted text) returns table (
    client_id uuid, user_id uuid, role text, status text, language text, password_hash text,
    must_change_password boolean, failed_login_count integer, locked_until_at timestamptz,
    home_location_id uuid, location_ids uuid[])
  language sql stable security definer set search_path = core, pg_temp as $$
  select u.client_id, u.id, u.role, u.status, u.language, u.password_hash, u.must_change_password,
    u.failed_login_count, u.locked_until_at, u.location_id,
    array(select ul.location_id from core.user_locations ul
          where ul.client_id = u.client_id and ul.user_id = u.id order by 1)
  from core.users u where u.email = lower(wanted)
$$;

create or replace function core.find_session(wanted text) returns table (
    client_id uuid, session_id uuid, user_id uuid, email text, status text,
    last_seen_at timestamptz, expires_at timestamptz, revoked_at timestamptz)
  language sql stable security definer set search_path = core, pg_temp as $$
  select s.client_id, s.id, s.user_id, u.email, u.status, s.last_seen_at, s.expires_at, s.revoked_at
  from core.sessions s join core.users u on u.client_id = s.client_id and u.id = s.user_id
  where s.token_hash = wanted
$$;

revoke all on all functions in schema core from public;
grant execute on function core.current_client_id(), core.current_user_id(), core.current_scope(),
  core.current_location_ids() to {APP}, {EXTRACT}, {LOADER}, {OWNER}, {AUDIT};
grant execute on function core.find_user(text), core.find_session(text) to {APP};
grant usage on schema core, landing to {APP}, {LOADER}, {EXTRACT};
grant usage on schema core to {AUDIT};
grant usage on schema raw to {APP}, {EXTRACT};
"""


def scope_of(table: Table) -> Scope:
    """The scope rule declared on the model of a table."""
    for mapper in Base.registry.mappers:
        if mapper.local_table is table:
            return getattr(mapper.class_, "__scope__", Scope())
    raise LookupError(f"{table.fullname} has no model")


def scope_predicate(scope: Scope) -> str:
    """The permissive predicate of a tenant's rows, for USING and WITH CHECK alike."""
    if scope.location is None and scope.owner is None:
        return "true"
    within = f"{scope.location} = any ((select core.current_location_ids())::uuid[])"
    own = f"{scope.owner} = (select core.current_user_id())" if scope.owner else within
    return (
        "case (select core.current_scope())"
        f" when 'CLIENT' then true when 'LOCATION' then {within} when 'OWN' then {own}"
        " else false end"
    )


def lake_columns(table: Table) -> list[str]:
    """The columns of a table that may leave the core, in the order of the model."""
    return [c.name for c in table.columns if c.info["lake"] is LakePolicy.KEEP]


def raw_tables() -> list[Table]:
    """The tables that are copied to the lake: those with a fence and something to keep."""
    skipped = {"sessions", "encryption_keys", "number_counters", "payloads", "tombstones"}
    return [t for t in Base.metadata.sorted_tables if t.name not in skipped]


def policies(table: Table) -> Iterator[str]:
    """Row-level security of one table."""
    name = table.fullname
    yield f"alter table {name} enable row level security, force row level security"
    yield (
        f"do $$ declare p record; begin for p in select policyname from pg_policies"
        f" where schemaname = '{table.schema}' and tablename = '{table.name}'"
        f" loop execute format('drop policy %I on {name}', p.policyname); end loop; end $$"
    )
    yield f"create policy owner_all on {name} to {OWNER} using (true) with check (true)"
    yield f"create policy extract_read on {name} for select to {EXTRACT} using (true)"
    if table.name == "audit_entries":
        yield f"create policy audit_read on {name} for select to {AUDIT} using (true)"
    if table.name in REFERENCE:
        yield f"create policy everyone_reads on {name} for select to {APP} using (true)"
        return
    tenant = "id" if table.name == "clients" else "client_id"
    same = f"{tenant} = (select core.current_client_id())"
    yield (
        f"create policy tenant_only on {name} as restrictive to {APP}"
        f" using ({same}) with check ({same})"
    )
    rule = scope_predicate(scope_of(table))
    yield f"create policy scope_read on {name} for select to {APP} using ({rule})"
    yield f"create policy scope_insert on {name} for insert to {APP} with check ({rule})"
    yield (
        f"create policy scope_update on {name} for update to {APP}"
        f" using ({rule}) with check ({rule})"
    )
    yield f"create policy scope_delete on {name} for delete to {APP} using ({rule})"


def grants(table: Table) -> Iterator[str]:
    """What each role may do with one table; nobody is granted the fence column."""
    name = table.fullname
    columns = ", ".join(c.name for c in table.columns if c.name != "changed_xid")
    yield f"revoke all on {name} from {APP}, {LOADER}, {EXTRACT}, {AUDIT}"
    yield f"grant select on {name} to {APP}"
    yield f"grant select, insert, update, delete on {name} to {LOADER}"
    if table.name not in READ_ONLY:
        yield f"grant insert ({columns}) on {name} to {APP}"
        if table.name not in APPEND_ONLY:
            yield f"grant update ({columns}) on {name} to {APP}"
    if table.name in DELETABLE:
        yield f"grant delete on {name} to {APP}"
    if table.name == "payloads" or table.name == "encryption_keys":
        yield f"grant select on {name} to {EXTRACT}"
    elif table in raw_tables() and (kept := lake_columns(table)):
        yield f"grant select ({', '.join(kept)}) on {name} to {EXTRACT}"
    if table.name == "audit_entries":
        yield f"grant select on {name} to {AUDIT}"


def triggers(table: Table) -> Iterator[str]:
    """The fence on update and the tombstone on delete."""
    name = table.fullname
    yield f"drop trigger if exists touch on {name}"
    yield f"drop trigger if exists bury on {name}"
    if "changed_xid" in table.columns and table.name != "tombstones":
        yield (
            f"create trigger touch before update on {name}"
            " for each row execute function core.touch()"
        )
    if table in raw_tables() and {"client_id", "id"} <= set(table.columns.keys()):
        yield (
            f"create trigger bury after delete on {name} for each row execute function core.bury()"
        )


def raw_views() -> Iterator[str]:
    """The schema that says what leaves the core; the lake's raw tables carry the same names."""
    yield "drop schema if exists raw cascade"
    yield "create schema raw"
    for table in raw_tables():
        view = f"raw.{table.schema}__{table.name}"
        yield (
            f"create view {view} with (security_invoker = true) as"
            f" select {', '.join(lake_columns(table))} from {table.fullname}"
        )
        yield f"grant select on {view} to {APP}, {EXTRACT}"


def steps() -> list[list[LiteralString]]:
    """All derived DDL, in order; each step changes one table, so that it locks no second one."""
    first = [*raw_views(), FUNCTIONS]
    tables = Base.metadata.sorted_tables
    return [first, *([*policies(t), *grants(t), *triggers(t)] for t in tables)]


def apply_derived(connection: Connection) -> bool:
    """Bring the derived objects up to date; False when they already were. As the owner role.

    Commits after each step: whoever holds two tables could deadlock with people at work. What was
    interrupted is done again, since the digest comes last.
    """
    wanted = steps()
    lines = [statement for step in wanted for statement in step]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    connection.execute(text("create table if not exists core.derived_state (digest text not null)"))
    if connection.scalar(text("select digest from core.derived_state")) == digest:
        return False
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    for step in wanted:
        for statement in step:
            driver.execute(statement)  # no parameters: a percent sign is only a percent sign
        driver.commit()
    connection.execute(text("delete from core.derived_state"))
    connection.execute(text("insert into core.derived_state values (:digest)"), {"digest": digest})
    return True
