"""The trigger that writes the local day or time beside an instant, wherever a model declares one.

Part of `crm_core.migrations.derived`; the offsets it adds come from the pinned zone data, by
`crm_core.services.zone_offsets`. Bulk loads, in which triggers rest, bring their own.
"""

from collections.abc import Iterator

from sqlalchemy import Column, Date, Table

# Adding a stored offset is arithmetic: the server's own zone data has no part in it. Without rows
# for a branch's zone, which the edge writes, the local time stays empty.
FUNCTIONS = """
create or replace function core.local_at(client uuid, branch uuid, at timestamptz)
  returns timestamp language sql stable set search_path = core, pg_temp
  as $$
    select timestamp 'epoch' + (at - timestamptz 'epoch')
      + make_interval(secs => known.offset_seconds)
    from core.zone_offsets known
    where known.from_at <= at and known.timezone = coalesce(
      (select timezone from core.locations where client_id = client and id = branch),
      (select timezone from core.clients where id = client))
    order by known.from_at desc limit 1
  $$;
"""


def local_columns(table: Table) -> dict[Column[object], str]:
    """The local days and times of a table, each with the column of its instant."""
    return {c: c.info["local_of"] for c in table.columns if "local_of" in c.info}


def triggers(table: Table, location: str | None) -> Iterator[str]:
    """The trigger of one table; `location` is its column of the branch."""
    found = local_columns(table)
    if not found:
        return
    branch = f"new.{location}" if location else "null::uuid"
    lines = [
        f"new.{column.name} := {_as(column, f'core.local_at(new.client_id, {branch}, new.{at})')};"
        for column, at in found.items()
    ]
    instants = ", ".join(dict.fromkeys(found.values()))
    yield (
        f"create or replace function core.write_local_{table.name}() returns trigger"
        " language plpgsql security definer set search_path = core, pg_temp"
        f" as $$ begin {' '.join(lines)} return new; end $$"
    )
    yield f"revoke all on function core.write_local_{table.name}() from public"
    yield f"drop trigger if exists write_local on {table.fullname}"
    yield (
        f"create trigger write_local before insert or update of {instants} on {table.fullname}"
        f" for each row execute function core.write_local_{table.name}()"
    )


def _as(column: Column[object], value: str) -> str:
    return f"cast({value} as date)" if isinstance(column.type, Date) else value


def fillings(table: Table) -> Iterator[str]:
    """What writes the local times of rows from before they were declared: the trigger, once."""
    for column, at in local_columns(table).items():
        yield (
            f"update {table.fullname} set {at} = {at}"
            f" where {column.name} is null and {at} is not null"
        )
