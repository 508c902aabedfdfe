"""Rows of the core with values that would not arrive as they are: kept out, counted, with a reason.

Payloads of integrations are quarantined in the core, by `transforms.sources`.
"""

from collections.abc import Iterable

from duckdb import DuckDBPyConnection

from transforms.lake import contract, merge
from transforms.lake.engine import identifier, quoted
from transforms.lake.merge import TableChange
from transforms.lake.source import HASH, SourceTable, postgres

HELD = "lake.ops.quarantine"


def held(connection: DuckDBPyConnection) -> dict[str, int]:
    """How many rows wait, by table."""
    found = connection.execute(f"select table_name, count(*) from {HELD} group by 1").fetchall()
    return dict(found)


def refresh(connection: DuckDBPyConnection, table: SourceTable) -> TableChange:
    """Takes the unfit rows of a table out of the lake and notes them; forgets those mended."""
    key = "".join(f", {identifier(column)}" for column in table.key)
    found = (
        f"select {quoted(table.name)} as table_name, {table.tenant} as tenant,"
        f" {table.row_key} as row_key, {table.reasons()} as reason, {HASH} as row_hash{key}"
        f" from raw.{identifier(table.name)} r where {table.unfit}"
    )
    connection.execute(f"create or replace temp table gone as from {postgres(found)}")
    noted = f"from {HELD} where table_name = {quoted(table.name)}"
    plain = "select table_name, tenant, row_key, reason, row_hash"
    differ = f"({plain} from gone except {plain} {noted})"
    differ = f"{differ} union all ({plain} {noted} except {plain} from gone)"
    row = connection.execute(f"select count(*) from ({differ})").fetchone()
    if row and row[0]:
        connection.execute(f"delete {noted}")
        connection.execute(f"insert into {HELD} {plain} from gone")
    return merge.remove(connection, table)


def failures(waiting: dict[str, int]) -> Iterable[str]:
    """A line when more rows wait than may."""
    count = sum(waiting.values())
    if count > contract.MOST_UNFIT:
        most = max(waiting, key=lambda name: waiting[name])
        yield (
            f"{count} rows of the core cannot be taken as they are, most of them of {most}:"
            f" see the lake's table ops.quarantine and mend them in the core"
        )
