"""The one formatter: numbers, dates and periods as people of a locale read them.

What a number means (its metric, its unit, how it compares) is decided elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    get_currency_symbol,
)

from crm_core import clock
from reports.errors import LocaleUnknown

DASH = "–"
LOCALES = ("en-CA", "fr-CA")

Unit = Literal["count", "money", "percent", "days", "hours", "minutes", "seconds", "ratio"]
Grain = Literal["day", "week", "month", "quarter", "year"]

_UNIT_WORDS = {
    "en": {
        "day": "day",
        "days": "days",
        "hours": "h",
        "minutes": "min",
        "seconds": "s",
        "points": "pts",
    },
    "fr": {
        "day": "jour",
        "days": "jours",
        "hours": "h",
        "minutes": "min",
        "seconds": "s",
        "points": "pts",
    },
}


def half_up(value: Decimal, digits: int) -> Decimal:
    """`value` rounded half up to `digits` decimal places, never shown as minus zero."""
    rounded = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def parts_that_add_up(parts: Sequence[Decimal | None], digits: int) -> list[Decimal | None]:
    """Parts rounded to `digits` places so that they add up to the rounded sum.

    Largest remainder: every part is cut down, then the missing units go to the parts that lost
    most. A missing part stays missing.
    """
    known = [part for part in parts if part is not None]
    unit = Decimal(1).scaleb(-digits)
    down = [part if part is None else _floor(part, unit) for part in parts]
    whole = half_up(sum(known, Decimal(0)), digits)
    missing = int((whole - sum((part for part in down if part is not None), Decimal(0))) / unit)
    lost = [
        (low - part, position)
        for position, (low, part) in enumerate(zip(down, parts, strict=True))
        if low is not None and part is not None
    ]
    for _, position in sorted(lost)[:missing]:
        value = down[position]
        down[position] = None if value is None else value + unit
    return down


def _floor(value: Decimal, unit: Decimal) -> Decimal:
    cut = value.quantize(unit, rounding=ROUND_DOWN)
    return cut - unit if cut > value else cut


@dataclass(frozen=True)
class Formatter:
    """Values as text in one locale and currency; every method prints None as an en dash."""

    locale: str
    currency: str = "CAD"

    @property
    def babel(self) -> Locale:
        """The Babel locale behind this formatter."""
        return _babel(self.locale)

    @property
    def language(self) -> str:
        """`en` or `fr`."""
        return self.locale[:2]

    # numbers

    def value(self, value: Decimal | None, unit: Unit, *, whole: bool = False) -> str:
        """A value with its unit, as it stands alone; `whole` drops the cents of money."""
        if value is None:
            return DASH
        match unit:
            case "money":
                return self.money(value, cents=not whole)
            case "percent":
                return self.percent(value)
            case "days":
                return self.days(value)
            case "minutes":
                return self.minutes(value)
            case "hours" | "seconds":
                return f"{self.decimal(value, 1)}\u00a0{self.unit_sign(unit)}"
            case "ratio":
                return self.decimal(value, 2)
            case "count":
                return self.count(value)

    def bare(self, value: Decimal | None, unit: Unit, *, whole: bool = False) -> str:
        """A value without its unit, for columns whose head names the unit."""
        if value is None:
            return DASH
        digits = {
            "money": 0 if whole else 2, "percent": 1, "days": 1, "hours": 1, "minutes": 0,
            "seconds": 1, "ratio": 2,
        }  # fmt: skip
        scaled = value * 100 if unit == "percent" else value
        return self.decimal(scaled, digits.get(unit, 0))

    def compact(self, value: Decimal | None, unit: Unit) -> str:
        """A short form for axes: $1.2M, 340K, 12 %."""
        if value is None:
            return DASH
        if unit == "percent":
            return self.percent(value, digits=0)
        big = abs(value) >= 1000
        if unit == "money":
            if not big:
                return self.money(value, cents=False)
            digits = _compact_digits(value)
            return _clean(
                format_compact_currency(
                    half_up(value, 0), self.currency, locale=self.babel, fraction_digits=digits
                )
            )
        if not big:
            return self.decimal(value, 0 if value == value.to_integral_value() else 1)
        digits = _compact_digits(value)
        return _clean(format_compact_decimal(value, locale=self.babel, fraction_digits=digits))

    def money(self, value: Decimal | None, *, cents: bool = True) -> str:
        """An amount with its currency sign."""
        if value is None:
            return DASH
        pattern = self.babel.currency_formats["standard"].pattern
        if not cents:
            pattern = pattern.replace(".00", "")
        return format_currency(
            half_up(value, 2 if cents else 0),
            self.currency,
            format=pattern,
            locale=self.babel,
            currency_digits=False,
        )

    def count(self, value: Decimal | int | None) -> str:
        """A whole number."""
        return DASH if value is None else self.decimal(Decimal(value), 0)

    def decimal(self, value: Decimal | None, digits: int) -> str:
        """A number with a fixed count of decimal places."""
        if value is None:
            return DASH
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(half_up(value, digits), format=pattern, locale=self.babel)

    def percent(self, value: Decimal | None, digits: int = 1) -> str:
        """A fraction as percent: 0.125 is 12.5 %."""
        if value is None:
            return DASH
        return f"{self.decimal(value * 100, digits)}{self._percent_sign}"

    def days(self, value: Decimal | None) -> str:
        """A length in days, one decimal place unless whole."""
        if value is None:
            return DASH
        digits = 0 if value == value.to_integral_value() else 1
        words = _UNIT_WORDS[self.language]
        return f"{self.decimal(value, digits)}\u00a0{words['day' if value == 1 else 'days']}"

    def minutes(self, value: Decimal | None) -> str:
        """A length in whole minutes."""
        if value is None:
            return DASH
        return f"{self.decimal(value, 0)}\u00a0{_UNIT_WORDS[self.language]['minutes']}"

    def change(self, value: Decimal | None, unit: Unit) -> str:
        """A signed change: percent metrics in points, durations in their unit, others in percent.

        `value` is a difference of fractions for percent, a difference for days and minutes, else
        a fraction of the earlier value.
        """
        if value is None:
            return DASH
        if unit == "percent":
            text = f"{self.decimal(value * 100, 1)}\u00a0{_UNIT_WORDS[self.language]['points']}"
            shown = half_up(value * 100, 1)
        elif unit in ("days", "hours", "minutes", "seconds"):
            text = self.value(value, unit)
            shown = value
        else:
            text, shown = self.percent(value), half_up(value * 100, 1)
        return f"+{text}" if shown > 0 else text

    def unit_sign(self, unit: Unit) -> str:
        """What a column head says after the label: $, %, days, min; empty for counts."""
        words = _UNIT_WORDS[self.language]
        if unit == "money":
            return self.currency_sign
        return "%" if unit == "percent" else words.get(unit, "")

    @property
    def currency_sign(self) -> str:
        """The sign of the currency in this locale."""
        return get_currency_symbol(self.currency, locale=self.babel)

    @property
    def _percent_sign(self) -> str:
        return "\u00a0%" if self.language == "fr" else "%"

    # time

    def day(self, value: date | None) -> str:
        """A date: Nov 16, 2026."""
        return DASH if value is None else format_date(value, "medium", locale=self.babel)

    def day_long(self, value: date | None) -> str:
        """A date in full: November 16, 2026."""
        return DASH if value is None else format_date(value, "long", locale=self.babel)

    def day_short(self, value: date | None) -> str:
        """A date without its year: Nov 16."""
        return DASH if value is None else format_skeleton("MMMd", value, locale=self.babel)

    def bucket(self, start: date, grain: Grain) -> str:
        """The name of one bucket of a time axis."""
        match grain:
            case "day" | "week":
                return self.day(start)
            case "month":
                return format_skeleton("yMMM", start, locale=self.babel)
            case "quarter":
                return format_skeleton("yQQQ", start, locale=self.babel)
            case "year":
                return str(start.year)

    def period(self, start: date, end: date) -> str:
        """A half-open period (`end` is not in it) by its first and last day."""
        last = end - timedelta(days=1)
        if start == last:
            return self.day(start)
        if start.day == 1 and end.day == 1:
            months = (end.year - start.year) * 12 + end.month - start.month
            if months == 1:
                return format_skeleton("yMMMM", start, locale=self.babel)
            if months == 12 and start.month == 1:
                return str(start.year)
            if months == 3 and start.month % 3 == 1:
                return format_skeleton("yQQQ", start, locale=self.babel)
        return _clean(format_interval(start, last, "yMMMd", locale=self.babel))

    def instant(self, value: datetime | None, timezone: str) -> str:
        """An aware instant as wall-clock time of a named zone."""
        if value is None:
            return DASH
        wall = clock.local_naive(value, timezone)
        return f"{self.day(wall.date())}, {wall:%H:%M} ({timezone})"


def _compact_digits(value: Decimal) -> int:
    """As many decimal places, up to two, as tell the short form exactly; else one."""
    scaled = abs(value)
    while scaled >= 1000:
        scaled /= 1000
    exact = [digits for digits in range(3) if half_up(scaled, digits) == scaled]
    return exact[0] if exact else 1


def _clean(text: str) -> str:
    """Thin spaces of the locale data as ordinary no-break ones, which every reader copies well."""
    return text.replace("\u2009", "\u00a0").replace("\u202f", "\u00a0")


@cache
def _babel(locale: str) -> Locale:
    if locale not in LOCALES:
        raise LocaleUnknown(f"no locale {locale!r}: use one of {', '.join(LOCALES)}")
    return Locale.parse(locale, sep="-")


@cache
def formatter(locale: str = "en-CA", currency: str = "CAD") -> Formatter:
    """The formatter of a locale; raises `LocaleUnknown`."""
    _babel(locale)
    return Formatter(locale, currency)
