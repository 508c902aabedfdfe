"""What follows from the models, as a whole: policies, grants, triggers, functions, raw views.

Columns, keys and checks are migrated by Alembic. What stands here is written again whenever its
text changes; `tests/integration/crm_core/test_catalogue.py` proves nothing escapes it.
"""

import hashlib
from collections.abc import Iterator
from typing import LiteralString

import psycopg
from sqlalchemy import Connection, Table, text

from crm_core.migrations import history, local_time, sums
from crm_core.migrations.access import OWNER, UNCHANGEABLE, grants, raw_tables, raw_views
from crm_core.migrations.field_rules import field_rules
from crm_core.migrations.functions import FUNCTIONS
from crm_core.migrations.policies import policies
from crm_core.models import Base
from crm_core.security.resources import scope_columns


def triggers(table: Table) -> Iterator[str]:
    """The fence, tombstones and status history, sums at commit, and what is never changed."""
    name = table.fullname
    yield f"drop trigger if exists touch on {name}"
    yield f"drop trigger if exists bury on {name}"
    yield f"drop trigger if exists bury_key on {name}"
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
        yield (
            f"create trigger bury_key after update of client_id, id on {name} for each row"
            " when (old.client_id <> new.client_id or old.id <> new.id)"
            " execute function core.bury()"
        )
        if table.name not in UNCHANGEABLE:
            yield (
                f"create trigger keep before truncate on {name}"
                " for each statement execute function core.refuse_truncate()"
            )
    scope = scope_columns(table)
    yield from history.triggers(table, scope.location, scope.owner)
    yield from local_time.triggers(table, scope.location)
    yield from sums.triggers(table)


def steps() -> list[list[LiteralString]]:
    """All derived DDL, in order; each step changes one table, so that it locks no second one."""
    # The rules come before FUNCTIONS, which takes their functions from the public.
    return [
        [*raw_views()],
        *([rule] for rule in field_rules()),
        [FUNCTIONS],
        *([*policies(t), *grants(t), *triggers(t)] for t in Base.metadata.sorted_tables),
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
    driver = driver_of(connection)
    for step in wanted:
        for statement in step:
            driver.execute(statement)
        driver.commit()
    connection.execute(text("delete from core.derived_state"))
    connection.execute(text("insert into core.derived_state values (:digest)"), {"digest": digest})
    return True


# All but the owner's own policies, which its migrations need; functions of a type go with it.
FORGET = f"""
drop schema if exists raw, live cascade;
do $$ declare gone text; begin
  for gone in
    select format('drop policy %I on %s', polname, polrelid::regclass) from pg_policy
      where polname <> 'owner_all'
    union all
    select format('drop trigger %I on %s', g.tgname, g.tgrelid::regclass) from pg_trigger g
      join pg_class c on c.oid = g.tgrelid
      where not g.tgisinternal and c.relowner = '{OWNER}'::regrole
    union all
    select format('drop function %s', p.oid::regprocedure) from pg_proc p
      where p.pronamespace = 'core'::regnamespace
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'i')
  loop execute gone; end loop;
end $$;
create table if not exists core.derived_state (digest text not null);
delete from core.derived_state;
"""


def forget_derived(connection: Connection) -> None:
    """Take all that is derived away, before columns it speaks of go; until it is applied again,
    nobody but the owner reaches a row. As the owner role, in the caller's transaction.
    """
    driver_of(connection).execute(FORGET)


def fill_local_times(connection: Connection) -> None:
    """Local days and times of rows from before they were declared; what is kept is let go for it.

    As the owner role, in the caller's transaction.
    """
    for table in Base.metadata.sorted_tables:
        found = [*local_time.fillings(table)]
        if found and table.name in UNCHANGEABLE:
            found = [
                f"alter table {table.fullname} disable trigger keep",
                *found,
                f"alter table {table.fullname} enable trigger keep",
            ]
        for statement in found:
            connection.execute(text(statement))


def driver_of(connection: Connection) -> psycopg.Connection:
    """For statements without parameters, where a percent sign is only a percent sign."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
