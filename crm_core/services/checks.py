"""Checks of single values that come from outside; each raises `InvalidInput` naming the field.

Rules that need a second row or a date stand in the service of their area.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from crm_core.errors import InvalidInput

CENT = Decimal("0.01")
MAX_MONEY = Decimal("9999999999999999.99")
MAX_QUANTITY = Decimal("99999999.99")


def clean_text(field: str, value: str, longest: int) -> str:
    """The text without blanks around it; not empty, no NUL or half character, not too long."""
    if value != value.encode("utf-8", "ignore").decode("utf-8") or "\x00" in value:
        raise InvalidInput(field, "holds characters that cannot be stored")
    cleaned = value.strip()
    if not cleaned:
        raise InvalidInput(field, "must not be empty")
    if len(cleaned) > longest:
        raise InvalidInput(field, f"has {len(cleaned)} characters, at most {longest} are allowed")
    return cleaned


def optional_text(field: str, value: str | None, longest: int) -> str | None:
    """As `clean_text`; nothing and blanks are nothing."""
    if value is None or not value.strip():
        return None
    return clean_text(field, value, longest)


def money(field: str, amount: Decimal, least: Decimal = Decimal(0)) -> Decimal:
    """An amount in whole cents, at least `least`."""
    return _exact(field, amount, least, MAX_MONEY)


def quantity(field: str, amount: Decimal) -> Decimal:
    """A quantity above zero with at most two places."""
    return _exact(field, amount, CENT, MAX_QUANTITY)


def _exact(field: str, amount: Decimal, least: Decimal, most: Decimal) -> Decimal:
    if not amount.is_finite():
        raise InvalidInput(field, f"{amount} is not a number")
    if not least <= amount <= most:
        raise InvalidInput(field, f"{amount} is not between {least} and {most}")
    if amount != amount.quantize(CENT):
        raise InvalidInput(field, f"{amount} has more than two decimal places")
    return amount.quantize(CENT)


def count(field: str, value: int | None, least: int = 1) -> int | None:
    """A whole number of at least `least`, or nothing."""
    if value is not None and not least <= value <= 1_000_000:
        raise InvalidInput(field, f"{value} is not between {least} and 1000000")
    return value


def instant(field: str, value: datetime) -> datetime:
    """An instant that knows its zone."""
    if value.tzinfo is None:
        raise InvalidInput(field, "has no time zone")
    return value


def known_fields(given: Mapping[str, object], allowed: frozenset[str]) -> None:
    """Refuses a change of a field that the caller may not set."""
    for field in sorted(set(given) - allowed):
        raise InvalidInput(field, f"cannot be changed here; one of {', '.join(sorted(allowed))}")
