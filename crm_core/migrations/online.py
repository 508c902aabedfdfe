"""Changes of a table that others are using: each takes its strong lock for a moment only.

For the files in `versions/`; tables that a migration makes itself need none of this.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from alembic import op
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from crm_core.errors import CrmError

CORE = "core"


class RowsBreakRule(CrmError):
    """Rows from before a migration break a constraint that it added."""


@contextmanager
def _outside_a_transaction() -> Iterator[bool]:
    """Whether an index may be built while others write; not inside a caller's transaction."""
    context = op.get_context()
    if context.config is not None and context.config.attributes.get("is_alone"):
        with context.autocommit_block():
            yield True
    else:
        yield False


def create_index(
    name: str, table: str, columns: Sequence[str], *, schema: str = CORE, **options: Any
) -> None:
    """Build an index beside the work of others; one left over from a failed attempt goes first."""
    unfinished = text(
        "select 1 from pg_index i join pg_class c on c.oid = i.indexrelid"
        " join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = :schema and c.relname = :name and not i.indisvalid"
    )
    with _outside_a_transaction() as concurrently:
        left = op.get_bind().scalar(unfinished, {"schema": schema, "name": name})
        if left:
            op.drop_index(name, table, schema=schema, postgresql_concurrently=concurrently)
        op.create_index(
            name, table, list(columns), schema=schema, if_not_exists=True,
            postgresql_concurrently=concurrently, **options,
        )  # fmt: skip


def drop_index(name: str, table: str, *, schema: str = CORE) -> None:
    """Take an index away beside the work of others; nothing when it is gone."""
    with _outside_a_transaction() as concurrently:
        op.drop_index(
            name, table, schema=schema, if_exists=True, postgresql_concurrently=concurrently
        )


def hold(changed: Sequence[str], *, pointed_at: Sequence[str] = (), schema: str = CORE) -> None:
    """Take all tables in use that a migration changes, and those that its new tables point at.

    First thing in a migration, children before parents, as an insert locks them. Two that wait
    for each other are a deadlock, for which Postgres ends one of them after `deadlock_timeout`,
    perhaps somebody at work: so we give up before that, and try again later.
    """
    op.execute(
        "select set_config('statement_timeout', floor(800 * extract(epoch from"
        " current_setting('deadlock_timeout')::interval))::text, true)"
    )
    locks = [f"lock table {schema}.{table} in access exclusive mode;" for table in changed]
    locks += [f"lock table {schema}.{table} in share row exclusive mode;" for table in pointed_at]
    op.execute(f"do $$ begin {' '.join(locks)} end $$")
    op.execute("set local statement_timeout to default")


def add_constraint(name: str, table: str, definition: str, *, schema: str = CORE) -> None:
    """Hold new rows to a check or foreign key at once; `validate` looks at the old ones later."""
    op.execute(f"alter table {schema}.{table} add constraint {name} {definition} not valid")


def validate(connection: Connection) -> None:
    """Hold all rows to what migrations added, beside the work of others; commits each by itself.

    After the migrations, whose strong locks last until they commit. Raises `RowsBreakRule`.
    """
    pending = text(
        "select k.conrelid::regclass::text, k.conname from pg_constraint k"
        " where k.connamespace in ('core'::regnamespace, 'landing'::regnamespace)"
        " and not k.convalidated order by k.oid"
    )
    for table, name in connection.execute(pending).all():
        try:
            connection.execute(text(f"alter table {table} validate constraint {name}"))
        except IntegrityError as broken:
            raise RowsBreakRule(
                f"rows of {table} break {name}: correct them, then run `crm db migrate` again;"
                " new rows are held to it already"
            ) from broken
        connection.commit()
