"""The one trigger that writes the history and the event of every status, so that none is forgotten.

Part of `crm_core.migrations.derived`; the tables it writes are `status_events` and the outbox,
`domain_events`.
"""

import re
from collections.abc import Iterator

from sqlalchemy import Column, Table

BULK_ROLES = ("crm_loader", "crm_owner")
"""Roles that load in bulk: what they write carries its own history, or none."""

NOT_IN_BULK = f"current_user not in ({', '.join(repr(role) for role in BULK_ROLES)})"

SILENT = frozenset({"webhook_deliveries", "inbound_events"})
"""Tables without events of their own: an event about the delivery of an event would never end."""

SHORT = {"truck_journeys": "journey", "integration_sync_logs": "sync", "report_runs": "report"}
"""What an event calls a row, where it is not the name of the table."""

# The function runs as its owner, because nobody else may write the history. The id is a UUIDv7
# made here: there is no Python in a trigger. Ids of one instant keep the order they were made in,
# by 36 bits of the clock's microseconds. The arguments of the trigger are the column of the
# status, the columns that hold the branch and the person, and what events are called, or nothing.
FUNCTIONS = """
create or replace function core.occurred_at() returns timestamptz language sql stable
  as $$ select coalesce(nullif(current_setting('crm.at', true), '')::timestamptz, now()) $$;

create or replace function core.time_ordered_id(at timestamptz) returns uuid language sql volatile
  as $$ select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0')
    || '7' || left(tick, 3) || '8' || right(tick, 6)
    || right(gen_random_uuid()::text, 9))::uuid
    from (select lpad(to_hex((extract(epoch from clock_timestamp()) * 1000000)::bigint
      & 68719476735), 9, '0') as tick) as clock $$;

create or replace function core.record_status() returns trigger language plpgsql
  security definer set search_path = core, pg_temp as $$
declare
  after_row jsonb := to_jsonb(new);
  before_status text := case tg_op when 'UPDATE' then to_jsonb(old) ->> tg_argv[0] end;
  branch uuid := (after_row ->> tg_argv[1])::uuid;
  status text := after_row ->> tg_argv[0];
  at timestamptz := core.occurred_at();
begin
  insert into core.status_events (client_id, id, location_id, owner_id, entity, entity_id,
    status_column, from_status, to_status, occurred_at, by_user_id, created_at)
  values (new.client_id, core.time_ordered_id(at), branch,
    (after_row ->> tg_argv[2])::uuid, tg_table_name, new.id, tg_argv[0], before_status,
    status, at, core.current_user_id(), clock_timestamp());
  if tg_argv[3] <> '' then
    insert into core.domain_events (client_id, id, location_id, name, entity, entity_id, payload,
      occurred_at)
    values (new.client_id, core.time_ordered_id(at), branch, tg_argv[3] || '.' || lower(status),
      tg_table_name, new.id, jsonb_build_object('from', before_status, 'to', status), at);
  end if;
  return null;
end $$;
"""


def status_columns(table: Table) -> list[Column[object]]:
    """The columns of a tenant's table whose changes are kept: `status` and every `..._status`."""
    if table.schema != "core" or not {"client_id", "id"} <= set(table.columns.keys()):
        return []
    return [
        column
        for column in table.columns
        if (column.name == "status" or column.name.endswith("_status"))
        and table.name != "status_events"
    ]


def event_prefix(table: Table, column: str) -> str:
    """What the events of a status are called before the status itself; empty for none.

    quote.accepted, journey.completed, quote.approval.pending: the thing, then what became of it.
    """
    if table.name in SILENT:
        return ""
    thing = SHORT.get(table.name) or re.sub("ies$", "y", table.name).removesuffix("s")
    return ".".join([thing, *filter(None, [column.removesuffix("status").strip("_")])])


def triggers(table: Table, location: str | None, owner: str | None) -> Iterator[str]:
    """The triggers of one table; `location` and `owner` are its columns of branch and person."""
    for column in status_columns(table):
        called = (column.name, location or "", owner or "", event_prefix(table, column.name))
        arguments = ", ".join(f"'{name}'" for name in called)
        for verb, changed in (
            ("insert", f"new.{column.name} is not null"),
            ("update", f"old.{column.name} is distinct from new.{column.name}"),
        ):
            name = f"record_{column.name}_{verb}"
            yield f"drop trigger if exists {name} on {table.fullname}"
            yield (
                f"create trigger {name} after {verb} on {table.fullname} for each row"
                f" when ({NOT_IN_BULK} and {changed})"
                f" execute function core.record_status({arguments})"
            )
