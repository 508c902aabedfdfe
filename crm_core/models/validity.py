"""What a column can hold, read from its declaration and asked before a row is written.

Closed sets, lengths, ranges and zones are declared with the column; checks over several columns or
rows belong to the database and to the services.
"""

import math
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, event, inspect
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import JSON, BigInteger, Date, DateTime, Integer, Numeric, String, Uuid

from crm_core import clock
from crm_core.errors import InvalidInput
from crm_core.models.base import Base

FIRST_YEAR, LAST_YEAR = 1900, 2199
DEEPEST_JSON, LARGEST_JSON = 16, 1_000_000
"""Levels, and characters of text in all."""

Check = Callable[[Any], str | None]
"""What is wrong with a value, or nothing."""

_SET = re.compile(r"(\w+) in \((.+)\)")
_LEAST = re.compile(r"(\w+) (>=?) (-?\d+)")
_BETWEEN = re.compile(r"(\w+) between (-?\d+) and (-?\d+)")


def text_problem(value: object, longest: int | None = None) -> str | None:
    """What keeps a text from being stored."""
    if not isinstance(value, str):
        return "is not text"
    if "\x00" in value:
        return "holds a NUL character"
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        return "holds half a character (a lone surrogate)"
    if longest is not None and len(value) > longest:
        return f"has {len(value)} characters, at most {longest} are allowed"
    return None


def json_problem(value: object) -> str | None:
    """What keeps a document from being stored: depth, size, and what JSON cannot say."""
    left, size = [(value, 1)], 0
    while left:
        item, depth = left.pop()
        if depth > DEEPEST_JSON:
            return f"is nested deeper than {DEEPEST_JSON} levels"
        if isinstance(item, dict):
            left += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list | tuple):
            left += [(part, depth + 1) for part in item]
        elif isinstance(item, str):
            size += len(item)
            if problem := text_problem(item):
                return problem
        elif isinstance(item, float) and not math.isfinite(item):
            return f"holds {item}, which is no number"
        size += 1
        if size > LARGEST_JSON:
            return f"is larger than {LARGEST_JSON} characters"
    return None


def check_value(column: Column[Any], value: object) -> None:
    """Raises `InvalidInput` naming the column when it cannot hold the value."""
    if value is None or isinstance(value, ClauseElement):
        return
    for check in _checks(column):
        if problem := check(value):
            raise InvalidInput(column.name, problem)


def known_values(column: Column[Any]) -> tuple[str, ...]:
    """The closed set of a column; empty when it has none."""
    for found in _patterns(column, _SET):
        return tuple(re.findall(r"'([^']*)'", found[2]))
    return ()


@cache
def _checks(column: Column[Any]) -> tuple[Check, ...]:
    return tuple(_checks_of(column))


def _checks_of(column: Column[Any]) -> Iterator[Check]:
    kind = column.type
    if isinstance(kind, String):
        longest = kind.length
        yield lambda value: text_problem(value, longest)
        if known := known_values(column):
            yield (
                lambda value: (
                    None if value in known else f"{value!r} is not one of " + ", ".join(known)
                )
            )
        if column.name == "timezone":
            yield _zone_problem
    elif isinstance(kind, Numeric) and kind.precision is not None:
        yield _number_check(column, kind.precision, kind.scale or 0)
    elif isinstance(kind, Integer):
        yield _integer_check(63 if isinstance(kind, BigInteger) else 31)
    elif isinstance(kind, DateTime):
        yield _instant_problem if kind.timezone else _local_problem
    elif isinstance(kind, Date):
        yield _day_problem
    elif isinstance(kind, Uuid):
        yield lambda value: None if isinstance(value, UUID) else "is not an id"
    elif isinstance(kind, JSON):
        yield json_problem
    yield from _ranges(column)


def _patterns(column: Column[Any], pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """The checks of a table that speak of this column alone, in a form that is known."""
    for check in column.table.constraints:
        if isinstance(check, CheckConstraint):
            found = pattern.fullmatch(str(check.sqltext))
            if found and found[1] == column.name:
                yield found


def _ranges(column: Column[Any]) -> Iterator[Check]:
    for _, sign, least in (found.groups() for found in _patterns(column, _LEAST)):
        limit, or_equal = int(least), sign == ">="
        words = f"at least {limit}" if or_equal else f"more than {limit}"
        yield lambda value, limit=limit, or_equal=or_equal, words=words: (  # type: ignore[misc]
            None if value > limit or (or_equal and value == limit) else f"{value} is not {words}"
        )
    for _, low, high in (found.groups() for found in _patterns(column, _BETWEEN)):
        yield lambda value, low=int(low), high=int(high): (  # type: ignore[misc]
            None if low <= value <= high else f"{value} is not between {low} and {high}"
        )


def _number_check(column: Column[Any], precision: int, scale: int) -> Check:
    limit, unit = Decimal(10) ** (precision - scale), Decimal(1).scaleb(-scale)
    is_money = column.name.endswith("_amount")

    def problem(value: Any) -> str | None:
        if isinstance(value, float) or not isinstance(value, int | Decimal):
            return "is not an exact number"
        number = Decimal(value)
        if not number.is_finite():
            return f"{value} is not a number"
        if abs(number) >= limit:
            return f"{value} has more than {precision - scale} digits before the point"
        if is_money and number != number.quantize(unit):
            return f"{value} has more than {scale} decimal places"
        return None

    return problem


def _integer_check(bits: int) -> Check:
    return lambda value: (
        None
        if isinstance(value, int) and not isinstance(value, bool) and -(2**bits) <= value < 2**bits
        else f"{str(value)[:40]} is not a whole number of {bits + 1} bits"
    )


def _instant_problem(value: Any) -> str | None:
    if not isinstance(value, datetime) or value.tzinfo is None:
        return "is not an instant with a time zone"
    return _day_problem(value)


def _local_problem(value: Any) -> str | None:
    # With a zone the database would convert it, by the zone of its own session.
    if not isinstance(value, datetime) or value.tzinfo is not None:
        return "is not a local time without a time zone"
    return _day_problem(value)


def _day_problem(value: Any) -> str | None:
    if not isinstance(value, date):
        return "is not a date"
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        return f"the year {value.year} is not between {FIRST_YEAR} and {LAST_YEAR}"
    return None


def _zone_problem(value: str) -> str | None:
    try:
        clock.zone(value)
    except InvalidInput as unknown:
        return unknown.reason
    return None


@event.listens_for(Base, "before_insert", propagate=True)
@event.listens_for(Base, "before_update", propagate=True)
def _check_row(mapper: Mapper[Any], _connection: object, row: Any) -> None:
    """Every row that a session writes is asked, whichever service made it."""
    given = inspect(row).dict
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        if attribute.key in given and isinstance(column, Column):
            check_value(column, given[attribute.key])
