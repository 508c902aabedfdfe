"""Rules that many tables repeat, declared once: order, pairs, required fields, overlaps.

Rules over several tables are triggers, in `crm_core.migrations.field_rules`.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from crm_core.enums import Currency
from crm_core.models.base import SCHEMA, in_set


def listed(values: Iterable[str]) -> str:
    """Values of a closed set as a SQL list."""
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


def in_order(earlier: str, later: str, *, strictly: bool = False) -> CheckConstraint:
    """`later` may be empty; filled, it needs `earlier`, and is not before it."""
    comparison = ">" if strictly else ">="
    return CheckConstraint(
        f"{later} is null or ({earlier} is not null and {later} {comparison} {earlier})",
        name=f"{later}_after_{earlier}",
    )


def needs(column: str, values: Iterable[str], *required: str) -> CheckConstraint:
    """A row whose `column` is one of `values` has all of `required`."""
    filled = " and ".join(f"{name} is not null" for name in required)
    return CheckConstraint(
        f"{column} not in {listed(values)} or ({filled})", name=f"{required[0]}_required"
    )


def only_when(column: str, values: Iterable[str], *allowed: str) -> list[CheckConstraint]:
    """The `allowed` columns are empty unless `column` is one of `values`."""
    return [
        CheckConstraint(f"{name} is null or {column} in {listed(values)}", name=f"{name}_only_when")
        for name in allowed
    ]


def together(*columns: str) -> CheckConstraint:
    """All of the columns are filled, or none is."""
    return CheckConstraint(
        f"num_nonnulls({', '.join(columns)}) in (0, {len(columns)})", name=f"{columns[0]}_together"
    )


def positive(*columns: str) -> list[CheckConstraint]:
    """Checks that numbers, where filled, are above zero."""
    return [CheckConstraint(f"{name} > 0", name=f"{name}_positive") for name in columns]


def percent(*columns: str) -> list[CheckConstraint]:
    """Checks that numbers are percentages of a whole."""
    return [
        CheckConstraint(f"{name} between 0 and 100", name=f"{name}_percent") for name in columns
    ]


def hexadecimal(column: str, digits: int = 64) -> CheckConstraint:
    """A digest in lower-case hexadecimal."""
    return CheckConstraint(f"{column} ~ '^[0-9a-f]{{{digits}}}$'", name=f"{column}_hexadecimal")


def known_currency() -> CheckConstraint:
    """The currency beside an amount."""
    return in_set("currency", Currency)


def shared_fk(target: str, columns: Sequence[str], referred: Sequence[str]) -> ForeignKeyConstraint:
    """A foreign key of the tenant over more than the id: the row and what it must agree with."""
    return ForeignKeyConstraint(
        ["client_id", *columns], [f"{SCHEMA}.{target}.{name}" for name in ("client_id", *referred)]
    )


def unique_where(table: str, name: str, columns: Sequence[str], where: str) -> Index:
    """A key of the tenant that holds among some rows only."""
    return Index(
        f"uq_{table}_{name}", "client_id", *columns, unique=True, postgresql_where=text(where)
    )


def no_overlap(
    table: str, name: str, key: str, span: str, where: str | None = None
) -> ExcludeConstraint:
    """Spans of the same `key` (a uuid column) in the same tenant never overlap.

    GiST compares plain uuids only with the contrib extension btree_gist, so the keys stand in it
    as ranges of one value, of the type `core.keyrange`.
    """
    return ExcludeConstraint(
        (text(f"core.keyrange({key}, {key}, '[]')"), "="),
        (text(span), "&&"),
        (text("core.keyrange(client_id, client_id, '[]')"), "="),
        name=f"ex_{table}_{name}",
        where=text(where) if where else None,
    )
