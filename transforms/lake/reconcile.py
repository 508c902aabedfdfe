"""Whether the lake's raw tables hold what the core holds, in one and the same snapshot; mending it.

Checks of the marts are dbt's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection

from transforms.lake import merge
from transforms.lake.engine import identifier, quoted
from transforms.lake.merge import TableChange, target
from transforms.lake.source import HASH, ROW_HASH, SourceTable, postgres

MONEY = "numeric(18,2)"


@dataclass(frozen=True)
class Loaded:
    """What a look at both sides of a freshly loaded table found."""

    differences: list[str]
    """One line per tenant whose totals differ."""
    unfit: int
    """Rows of the core that a contract keeps out of the lake."""


def look(connection: DuckDBPyConnection, table: SourceTable) -> Loaded:
    """Compares the totals of every tenant; reads the table whole, once on either side."""
    money = [name for name, kind in table.columns.items() if kind == MONEY]
    fit = f" filter (where ({table.unfit}) is not true)" if table.unfit else ""
    unfit = f"count(*) filter (where {table.unfit})" if table.unfit else "0"
    totals = "count(*){0} as n" + "".join(
        f", coalesce(sum({identifier(c)}){{0}}, 0)::numeric(38,2) as {identifier(c)}" for c in money
    )
    asked = (
        f"select {table.tenant} as tenant, {unfit} as unfit, {totals.format(fit)}"
        f" from raw.{identifier(table.name)} group by 1"
    )
    found = _by_tenant(connection, f"from {postgres(asked)}")
    core = {tenant: row[1:] for tenant, row in found.items()}
    held = f"from {target(table.name)} group by 1"
    lake = _by_tenant(connection, f"select {table.tenant} as tenant, {totals.format('')} {held}")
    nothing = [0] * (len(money) + 1)
    lines = [
        f"{table.name} of tenant {tenant}: {name} is {theirs} in the core and {ours} in the lake"
        for tenant in sorted({*core, *lake})
        for name, theirs, ours in zip(
            ["row count", *money],
            core.get(tenant, nothing),
            lake.get(tenant, nothing),
            strict=True,
        )
        if theirs != ours
    ]
    return Loaded(lines, sum(row[0] for row in found.values()))


def untaken(connection: DuckDBPyConnection, table: SourceTable) -> int:
    """How many rows of the temporary table `changes` the lake does not hold as they were read."""
    on = " and ".join(f"t.{identifier(c)} = s.{identifier(c)}" for c in table.key) or "true"
    row = connection.execute(
        f"select count(*) from changes s left join {target(table.name)} t on {on}"
        f" where t.{ROW_HASH} is distinct from s.{ROW_HASH}"
    ).fetchone()
    assert row is not None
    return int(row[0])


def unequal(
    connection: DuckDBPyConnection, tables: Iterable[SourceTable]
) -> Iterator[tuple[SourceTable, str]]:
    """Tables and tenants whose rows are not the same ones, by the hashes of all their rows."""
    for table in tables:
        totals = (
            f"select {table.tenant} as tenant, count(*) as n, bit_xor({{}}) as hash {{}} group by 1"
        )
        core = _by_tenant(connection, f"from {postgres(totals.format(HASH, table.rows()))}")
        lake = _by_tenant(connection, totals.format(ROW_HASH, f"from {target(table.name)}"))
        for tenant in sorted({*core, *lake}):
            if core.get(tenant) != lake.get(tenant):
                yield table, tenant


def mend(connection: DuckDBPyConnection, table: SourceTable, tenant: str) -> TableChange:
    """Makes the lake's rows of one tenant those of the core, key by key.

    Raises `TooManyDeleted` as any extract does.
    """
    key = [identifier(name) for name in table.key]
    keys = ", ".join(key) or "true as one"
    on = " and ".join(f"s.{c} is not distinct from t.{c}" for c in key) or "true"
    theirs = f"{table.tenant} = {quoted(tenant)}"
    hashes = postgres(table.select(theirs, columns=[*table.key, ROW_HASH]))
    connection.execute(f"create or replace temp table core_keys as from {hashes}")
    ours = f"(from {target(table.name)} where {theirs})"
    if key:
        connection.execute(
            f"create or replace temp table gone as select {keys} from {ours} t"
            f" where not exists (from core_keys s where {on})"
        )
        removed = merge.remove(connection, table)
    else:
        removed = TableChange()
    wrong = (
        f"select s.* from core_keys s left join {ours} t on {on}"
        f" where t.{ROW_HASH} is distinct from s.{ROW_HASH}"
    )
    connection.execute(f"create or replace temp table wrong as {wrong}")
    rows = postgres(table.select(theirs))
    connection.execute(
        f"create or replace temp table changes as select s.* from {rows} s"
        f" where exists (from wrong t where {on})"
    )
    connection.execute("drop table core_keys; drop table wrong")
    columns = list(table.columns)
    return merge.merge(connection, table.name, table.key, columns, differ=ROW_HASH) + removed


def _by_tenant(connection: DuckDBPyConnection, query: str) -> dict[str, list[Any]]:
    return {str(row[0]): list(row[1:]) for row in connection.execute(query).fetchall()}
