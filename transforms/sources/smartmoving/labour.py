"""The labour text of a charge: hours, rate, trucks and crew, which the vendor gives nowhere else.

An unreadable text is None here, kept raw by the contract and counted by the connector.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

# Lengths are bounded, so that no text, however odd, costs more than a glance.
_LONGEST = 500
_TEXT = re.compile(
    r"""
    (?<![\d.,])
    (?:(?P<hours>\d{1,3}(?:\.\d{1,2})?)\ ?h(?:ou)?r?s?\.?\ ?)?   # 2h, 4.5 hrs, 3 hours
    (?:(?P<minutes>\d{1,4})\ ?m(?:in)?(?:ute)?s?\.?\ ?)?         # 45m, 45 min
    (?:@|\bat\b)\ ?\$?\ ?
    (?P<rate>\d[\d,]{0,6}(?:\.\d{1,2})?)\ ?(?:/|\bper\b)\ ?h(?:ou)?r?\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TRUCKS = re.compile(r"(?<!\d)(\d{1,2}) ?trucks?", re.IGNORECASE)
_CREW = re.compile(r"(?<!\d)(\d{1,2}) ?(?:crew|movers?|m[ae]n)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Labour:
    """What a labour text says; trucks and crew are None where it does not say."""

    minutes: int
    rate: Decimal
    trucks: int | None
    crew: int | None


def parse_labour(text: str) -> Labour | None:
    """Read `2h @ $349.00/hr (1 truck, 5 crew)` and its relatives; None when it is none of them."""
    text = " ".join(text.split())[:_LONGEST]
    found = _TEXT.search(text)
    if not found or not (found["hours"] or found["minutes"]):
        return None
    minutes = Decimal(found["hours"] or 0) * 60 + int(found["minutes"] or 0)
    return Labour(
        minutes=int(minutes),
        rate=Decimal(found["rate"].replace(",", "")),
        trucks=_number(_TRUCKS, text),
        crew=_number(_CREW, text),
    )


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(found[1]) if found else None
