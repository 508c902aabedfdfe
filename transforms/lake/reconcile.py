"""Whether the lake's raw tables hold what the core holds, in one and the same snapshot.

Checks of the marts are dbt's; repairing is a full extract.
"""

from collections.abc import Iterable
from typing import Any

from duckdb import DuckDBPyConnection

from transforms.lake.engine import identifier
from transforms.lake.merge import target
from transforms.lake.source import SourceTable, postgres

MONEY = "numeric(18,2)"


def differences(connection: DuckDBPyConnection, tables: Iterable[SourceTable]) -> list[str]:
    """One line per tenant and table whose totals differ; reads the tables whole."""
    return [line for table in tables for line in _of_table(connection, table)]


def untaken(connection: DuckDBPyConnection, table: SourceTable) -> int:
    """How many rows of the temporary table `changes` the lake does not hold as they were read."""
    on = " and ".join(f"t.{identifier(c)} = s.{identifier(c)}" for c in table.key) or "true"
    row = connection.execute(
        f"select count(*) from changes s left join {target(table.name)} t on {on}"
        " where t.changed_xid is distinct from s.changed_xid"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _of_table(connection: DuckDBPyConnection, table: SourceTable) -> list[str]:
    money = [name for name, kind in table.columns.items() if kind == MONEY]
    tenant = "client_id" if "client_id" in table.columns else "null"
    sums = "".join(
        f", coalesce(sum({identifier(c)}), 0)::numeric(38,2) as {identifier(c)}" for c in money
    )
    totals = f"select {tenant}::text as client_id, count(*) as n{sums} from {{}} group by 1"
    core = _by_tenant(connection, f"from {postgres(totals.format(f'raw.{table.name}'))}")
    lake = _by_tenant(connection, totals.format(target(table.name)))
    return [
        f"{table.name} of tenant {tenant}: {name} is {theirs} in the core and {ours} in the lake"
        for tenant in sorted({*core, *lake})
        for name, theirs, ours in zip(
            ["row count", *money],
            core.get(tenant, [0] * (len(money) + 1)),
            lake.get(tenant, [0] * (len(money) + 1)),
            strict=True,
        )
        if theirs != ours
    ]


def _by_tenant(connection: DuckDBPyConnection, query: str) -> dict[str, list[Any]]:
    return {str(row[0] or "all"): list(row[1:]) for row in connection.execute(query).fetchall()}
