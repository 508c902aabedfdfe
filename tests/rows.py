"""One valid row of any table, made from the models: `create_row(connection, table, place)`.

Rows that mean something to a test are made by `tests.factories` or by the services. Where a check
needs more than its columns say, the table's values stand in `tests.row_values`, as data.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from psycopg.types.range import Range
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.types import (
    ARRAY,
    JSON,
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Time,
    Uuid,
)

from crm_core.ids import new_id
from crm_core.models import Base
from crm_core.security.resources import scope_columns
from tests.row_values import SPECIAL, START

ATTEMPTS = 8
_numbers = count(1)


@dataclass
class Place:
    """Whose row it is: the tenant, the branch, the person; remembers the parents made there."""

    client_id: UUID
    location_id: UUID | None
    owner_id: UUID | None
    parents: dict[str, dict[str, Any]] = field(default_factory=dict)


Values = dict[str, Any]


def tables() -> list[Table]:
    """Every table whose rows belong to a tenant, parents first."""
    return [table for table in Base.metadata.sorted_tables if "client_id" in table.columns]


def table_named(name: str) -> Table:
    """A table of the models by its full name, e.g. core.leads."""
    return Base.metadata.tables[name]


def row_values(
    connection: psycopg.Connection, table: Table, place: Place, **overrides: Any
) -> Values:
    """What an insert of a valid row needs; parents are made, the row itself is not."""
    number = next(_numbers)
    values = {**_scope_values(table, place), **overrides}
    for key, value in SPECIAL.get(table.name, {}).items():
        values.setdefault(key, value(number) if callable(value) else value)
    if "client_id" in table.columns:
        values.setdefault("client_id", place.client_id)
    if "id" in table.columns:
        values.setdefault("id", new_id(START + timedelta(seconds=number)))
    for key in _foreign_keys(table):
        _fill_from_parent(connection, key, place, values, needed_only=True)
    for position, column in enumerate(table.columns):
        if column.name not in values and _is_needed(column):
            values[column.name] = _value(column, number, position)
    return values


def create_row(
    connection: psycopg.Connection, table: Table, place: Place, **overrides: Any
) -> Values:
    """Insert a valid row and return it whole, defaults included; the same where it stands already.

    As a role that row-level security does not hold back. Raises what the database raises when
    `ATTEMPTS` at filling the columns of a broken check did not help.
    """
    values = row_values(connection, table, place, **overrides)
    if (found := _existing(connection, table, values)) is not None:
        return found
    return _insert_valid(connection, table, place, values, keep=True)


def fresh_values(
    connection: psycopg.Connection, table: Table, place: Place, **overrides: Any
) -> Values | None:
    """What a second row of a place would hold, proven by an insert that is taken back.

    None where a place can have one row only. Parents stay.
    """
    values = row_values(connection, table, place, **overrides)
    if _existing(connection, table, values) is not None:
        return None
    made = _insert_valid(connection, table, place, values, keep=False)
    return values if made["client_id"] == values["client_id"] and _is_new(made, values) else None


def _is_new(made: Values, values: Values) -> bool:
    return all(made[name] == values[name] for name in ("id",) if name in values)


def _insert_valid(
    connection: psycopg.Connection, table: Table, place: Place, values: Values, keep: bool
) -> Values:
    for attempt in range(ATTEMPTS):
        try:
            with connection.transaction(force_rollback=not keep):
                return insert_row(connection, table, values)
        except psycopg.errors.UniqueViolation as twice:
            if (found := _standing(connection, table, values, twice)) is None:
                raise
            return found
        except psycopg.errors.CheckViolation as broken:
            if attempt == ATTEMPTS - 1 or not _mend(connection, table, place, values, broken):
                raise
    raise AssertionError("unreachable")


def insert_row(
    connection: psycopg.Connection, table: Table, values: Values, returning: bool = True
) -> Values:
    """A plain insert of `values`; the row as it stands then."""
    statement = sql.SQL("insert into {} ({}) values ({}){}").format(
        identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() * len(values)),
        sql.SQL(" returning *" if returning else ""),
    )
    cursor = connection.execute(statement, [_adapted(value) for value in values.values()])
    return _as_dict(cursor) if returning else values


def identifier(table: Table) -> sql.Identifier:
    """A table's quoted name."""
    return sql.Identifier(table.schema or "core", table.name)


def _scope_values(table: Table, place: Place) -> Values:
    """The columns row-level security reads, as the place says."""
    scope = scope_columns(table)
    named = {scope.location: place.location_id, scope.owner: place.owner_id}
    return {name: value for name, value in named.items() if name is not None and value is not None}


def _foreign_keys(table: Table) -> list[ForeignKeyConstraint]:
    return [key for key in table.constraints if isinstance(key, ForeignKeyConstraint)]


def _fill_from_parent(
    connection: psycopg.Connection,
    key: ForeignKeyConstraint,
    place: Place,
    values: Values,
    needed_only: bool,
) -> bool:
    """Set the columns of a foreign key to a parent in the same place; False when nothing to do."""
    missing = [column for column in key.columns if column.name not in values]
    if not missing or (needed_only and not all(map(_is_needed, missing))):
        return False
    target = key.referred_table
    own = _must_be_alone(key)
    parent = place.parents.get(target.fullname)
    if parent is None or own:
        parent = _known_parent(connection, target, place) or create_row(connection, target, place)
        if not own:
            place.parents[target.fullname] = parent
    for element in key.elements:
        values.setdefault(element.parent.name, parent[element.column.name])
    return True


def _known_parent(connection: psycopg.Connection, target: Table, place: Place) -> Values | None:
    """The tenant, branch or person of the place itself."""
    wanted = {
        "clients": place.client_id, "locations": place.location_id, "users": place.owner_id
    }.get(target.name)  # fmt: skip
    if wanted is None:
        return None
    cursor = connection.execute(
        sql.SQL("select * from {} where id = %s").format(identifier(target)), [wanted]
    )
    return _as_dict(cursor)


def _must_be_alone(key: ForeignKeyConstraint) -> bool:
    """Whether a parent can have one such child only, so that each row needs a parent of its own."""
    columns = {column.name for column in key.columns}
    uniques = [
        {column.name for column in constraint.columns}
        for constraint in key.table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    uniques += [
        {column.name for column in index.columns} for index in key.table.indexes if index.unique
    ]
    scope = scope_columns(key.table)
    fixed = columns | {"client_id", scope.location or "", scope.owner or ""}
    unaided = [u - fixed for u in uniques if columns - {"client_id"} & u]
    known = key.referred_table.name in ("clients", "locations", "users")
    return not known and any(
        not {c for c in rest if _varies(key.table.columns[c])} for rest in unaided
    )


def _varies(column: Column[Any]) -> bool:
    """Whether two rows made here differ in this column; parents are shared."""
    return (
        not column.foreign_keys
        and not _allowed(column)
        and isinstance(column.type, String | DateTime | Date | Uuid | LargeBinary)
    )


def _is_needed(column: Column[Any]) -> bool:
    return not column.nullable and column.server_default is None and column.computed is None


def _allowed(column: Column[Any]) -> list[str]:
    """The closed set of a column, from the check that holds it."""
    for check in column.table.constraints:
        if isinstance(check, CheckConstraint):
            found = re.fullmatch(rf"{column.name} in \((.+)\)", str(check.sqltext))
            if found:
                return re.findall(r"'([^']*)'", found[1])
    return []


def _hexadecimal(column: Column[Any]) -> int:
    """How many digits a digest has, from the check that holds it; 0 for other columns."""
    pattern = re.compile(rf"{column.name} ~ '\^\[0-9a-f\]\{{(\d+)\}}\$'")
    for check in column.table.constraints:
        if isinstance(check, CheckConstraint) and (found := pattern.search(str(check.sqltext))):
            return int(found[1])
    return 0


def _value(column: Column[Any], number: int, position: int) -> Any:
    """A value that fits the column's type; times and days rise with the column's position."""
    if known := _allowed(column):
        return known[0]
    moment = START + timedelta(days=number, minutes=position)
    kind = column.type
    if isinstance(kind, String):
        if digits := _hexadecimal(column):
            return f"{number:0{digits}x}"
        text = f"{column.name[:8]}{number}"
        return text[-kind.length :] if kind.length else text
    makers: list[tuple[type | tuple[type, ...], Callable[[], Any]]] = [
        (Boolean, lambda: False),
        (Uuid, lambda: new_id(moment)),
        (DateTime, lambda: moment if kind.timezone else moment.replace(tzinfo=None)),
        (Date, lambda: _day(column.name, number, position)),
        (Time, lambda: time(8 + position % 12)),
        (Integer, lambda: 1),
        (Numeric, lambda: Decimal(1)),
        (LargeBinary, lambda: b"row%d" % number),
        (JSON, dict),
        (ARRAY, list),
    ]
    for types, make in makers:
        if isinstance(kind, types):
            return make()
    if "range" in str(kind).lower():
        return Range(moment, moment + timedelta(minutes=30))
    raise LookupError(f"{column.table.fullname}.{column.name}: no value for {kind!r}")


def _day(name: str, number: int, position: int) -> date:
    if name.startswith(("month", "period")):
        months = START.year * 12 + number
        return date(months // 12, months % 12 + 1, 1)
    return START.date() + timedelta(days=number + position)


def _mend(
    connection: psycopg.Connection,
    table: Table,
    place: Place,
    values: Values,
    broken: psycopg.errors.CheckViolation,
) -> bool:
    """Fill the next empty column that the broken check speaks of; False when there is none."""
    name = broken.diag.constraint_name or ""
    words = next(
        (str(check.sqltext) for check in table.constraints
         if isinstance(check, CheckConstraint) and str(check.name) == name), "",
    )  # fmt: skip
    number = next(_numbers)
    for position, column in enumerate(table.columns):
        if column.name in values or not re.search(rf"\b{column.name}\b", words):
            continue
        for key in _foreign_keys(table):
            if column.name in key.column_keys:
                if key.referred_table is table:
                    continue
                return _fill_from_parent(connection, key, place, values, needed_only=False)
        values[column.name] = _value(column, number, position)
        return True
    return False


def _existing(
    connection: psycopg.Connection, table: Table, values: Values, key: Collection[str] | None = None
) -> Values | None:
    """The row with this key (the primary one if none is given), e.g. the branch of a place."""
    key = key or [column.name for column in table.primary_key]
    if not set(key) <= set(values):
        return None
    where = sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in key)
    cursor = connection.execute(
        sql.SQL("select * from {} where {}").format(identifier(table), where),
        [values[name] for name in key],
    )
    return _as_dict(cursor, missing_ok=True)


def _standing(
    connection: psycopg.Connection,
    table: Table,
    values: Values,
    twice: psycopg.errors.UniqueViolation,
) -> Values | None:
    """The row that has these values already, where a place can have one such row only."""
    name = twice.diag.constraint_name
    keys = [c for c in (*table.constraints, *table.indexes) if c.name == name]
    columns = [column.name for key in keys for column in key.columns]
    return _existing(connection, table, values, columns) if columns else None


def _as_dict(cursor: psycopg.Cursor[Any], missing_ok: bool = False) -> Any:
    row = cursor.fetchone()
    if row is None:
        assert missing_ok, "the row that was asked for is not there"
        return None
    return dict(zip([column.name for column in cursor.description or ()], row, strict=True))


def _adapted(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value
