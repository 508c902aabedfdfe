"""What a condition on a line looks at: the facts of its head, whoever may read that head.

A line answers for its own branch and person, its head for its status and codes. Part of
`crm_core.migrations.derived`; which tables are lines stands in `crm_core.security.resources`.
"""

from sqlalchemy import Table

from crm_core.models import Base
from crm_core.models.base import SCHEMA
from crm_core.security.resources import HEADS, condition_columns

HEAD_TABLES = sorted({head.table for head in HEADS.values()})


def facts(table: Table, alias: str) -> str:
    """The columns of a row that conditions may name, as a JSON object."""
    pairs = [f"'{name}', {alias}.{name}" for name in condition_columns(table)]
    return f"jsonb_build_object({', '.join(pairs)})"


def facts_of_head(line: Table) -> str | None:
    """The facts of the head of a line, read as the owner; None for a table that is no line."""
    head = HEADS.get(line.name)
    return None if head is None else f"core.facts_of_{head.table}({line.name}.{head.key})"


def _function(name: str) -> str:
    table = Base.metadata.tables[f"{SCHEMA}.{name}"]
    return f"""
create or replace function core.facts_of_{name}(wanted uuid) returns jsonb
  language sql stable security definer set search_path = core, pg_temp as $$
  select {facts(table, "head")} from {table.fullname} as head
  where head.client_id = core.current_client_id() and head.id = wanted
$$;
"""


FUNCTIONS = "".join(_function(name) for name in HEAD_TABLES)
SIGNATURES = ", ".join(f"core.facts_of_{name}(uuid)" for name in HEAD_TABLES)
