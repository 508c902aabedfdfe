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
from crm_core.enums import Resource
from crm_core.migrations import heads, history, sums
from crm_core.migrations.field_rules import field_rules
from crm_core.models import Base
from crm_core.models.base import LakePolicy
from crm_core.security.resources import (
    JOURNALS,
    REFERENCE,
    resource_of,
    scope_columns,
)

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
    "quote_items",
    "quote_template_items",
    "dashboards",
    "annotations",
    "notifications",
    "encrypted_values",
    "role_permissions",
    "user_permissions",
    "journey_step_permissions",
}
CHAIN = {"audit_seals", "audit_heads"}
"""Written by the sealer, which acts as the audit role; nobody else may."""
UNCHANGEABLE = {"audit_entries", *CHAIN}
"""Tables in which no role at all may change or remove a row."""
PLATFORM = {"platform_admins", "platform_sessions"}
"""Tables above the tenants: reached by no role but the owner."""

FUNCTIONS = f"""
-- In plpgsql, because the planner would parse the body of an SQL function anew for every query.
create or replace function core.current_client_id() returns uuid language plpgsql stable
  parallel safe cost 1
  as $$ begin return nullif(current_setting('crm.client_id', true), '')::uuid; end $$;
create or replace function core.current_user_id() returns uuid language plpgsql stable
  parallel safe cost 1
  as $$ begin return nullif(current_setting('crm.user_id', true), '')::uuid; end $$;
create or replace function core.current_location_ids() returns uuid[] language plpgsql stable
  parallel safe cost 1
  as $$ begin
    return coalesce(nullif(current_setting('crm.location_ids', true), ''), '{{}}')::uuid[];
  end $$;
-- The context's grants: {{"LEAD":"RlUo", ...}}, a verb and the letter of its scope (c, l, o),
-- "?" sends to the conditions, under "LEAD.U". The platform itself has {{"*":"c"}}. Cut out of
-- the text and not parsed, since every query asks: what is written otherwise grants nothing.
create or replace function core.grant_scope(resource text, verb text) returns text
  language plpgsql stable parallel safe cost 1 as $$
  declare
    granted text := current_setting('crm.grants', true);
    verbs text := split_part(split_part(granted, '"' || resource || '":"', 2), '"', 1);
  begin
    return coalesce(nullif(left(split_part(verbs, verb, 2), 1), ''),
      nullif(left(split_part(granted, '"*":"', 2), 1), ''));
  end $$;
create or replace function core.conditional_grant(resource text, verb text) returns jsonb
  language plpgsql stable parallel safe cost 1 as $$ begin
    return nullif(current_setting('crm.grants', true), '')::jsonb -> (resource || '.' || verb);
  end $$;
create or replace function core.meets(granted jsonb, within boolean, own boolean, facts jsonb)
  -- Hardly anybody has conditions: its price must not turn the plans of all others.
  returns boolean language plpgsql immutable parallel safe cost 1 as $$ begin
    return case granted ->> 'scope' when 'c' then true when 'l' then within when 'o' then own end
      and (select bool_and(coalesce(wanted ? (facts ->> name), false))
           from jsonb_each(granted -> 'if') as one (name, wanted));
  end $$;

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

create or replace function core.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of %.% are written once and never changed', tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

drop function if exists core.find_user(text);
create function core.find_user(wanted text) returns table (
    client_id uuid, user_id uuid, role text, status text, language text, password_hash text,
    must_change_password boolean, failed_login_count integer, locked_until_at timestamptz,
    home_location_id uuid, location_ids uuid[], role_overrides jsonb, own_overrides jsonb)
  language sql stable security definer set search_path = core, pg_temp as $$
  select u.client_id, u.id, u.role, u.status, u.language, u.password_hash, u.must_change_password,
    u.failed_login_count, u.locked_until_at, u.location_id,
    array(select ul.location_id from core.user_locations ul
          where ul.client_id = u.client_id and ul.user_id = u.id order by 1),
    (select coalesce(jsonb_agg(to_jsonb(p.*)), '[]') from core.role_permissions p
     where p.client_id = u.client_id and p.role = u.role),
    (select coalesce(jsonb_agg(to_jsonb(p.*)), '[]') from core.user_permissions p
     where p.client_id = u.client_id and p.user_id = u.id)
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

{history.FUNCTIONS}
{sums.FUNCTIONS}
{heads.FUNCTIONS}
revoke all on all functions in schema core from public;
grant execute on function core.current_client_id(), core.current_user_id(),
  core.current_location_ids(), core.grant_scope(text, text), core.conditional_grant(text, text),
  core.meets(jsonb, boolean, boolean, jsonb)
  to {APP}, {EXTRACT}, {LOADER}, {OWNER}, {AUDIT};
grant execute on function core.keyrange(uuid, uuid), core.keyrange(uuid, uuid, text)
  to {APP}, {LOADER}, {OWNER};
grant execute on function core.find_user(text), core.find_session(text),
  {heads.SIGNATURES} to {APP};
grant usage on schema core, landing to {APP}, {LOADER}, {EXTRACT};
grant usage on schema core to {AUDIT};
grant usage on schema raw to {APP}, {EXTRACT};
"""


def rule(table: Table, resource: Resource, verb: str) -> str:
    """The permissive predicate of one verb (R, C, U, D), for USING and WITH CHECK alike.

    What the context says is read once per query, as an init plan; conditions cost nothing to
    those who have none. Postgres itself holds an UPDATE or DELETE that looks at a row to the rule
    of R as well.
    """
    what = f"('{resource}', '{verb}')"
    scope = scope_columns(table)
    within = own = "true"
    if scope.location is not None:
        within = (
            f"{table.name}.{scope.location} = any ((select core.current_location_ids())::uuid[])"
        )
    if scope.owner is not None:
        own = f"{table.name}.{scope.owner} = (select core.current_user_id())"
    elif scope.location is not None:
        own = within
    granted = f"(select core.conditional_grant{what})"
    return (
        f"case (select core.grant_scope{what}) when 'c' then true when 'l' then {within}"
        f" when 'o' then {own} when '?' then {_conditions_hold(table, granted, within, own)}"
        " else false end"
    )


def _conditions_hold(table: Table, granted: str, within: str, own: str) -> str:
    """Whether the row, or the head that it is a line of, meets the conditions and the scope."""
    about = heads.facts_of_head(table) or heads.facts(table, table.name)
    return f"core.meets({granted}, {within}, {own}, {about})"


def lake_columns(table: Table) -> list[str]:
    """The columns of a table that may leave the core, in the order of the model."""
    return [c.name for c in table.columns if c.info["lake"] is LakePolicy.KEEP]


def raw_tables() -> list[Table]:
    """The tables that are copied to the lake: those with a fence and something to keep."""
    skipped = {
        *PLATFORM,
        *CHAIN,
        "sessions",
        "encryption_keys",
        "number_counters",
        "payloads",
        "tombstones",
        "occupancies",
        "domain_events",
        "inbound_events",
        "encrypted_values",
        "erasures",
        "role_permissions",
        "user_permissions",
        "journey_step_permissions",
    }
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
    if table.name in PLATFORM:
        return
    yield f"create policy extract_read on {name} for select to {EXTRACT} using (true)"
    if table.name in UNCHANGEABLE:
        yield f"create policy audit_read on {name} for select to {AUDIT} using (true)"
    if table.name in CHAIN:
        yield f"create policy audit_seal on {name} for insert to {AUDIT} with check (true)"
    if table.name in REFERENCE:
        yield f"create policy everyone_reads on {name} for select to {APP} using (true)"
        return
    tenant = "id" if table.name == "clients" else "client_id"
    same = f"{tenant} = (select core.current_client_id())"
    yield (
        f"create policy tenant_only on {name} as restrictive to {APP}"
        f" using ({same}) with check ({same})"
    )
    resource = resource_of(table)
    read, create, update, delete = (
        "true" if resource is None else rule(table, resource, verb) for verb in "RCUD"
    )
    if table.name in JOURNALS:
        create = _in_own_name(JOURNALS[table.name], create)
    yield f"create policy scope_read on {name} for select to {APP} using ({read})"
    yield f"create policy scope_insert on {name} for insert to {APP} with check ({create})"
    yield (
        f"create policy scope_update on {name} for update to {APP}"
        f" using ({update}) with check ({update})"
    )
    yield f"create policy scope_delete on {name} for delete to {APP} using ({delete})"


def _in_own_name(writer: str, create: str) -> str:
    """Everybody may write a journal, in their own name."""
    return f"{writer} is not distinct from (select core.current_user_id()) or {create}"


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
    if table.name == "payloads" or table.name == "encryption_keys":
        yield f"grant select on {name} to {EXTRACT}"
    elif table in raw_tables() and (kept := lake_columns(table)):
        yield f"grant select ({', '.join(kept)}) on {name} to {EXTRACT}"
    if table.name == "audit_entries":
        yield f"grant select on {name} to {AUDIT}"


def triggers(table: Table) -> Iterator[str]:
    """The fence, tombstones and status history, sums at commit, and what is never changed."""
    name = table.fullname
    yield f"drop trigger if exists touch on {name}"
    yield f"drop trigger if exists bury on {name}"
    yield f"drop trigger if exists keep on {name}"
    if table.name in UNCHANGEABLE:
        yield (
            f"create trigger keep before update or delete or truncate on {name}"
            " for each statement execute function core.refuse_change()"
        )
    if "changed_xid" in table.columns and table.name != "tombstones":
        yield (
            f"create trigger touch before update on {name}"
            " for each row execute function core.touch()"
        )
    if table in raw_tables() and {"client_id", "id"} <= set(table.columns.keys()):
        yield (
            f"create trigger bury after delete on {name} for each row execute function core.bury()"
        )
    scope = scope_columns(table)
    yield from history.triggers(table, scope.location, scope.owner)
    yield from sums.triggers(table)


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
    # The rules come before FUNCTIONS, which takes their functions from the public.
    return [
        [*raw_views()],
        *([rule] for rule in field_rules()),
        [FUNCTIONS],
        *([*policies(t), *grants(t), *triggers(t)] for t in Base.metadata.sorted_tables),
        ["drop function if exists core.current_scope()"],
    ]


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
