"""One sentence about a find, in English and French, made of its numbers and nothing else.

Numbers come from `anomaly` and `decompose`; where the sentences are kept is in `publish`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent

from transforms.insight.decompose import Move

LOCALES = ("en_CA", "fr_CA")

CAUSES: Mapping[str, Mapping[str, str]] = {
    "en_CA": {
        "calendar": "the calendar",
        "volume": "volume",
        "branch": "the shift between branches",
        "mix": "the mix of work",
        "rate": "the rate",
    },
    "fr_CA": {
        "calendar": "le calendrier",
        "volume": "le volume",
        "branch": "le déplacement entre succursales",
        "mix": "la composition du travail",
        "rate": "le taux",
    },
}

FRENCH_PLURAL = 2
"""In French the plural begins at two; one and a half is singular."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "en_CA": {
        "odd": "{label} at {place}: {actual} a {grain} ({period}), {share} {way} the {expected}"
        " expected ({sigmas} standard deviations).",
        "above": "above",
        "below": "below",
        "month": "month",
        "week": "week",
        "weeks": "{first} to {last}",
        "moved": "{label} at {place} {way} by {change}{share} from {before} in {from_} to {after}"
        " in {to}: {causes}.",
        "rose": "rose",
        "fell": "fell",
        "same": "{label} at {place} stayed at {after} from {from_} to {to}: {causes}.",
        "company": "the company",
        "point": "{size} points",
        "points": "{size} points",
    },
    "fr_CA": {
        "odd": "{label}, {place} : {actual} par {grain} ({period}), soit {share} {way} des"
        " {expected} attendus ({sigmas} écarts-types).",
        "above": "au-dessus",
        "below": "au-dessous",
        "month": "mois",
        "week": "semaine",
        "weeks": "du {first} au {last}",
        "moved": "{label}, {place} : {way} de {change}{share}, de {before} ({from_}) à {after}"
        " ({to}) : {causes}.",
        "rose": "hausse",
        "fell": "baisse",
        "same": "{label}, {place} : inchangé à {after} de {from_} à {to} : {causes}.",
        "company": "toute l'entreprise",
        "point": "{size} point",
        "points": "{size} points",
    },
}


@dataclass(frozen=True)
class Figure:
    """What is spoken of: a KPI, named in both languages, and how its numbers are written."""

    labels: Mapping[str, str]
    """By locale."""
    unit: str
    """money, percent, count or another; see the metrics."""
    currency: str

    def written(self, value: Decimal, locale: str) -> str:
        """A value for people."""
        if self.unit == "money":
            digits = ",##0" if abs(value) >= 1000 else ",##0.00"
            pattern = f"¤{digits}" if locale.startswith("en") else f"{digits} ¤"
            return format_currency(
                value, self.currency, pattern, locale=locale, currency_digits=False
            )
        if self.is_rate:
            return format_percent(value, "#,##0.0 %", locale=locale)
        return format_decimal(value, "#,##0.##", locale=locale)

    def size_of(self, change: Decimal, locale: str) -> str:
        """How large a change is, without its sign; a change of a rate is in points."""
        if self.is_rate:
            points = abs(change) * 100
            word = WORDS[locale]["point" if points < FRENCH_PLURAL else "points"]
            return word.format(size=format_decimal(points, "#,##0.0", locale=locale))
        return self.written(abs(change), locale)

    @property
    def is_rate(self) -> bool:
        return self.unit == "percent"


def odd_sentence(
    figure: Figure,
    place: str | None,
    grain: str,
    span: tuple[date, date],
    actual: Decimal,
    expected: Decimal,
    sigmas: Decimal,
    locale: str,
) -> str:
    """What an anomaly is; `place` None is the company, `span` the first days of its ends."""
    words, away = WORDS[locale], actual - expected
    share = figure.size_of(away, locale) if figure.is_rate else _share(away, expected, locale)
    return words["odd"].format(
        label=figure.labels[locale],
        place=place or words["company"],
        grain=words[grain],
        period=_period(grain, span, locale),
        actual=figure.written(actual, locale),
        expected=figure.written(expected, locale),
        share=share,
        way=words["above" if actual >= expected else "below"],
        sigmas=format_decimal(abs(sigmas), "#,##0.0", locale=locale),
    )


def move_sentence(
    figure: Figure, place: str | None, months: tuple[date, date], move: Move, locale: str
) -> str:
    """What a move is, and the causes that make it up, the largest first."""
    words = WORDS[locale]
    causes = ", ".join(
        f"{CAUSES[locale][name]} {_sign(amount)}{figure.size_of(amount, locale)}"
        for name, amount in move.ranked
        if amount
    )
    is_shared = move.before and not figure.is_rate
    share = f" ({_share(move.change, move.before, locale)})" if is_shared else ""
    kind = "moved" if move.change else "same"
    return words[kind].format(
        label=figure.labels[locale],
        place=place or words["company"],
        way=words["rose" if move.change > 0 else "fell"],
        change=figure.size_of(move.change, locale),
        share=share,
        before=figure.written(move.before, locale),
        after=figure.written(move.after, locale),
        from_=_month(months[0], locale),
        to=_month(months[1], locale),
        causes=causes or "–",
    )


def _sign(change: Decimal) -> str:
    return "+" if change > 0 else "−"


def _share(part: Decimal, whole: Decimal, locale: str) -> str:
    return format_percent(abs(part / whole) if whole else 0, "#,##0.0 %", locale=locale)


def _month(first: date, locale: str) -> str:
    return format_skeleton("yMMMM", first, locale=locale)


def _period(grain: str, span: tuple[date, date], locale: str) -> str:
    if grain == "month":
        ends = dict.fromkeys(_month(each, locale) for each in span)
        return " – ".join(ends)
    first, last = span[0], span[1] + timedelta(days=6)
    return WORDS[locale]["weeks"].format(
        first=format_date(first, "d MMM", locale=locale),
        last=format_date(last, "d MMM y", locale=locale),
    )
