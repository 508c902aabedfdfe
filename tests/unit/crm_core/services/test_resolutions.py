"""Offers: who else is free, when the same is free, and who yields."""

from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.enums import SchedulePriority
from crm_core.services.scheduling.conflicts import Span
from crm_core.services.scheduling.pools import connected
from crm_core.services.scheduling.resolutions import (
    WITHIN,
    Candidate,
    OfferKind,
    nearest_free,
    offers_of_resources,
    yields,
)

HOME, AWAY = UUID(int=1), UUID(int=2)
DAY = datetime(2026, 11, 23, tzinfo=UTC)


def span(start: float, end: float) -> Span:
    return Span(DAY + timedelta(hours=start), DAY + timedelta(hours=end))


def test_the_branch_comes_first_then_those_that_share_the_best_fit_first() -> None:
    candidates = [
        Candidate(UUID(int=10), "T-10", AWAY, ()),
        Candidate(UUID(int=11), "T-11", HOME, (span(14, 15),)),
        Candidate(UUID(int=12), "T-12", HOME, (span(15, 16),), rank=500),
        Candidate(UUID(int=13), "T-13", HOME, (), rank=100),
    ]
    offers = offers_of_resources(candidates, HOME, span(9, 15))
    assert [(o.kind, o.resource_id.int) for o in offers] == [
        (OfferKind.SAME_BRANCH, 13),
        (OfferKind.SAME_BRANCH, 12),
        (OfferKind.SHARED_FLEET, 10),
    ]
    assert offers[0].sentence == "T-13 is free"


SPANS = st.tuples(st.integers(-96, 120), st.integers(1, 30)).map(lambda t: span(t[0], sum(t)))


@given(booked=st.lists(SPANS, max_size=12), opens=st.integers(0, 10))
def test_the_nearest_free_time_is_free_and_none_is_nearer(booked: list[Span], opens: int) -> None:
    wanted, long_ago = span(9, 15), DAY - timedelta(days=9)

    def is_free(each: Span) -> bool:
        return not any(each.overlaps(taken) for taken in booked)

    free = [each for hour in range(-63, 82) if is_free(each := span(hour, hour + 6))]
    found = nearest_free(wanted, booked, lambda _: True, long_ago)
    assert (found is None) == (free == [])
    if found is not None:
        nearest = min(abs(each.start_at - wanted.start_at) for each in free)
        assert is_free(found) and abs(found.start_at - wanted.start_at) == nearest <= WITHIN
    opened = nearest_free(wanted, booked, lambda each: each.start_at.hour >= opens, wanted.start_at)
    if opened is not None:
        assert is_free(opened) and opened.start_at.hour >= opens
        assert opened.start_at >= wanted.start_at


def test_the_later_of_two_equally_near_times_is_offered() -> None:
    booked = [span(8, 16)]
    assert nearest_free(span(9, 15), booked, lambda _: True, DAY) == span(16, 22)


@pytest.mark.parametrize(("mine", "theirs"), product(SchedulePriority, repeat=2))
def test_only_what_weighs_less_yields(mine: SchedulePriority, theirs: SchedulePriority) -> None:
    order = ["LOW", "NORMAL", "HIGH", "URGENT"]
    assert yields(mine, theirs) == (order.index(theirs) < order.index(mine))
    assert not (yields(mine, theirs) and yields(theirs, mine))


def test_sharing_goes_both_ways_and_on() -> None:
    shared = {"A": ["B"], "B": [], "C": ["B"], "D": [], "E": ["X"]}
    for one, other in combinations("ABC", 2):
        assert other in connected(one, shared)
    assert connected("D", shared) == {"D"} and connected("E", shared) == {"E"}
