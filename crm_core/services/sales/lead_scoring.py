"""How likely a lead is to be won, 0 to 100, from what is known of it.

Pure; where the facts come from and when they are looked at is `sales.lead_scores`.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

KNOWN_POINTS = 5
"""For each of move date, origin, destination, size and phone."""
VALUE_BANDS = (
    (Decimal(4000), 25),
    (Decimal(2000), 20),
    (Decimal(1000), 15),
    (Decimal(500), 10),
    (Decimal("0.01"), 5),
)
"""Least estimated amount, and its points."""
URGENCY_BANDS = ((3, 20), (7, 16), (14, 12), (30, 8), (60, 4))
"""Days to the move at most, and their points; none for a day that is over."""
SOURCE_POINTS = 20


class Reach(IntEnum):
    """How far we got; the number is the points."""

    NONE = 0
    TOUCHED = 5
    ANSWERED = 10


@dataclass(frozen=True)
class LeadFacts:
    """What the score of a lead is made of; `days_to_move` is below zero when the day is over."""

    has_move_date: bool = False
    has_origin: bool = False
    has_destination: bool = False
    has_size: bool = False
    has_phone: bool = False
    estimated_amount: Decimal | None = None
    source_won_count: int = 0
    source_decided_count: int = 0
    days_to_move: int | None = None
    reach: Reach = Reach.NONE
    is_bad: bool = False


def score_of(facts: LeadFacts) -> int:
    """Completeness 25, value 25, source 20, urgency 20, responsiveness 10; zero for a bad lead."""
    if facts.is_bad:
        return 0
    parts = (completeness(facts), value(facts), source(facts), urgency(facts), int(facts.reach))
    return sum(parts)


def completeness(facts: LeadFacts) -> int:
    known = (
        facts.has_move_date,
        facts.has_origin,
        facts.has_destination,
        facts.has_size,
        facts.has_phone,
    )
    return KNOWN_POINTS * sum(known)


def value(facts: LeadFacts) -> int:
    amount = facts.estimated_amount or Decimal(0)
    return next((points for least, points in VALUE_BANDS if amount >= least), 0)


def source(facts: LeadFacts) -> int:
    """The source's share of wins, rounded half up; one win and one loss are assumed beforehand, so
    that a new source stands in the middle and a few cases say little."""
    won, decided = facts.source_won_count + 1, facts.source_decided_count + 2
    return (2 * SOURCE_POINTS * won + decided) // (2 * decided)


def urgency(facts: LeadFacts) -> int:
    days = facts.days_to_move
    if days is None or days < 0:
        return 0
    return next((points for most, points in URGENCY_BANDS if days <= most), 0)
