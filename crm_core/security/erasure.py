"""What an erasure does, derived from the models: which rows are a customer's, and which columns go.

Pure: tables and columns in, rules out. Reading and erasing is in `services.tenancy.privacy`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    cast,
    func,
    literal,
    null,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.models.base import Erase, LakePolicy

ERASED = "[erased]"

NOT_THE_CUSTOMERS = frozenset({
    "audit_entries", "clients", "encrypted_values", "encryption_keys", "equipment", "erasures",
    "integrations", "locations", "mobile_sessions", "storage_units", "users",
})  # fmt: skip
"""Tables whose rows are about somebody or something else, even where they point at a customer's
work for a while; the audit trail holds no personal data, encrypted values are shredded."""

_MONEY_SCALE = 2
"""Decimals with more places than money are measurements, such as where somebody was."""


class EraseRuleMissing(LookupError):
    """A private column of a type for which nobody has said what an erasure does."""


@dataclass(frozen=True)
class Link:
    """A column of a table through which its rows belong to rows of `parent`."""

    column: str
    parent: str
    unless: str | None = None
    """Only while this column is empty: the shorter way to the customer goes first."""


@dataclass(frozen=True)
class CustomerTable:
    """A table with rows of customers, and the ways to them; any one will do."""

    table: Table
    links: tuple[Link, ...]


def customer_tables(metadata: MetaData) -> list[CustomerTable]:
    """Every table with rows about a customer, the customer's own first, parents before children.

    Rows belong to a customer that they name, or else to the rows nearest to the customer that
    they name. Tables that carry (entity, entity_id) come last: they may name any row.
    """
    tables = {t.name: t for t in metadata.sorted_tables if t.name not in NOT_THE_CUSTOMERS}
    keys = {name: _foreign_keys(table) for name, table in tables.items()}
    direct = {name for name, links in keys.items() if "customers" in links.values()}
    shared = {parent for name in direct for parent in keys[name].values()} - direct
    found = [CustomerTable(tables["customers"], ())]
    distance = {"customers": 0}
    step = 0
    while True:
        step += 1
        nearest = {
            name: [c for c, parent in keys[name].items() if distance.get(parent) == step - 1]
            for name in tables
            if name not in distance and name not in shared
        }
        fresh = {name: columns for name, columns in nearest.items() if columns}
        if not fresh:
            break
        distance |= dict.fromkeys(fresh, step)
        found += [_with_links(tables[name], keys[name], fresh[name]) for name in sorted(fresh)]
    by_name = [t for n, t in tables.items() if n not in distance and "entity_id" in t.columns]
    return _in_order(found, distance) + [
        CustomerTable(table, (Link("entity_id", ""),)) for table in by_name
    ]


def rule_of(column: Column[Any]) -> Erase:
    """What an erasure does to a private column; raises `EraseRuleMissing`."""
    if "erase" in column.info:
        rule: Erase = column.info["erase"]
        return rule
    kind = column.type
    if column.primary_key or isinstance(kind, Uuid | Boolean | DateTime) or _is_closed(column):
        return Erase.KEEP
    if isinstance(kind, Numeric) and kind.scale is not None and kind.scale <= _MONEY_SCALE:
        return Erase.KEEP
    if not isinstance(kind, String | JSONB | ARRAY | LargeBinary | Numeric | Integer | Date):
        raise EraseRuleMissing(
            f"{column.table.fullname}.{column.name}: say what an erasure does to it,"
            " private(..., erase=Erase.…)"
        )
    if column.nullable:
        return Erase.NULL
    return Erase.KEEP if isinstance(kind, Integer | Date) else Erase.BLANK


def erased_values(table: Table) -> Mapping[str, ColumnElement[Any]]:
    """The columns of a table that an erasure changes, with what they become."""
    changed = {
        column.name: rule_of(column)
        for column in table.columns
        if column.info.get("lake", LakePolicy.KEEP) is not LakePolicy.KEEP
    }
    return {
        name: null() if rule is Erase.NULL else _blank(table.columns[name])
        for name, rule in changed.items()
        if rule is not Erase.KEEP
    }


def _blank(column: Column[Any]) -> ColumnElement[Any]:
    kind = column.type
    if isinstance(kind, String):
        longest = kind.length or len(ERASED) + 40
        if not _is_unique(column):
            return literal(ERASED[:longest])
        return func.left(literal(f"{ERASED} ").concat(cast(column.table.c.id, Text)), longest)
    if isinstance(kind, JSONB | ARRAY):
        default = getattr(column.server_default, "arg", "'{}'")
        return cast(text(str(default)), kind)
    return literal(b"") if isinstance(kind, LargeBinary) else literal(0)


def _foreign_keys(table: Table) -> dict[str, str]:
    """The table whose row each foreign-key column names, keys of the tenant itself left out.

    A key over more than the id (a step by journey and number) names what its columns name there.
    """
    made: dict[str, str] = {}
    for key in table.foreign_key_constraints:
        if key.referred_table is table:
            continue
        for element in key.elements:
            if element.parent.name == "client_id":
                continue
            if element.column.name == "id":
                made[element.parent.name] = key.referred_table.name
            elif named := _foreign_keys(key.referred_table).get(element.column.name):
                made.setdefault(element.parent.name, named)
    return made


def _with_links(table: Table, keys: dict[str, str], nearest: list[str]) -> CustomerTable:
    links = [Link(column, keys[column]) for column in nearest]
    first = nearest[0]
    if keys[first] == "customers" and table.columns[first].nullable:
        links += [
            Link(column, parent, unless=first)
            for column, parent in keys.items()
            if column not in nearest and parent not in NOT_THE_CUSTOMERS
        ]
    return CustomerTable(table, tuple(links))


def _in_order(found: list[CustomerTable], distance: dict[str, int]) -> list[CustomerTable]:
    """Parents before children; links to tables that are not the customers' are dropped."""
    placed: dict[str, CustomerTable] = {}
    waiting = list(found)
    while waiting:
        for entry in waiting:
            links = tuple(link for link in entry.links if link.parent in distance)
            if all(link.parent in placed for link in links if link.parent != entry.table.name):
                placed[entry.table.name] = CustomerTable(entry.table, links)
                waiting.remove(entry)
                break
        else:
            # Two tables that name each other: the nearer way decides.
            entry = waiting.pop(0)
            links = tuple(link for link in entry.links if link.parent in placed)
            placed[entry.table.name] = CustomerTable(entry.table, links)
    return list(placed.values())


def _is_unique(column: Column[Any]) -> bool:
    """Whether the column takes part in a key that forbids two rows alike."""
    table = column.table
    keys = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    indexes = [index for index in table.indexes if index.unique]
    columns = [*(key.columns for key in keys), *(index.columns for index in indexes)]
    return any(column.name in names for names in columns)


def _is_closed(column: Column[Any]) -> bool:
    """Whether a check holds the column to a closed set of words."""
    checks = [c for c in column.table.constraints if isinstance(c, CheckConstraint)]
    return any(str(check.sqltext).startswith(f"{column.name} in (") for check in checks)
