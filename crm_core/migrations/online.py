"""Changes of a table that others are using: each takes its strong lock for a moment only.

For the files in `versions/`; tables that a migration makes itself need none of this.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from alembic import op
from sqlalchemy import text

CORE = "core"


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


def add_check(name: str, table: str, condition: str, *, schema: str = CORE) -> None:
    """Hold new rows to a check at once, then look at the old ones without stopping writers."""
    op.create_check_constraint(
        op.f(name), table, text(condition), schema=schema, postgresql_not_valid=True
    )
    op.execute(f"alter table {schema}.{table} validate constraint {name}")


def add_foreign_key(
    name: str,
    table: str,
    columns: Sequence[str],
    target: str,
    target_columns: Sequence[str] = ("client_id", "id"),
    *,
    schema: str = CORE,
) -> None:
    """As `add_check`, for a foreign key."""
    op.create_foreign_key(
        op.f(name), table, target, list(columns), list(target_columns), source_schema=schema,
        referent_schema=CORE, postgresql_not_valid=True,
    )  # fmt: skip
    op.execute(f"alter table {schema}.{table} validate constraint {name}")
