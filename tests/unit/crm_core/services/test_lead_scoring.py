"""The score of a lead: five parts, each within its bounds and each in the right direction."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.services.sales.lead_scoring import (
    LeadFacts,
    Reach,
    completeness,
    score_of,
    source,
    urgency,
    value,
)

BEST = LeadFacts(
    has_move_date=True,
    has_origin=True,
    has_destination=True,
    has_size=True,
    has_phone=True,
    estimated_amount=Decimal(9000),
    source_won_count=10_000,
    source_decided_count=10_000,
    days_to_move=1,
    reach=Reach.ANSWERED,
)

counts = st.integers(0, 10_000)
facts = st.builds(
    LeadFacts,
    has_move_date=st.booleans(),
    has_origin=st.booleans(),
    has_destination=st.booleans(),
    has_size=st.booleans(),
    has_phone=st.booleans(),
    estimated_amount=st.none() | st.decimals(Decimal(0), Decimal(20_000), places=2),
    days_to_move=st.none() | st.integers(-400, 400),
    reach=st.sampled_from(Reach),
    is_bad=st.booleans(),
)


def test_the_best_lead_has_a_hundred_and_the_unknown_one_half_a_source() -> None:
    assert score_of(BEST) == 100
    assert score_of(LeadFacts()) == 10
    assert score_of(replace(BEST, is_bad=True)) == 0


@given(facts, counts, counts)
def test_every_part_stays_within_its_bounds(some: LeadFacts, one: int, other: int) -> None:
    won, decided = sorted((one, other))
    case = replace(some, source_won_count=won, source_decided_count=decided)
    assert completeness(case) in range(26)
    assert value(case) in range(26)
    assert source(case) in range(21)
    assert urgency(case) in range(21)
    assert score_of(case) in range(101)


@given(facts, st.integers(0, 300), st.integers(0, 300))
def test_more_money_more_haste_and_a_better_source_never_score_less(
    some: LeadFacts, one: int, other: int
) -> None:
    less, more = sorted((one, other))
    assert urgency(replace(some, days_to_move=less)) >= urgency(replace(some, days_to_move=more))
    amounts = [replace(some, estimated_amount=Decimal(100 * each)) for each in (less, more)]
    assert value(amounts[0]) <= value(amounts[1])
    sources = [
        replace(some, source_won_count=each, source_decided_count=300) for each in (less, more)
    ]
    assert source(sources[0]) <= source(sources[1])


@pytest.mark.parametrize(
    ("amount", "points"),
    [("0", 0), ("0.01", 5), ("499.99", 5), ("500", 10), ("1000", 15), ("2000", 20), ("4000", 25)],
)
def test_value_comes_in_bands(amount: str, points: int) -> None:
    assert value(LeadFacts(estimated_amount=Decimal(amount))) == points


@pytest.mark.parametrize(
    ("days", "points"), [(-1, 0), (0, 20), (3, 20), (4, 16), (14, 12), (30, 8), (60, 4), (61, 0)]
)
def test_urgency_comes_in_bands(days: int, points: int) -> None:
    assert urgency(LeadFacts(days_to_move=days)) == points


def test_one_lucky_case_says_little_about_a_source() -> None:
    lucky = LeadFacts(source_won_count=1, source_decided_count=1)
    proven = LeadFacts(source_won_count=90, source_decided_count=100)
    assert (source(lucky), source(proven), source(LeadFacts())) == (13, 18, 10)
