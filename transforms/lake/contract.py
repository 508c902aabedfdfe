"""What the lake expects of the core's columns, and what to do when they differ.

Pure: column names and Postgres types in, a verdict out. Reading them is in `source`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from transforms.lake.errors import ContractBroken, TooManyDeleted

Columns = Mapping[str, str]
"""Column name to Postgres type as `format_type` prints it."""

MOST_UNFIT = 100
"""Rows that may wait in quarantine before nothing is taken at all."""
BRAKE_SHARE, BRAKE_ROWS = 0.2, 1000
"""Deletions of one table beyond both stop the extract: people delete less, mistakes more."""


@dataclass(frozen=True)
class Policy:
    """What may become of the columns of one table."""

    columns: frozenset[str]
    """All of them, those that never leave included."""
    leaving: frozenset[str]
    """Names under which something of them leaves: as it is, hashed or truncated."""
    hashed: frozenset[str] = frozenset()
    """Those of them that are keyed hashes."""


_WHOLE_NUMBERS = ("smallint", "integer", "bigint")
_FRACTIONS = ("real", "double precision")


@dataclass(frozen=True)
class Difference:
    """How a table of the core differs from what the lake was filled from."""

    added: tuple[str, ...] = ()
    widened: tuple[str, ...] = ()
    broken: tuple[str, ...] = field(default=())
    """One readable line each: a column that went away, or whose type lost values."""

    @property
    def needs_reload(self) -> bool:
        """Old rows carry values that the lake has never seen."""
        return bool(self.added or self.widened)


def compare(table: str, had: Columns, has: Columns) -> Difference:
    """What changed between the columns the lake holds and those the core offers."""
    added = tuple(name for name in has if name not in had)
    widened, broken = [], []
    for name, before in had.items():
        now = has.get(name)
        if now is None:
            broken.append(f"{table}.{name} ({before}) is gone")
        elif now != before and widens(before, now):
            widened.append(name)
        elif now != before:
            broken.append(f"{table}.{name} was {before} and is now {now}")
    return Difference(added, tuple(widened), tuple(broken))


def widens(before: str, now: str) -> bool:
    """Whether every value of the type `before` fits into the type `now`, unchanged in kind."""
    for family in (_WHOLE_NUMBERS, _FRACTIONS):
        if before in family and now in family:
            return family.index(now) >= family.index(before)
    lengths = [re.fullmatch(r"character varying\((\d+)\)", name) for name in (before, now)]
    if lengths[0] and (now == "text" or now == "character varying"):
        return True
    if all(lengths):
        return all(int(a[1]) <= int(b[1]) for a, b in pairwise(lengths) if a and b)
    numbers = [re.fullmatch(r"numeric\((\d+),(\d+)\)", name) for name in (before, now)]
    if numbers[0] and numbers[1]:
        (digits, scale), (digits_now, scale_now) = (
            (int(found[1]), int(found[2])) for found in numbers if found
        )
        return scale_now >= scale and digits_now - scale_now >= digits - scale
    return False


def require_kept(had: Mapping[str, Columns], has: Mapping[str, Columns]) -> dict[str, Difference]:
    """The difference of every table known to both; raises `ContractBroken` for lost values."""
    differences = {name: compare(name, had[name], has[name]) for name in had if name in has}
    broken = [line for found in differences.values() for line in found.broken]
    broken += [f"table {name} is gone" for name in had if name not in has]
    if broken:
        raise ContractBroken(
            f"the core no longer offers what the lake was filled with: {'; '.join(broken)}:"
            " undo the change, or run the pipeline with --full to accept it"
        )
    return differences


def require_policy(
    policies: Mapping[str, Policy], tables: Mapping[str, Columns], views: Mapping[str, Columns]
) -> None:
    """Raises `ContractBroken` for a column, of a table or of its view, without a policy."""
    strays = [
        f"core.{name.removeprefix('core__')}.{column}"
        for name, policy in policies.items()
        for column in tables.get(name.removeprefix("core__"), {})
        if column not in policy.columns
    ]
    strays += [
        f"raw.{name}.{column}"
        for name, columns in views.items()
        for column in columns
        if name not in policies or column not in policies[name].leaving
    ]
    if strays:
        raise ContractBroken(
            f"no policy says whether this may leave the core: {', '.join(strays)}:"
            " declare it in its model (kept, private, hashed or truncated) and migrate"
        )


def require_no_landslide(table: str, deleted: int, held: int) -> None:
    """Raises `TooManyDeleted` when more of a table is gone than anyone deletes on purpose."""
    if deleted > BRAKE_ROWS and deleted > BRAKE_SHARE * held:
        raise TooManyDeleted(
            f"{deleted} of the {held} rows of {table} were deleted in the core: nothing was taken;"
            " if that was meant, run the pipeline with --full"
        )


def require_exact(tables: Mapping[str, Columns]) -> None:
    """Raises `ContractBroken` for a column whose values would not arrive exactly."""
    loose = [
        f"{table}.{column}"
        for table, columns in tables.items()
        for column, kind in columns.items()
        if kind == "numeric"
    ]
    if loose:
        raise ContractBroken(
            f"numeric without precision would reach the lake as floating point:"
            f" {', '.join(loose)}: declare numeric(precision, scale)"
        )
