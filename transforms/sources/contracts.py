"""What the contracts of all sources are made of: types that judge, and how a refusal is worded.

A contract is a class of declared fields: its names are our columns, its aliases the vendor's
fields. A reason names the field and the rule, never the value. What one vendor promises is in its
`contract`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, ClassVar, TypeVar

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, StrictBool, ValidationError
from pydantic.alias_generators import to_camel

from crm_core.enums import Currency
from crm_core.money import cents
from transforms.sources.base import Json, Oddities, Quarantined

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Leaves:
    """Marks a text that may leave for the lake: an id or a word of a list, nothing personal."""


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
_MOST_MONEY = Decimal(10) ** 12
_LONGEST_TEXT = 4000


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("is not text")
    if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise ValueError("holds a character that cannot be stored")
    if len(value) > _LONGEST_TEXT:
        raise ValueError(f"is longer than {_LONGEST_TEXT} characters")
    return value.strip()


def _id(value: object) -> str:
    text = _text(value)
    if not _UUID.fullmatch(text):
        raise ValueError("is not a UUID")
    return text.lower()


def _code(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("is not a whole number")
    if not -(2**31) <= value < 2**31:
        raise ValueError("is out of range")
    return value


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("is not a number")
    number = Decimal(value)
    if not number.is_finite() or abs(number) >= _MOST_MONEY:
        raise ValueError("is out of range")
    return number


def _money(value: object) -> Decimal:
    return cents(_number(value))


def _minor(value: object) -> Decimal:
    """Every currency we keep has two decimals; `_currency` refuses the others."""
    return cents(Decimal(_code(value)) / 100)


def _micros(value: object) -> Decimal:
    """Millionths, as a whole number or its digits: JSON of some vendors has no 64-bit numbers."""
    digits = value if isinstance(value, int) else _text(value)
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,18}", str(digits), re.ASCII):
        raise ValueError("is not a whole number of millionths")
    return cents(Decimal(digits) / 1_000_000)


def _currency(value: object) -> str:
    text = _text(value).upper()
    if text not in set(Currency):
        raise ValueError("is not a currency we keep")
    return text


def _epoch(value: object) -> datetime:
    seconds = _code(value)
    instant = datetime.fromtimestamp(max(seconds, 0), UTC)
    if not _FIRST_DAY <= instant.date() <= _LAST_DAY:
        raise ValueError("is a date-time out of range")
    return instant


def _iso_day(value: object) -> date:
    """A day of the form yyyy-mm-dd."""
    text = _text(value)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError("is not a day of the form yyyy-mm-dd")
    return _day(text.replace("-", ""))


def _decimal_text(value: object) -> Decimal:
    """A number, or its digits as text."""
    if not isinstance(value, str):
        return _number(value)
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,12})?", value.strip(), re.ASCII):
        raise ValueError("is not a number")
    return _number(Decimal(value.strip()))


def _money_text(value: object) -> Decimal:
    return cents(_decimal_text(value))


def _day(value: object) -> date:
    """Days are integers yyyyMMdd in details and the same digits as text in lists."""
    digits = str(value) if not isinstance(value, bool) else ""
    if not re.fullmatch(r"\d{8}", digits, re.ASCII):
        raise ValueError("is not a day of the form yyyyMMdd")
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise ValueError("is not a day of the calendar") from error
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise ValueError("is a day out of range")
    return day


def _instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(_text(value))
    except ValueError as error:
        raise ValueError("is not an ISO date-time") from error
    if instant.tzinfo is None:
        # Names that end in Utc are UTC, with or without the Z.
        instant = instant.replace(tzinfo=UTC)
    if not _FIRST_DAY <= instant.date() <= _LAST_DAY:
        raise ValueError("is a date-time out of range")
    return instant.astimezone(UTC)


def _key(value: object) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)
    if not re.fullmatch(r"[A-Za-z0-9._:\-]{1,100}", text):
        raise ValueError("is not an id")
    return text


def _word(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]{0,59}", text):
        raise ValueError("is not a word of a list")
    return text.lower()


def _name(value: object) -> str:
    text = _text(value)
    if not text:
        raise ValueError("is empty")
    return text


def one_of(known: Mapping[str, T]) -> Callable[[object], T]:
    """A judge of a closed list of the vendor's words, each with what it is here."""

    def judge(value: object) -> T:
        text = _text(value)
        if text not in known:
            raise ValueError("is no word that we know")
        return known[text]

    return judge


_RULES = {
    "missing": "is missing",
    "model_type": "is not an object",
    "list_type": "is not a list",
    "bool_type": "is not true or false",
}

Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, BeforeValidator(_name)]
Id = Annotated[str, BeforeValidator(_id), Leaves()]
Key = Annotated[str, BeforeValidator(_key), Leaves()]
"""An id of the vendor's: letters, digits and marks, never words."""
Word = Annotated[str, BeforeValidator(_word), Leaves()]
"""A word of a list of the vendor's, like a status."""
Code = Annotated[int, BeforeValidator(_code)]
Number = Annotated[Decimal, BeforeValidator(_number)]
Money = Annotated[Decimal, BeforeValidator(_money)]
Day = Annotated[date, BeforeValidator(_day)]
Utc = Annotated[datetime, BeforeValidator(_instant)]
Flag = StrictBool
MinorUnits = Annotated[Decimal, BeforeValidator(_minor)]
Micros = Annotated[Decimal, BeforeValidator(_micros)]
CurrencyCode = Annotated[str, BeforeValidator(_currency), Leaves()]
Epoch = Annotated[datetime, BeforeValidator(_epoch)]
IsoDay = Annotated[date, BeforeValidator(_iso_day)]
Digits = Annotated[Decimal, BeforeValidator(_decimal_text)]
MoneyText = Annotated[Decimal, BeforeValidator(_money_text)]


class Row(BaseModel):
    """A row of the vendor: fields we need are typed, fields we know of are let pass."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow", frozen=True)

    passed_over: ClassVar[frozenset[str]] = frozenset()
    """Fields of the vendor that we know and do not use; any other is reported as new."""


R = TypeVar("R", bound=Row)


def contracted(model: type[R], body: Json, stream: str, external_id: str) -> R | Quarantined:
    """The typed row, or why it is quarantined: the first three broken rules."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        reasons = [f"{_path(item['loc'])} {_rule(item['type'], item['msg'])}" for item in found[:3]]
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        return Quarantined(stream, external_id, ("; ".join(reasons) + more)[:500])


def note_new_fields(row: Row, oddities: Oddities) -> None:
    """Count the fields of a good row that its contract does not know."""
    for part in parts_of(row):
        unknown = set(part.model_extra or ()) - part.passed_over - _reached_into(type(part))
        oddities.new_fields |= {f"{type(part).__name__}.{field}" for field in unknown}


@cache
def _reached_into(row: type[Row]) -> frozenset[str]:
    """The vendor's id, and the objects out of which a contract takes a field."""
    paths = (field.validation_alias for field in row.model_fields.values())
    return frozenset({"id", *(str(p.path[0]) for p in paths if isinstance(p, AliasPath))})


def parts_of(row: Row) -> Iterator[Row]:
    """A row and every row nested in it."""
    yield row
    for name in type(row).model_fields:
        value = getattr(row, name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Row):
                yield from parts_of(item)


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in location) or "row"


def _rule(kind: str, message: str) -> str:
    """What the field breaks, in our words where the library's are about its own classes."""
    return _RULES.get(kind) or message.removeprefix("Value error, ")
