"""What stands against a slot: each rule alone, at its edge."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from crm_core import clock
from crm_core.services.scheduling.conflicts import (
    AssetFacts,
    Conflict,
    ConflictKind,
    PersonFacts,
    Severity,
    SlotFacts,
    Span,
    conflicts,
    is_open,
    sentence_of,
)

ZONE = "America/Toronto"
ONE, TWO = UUID(int=1), UUID(int=2)


def at(hour: float, day: int = 23) -> datetime:
    return clock.instant_of(datetime(2026, 11, day) + timedelta(hours=hour), ZONE)


def span(start: float, end: float, day: int = 23) -> Span:
    return Span(at(start, day), at(end, day))


SLOT = SlotFacts(
    span=span(9, 15),
    local_start_at=datetime(2026, 11, 23, 9),
    local_end_at=datetime(2026, 11, 23, 15),
    day=span(0, 24),
)


def kinds(facts: SlotFacts) -> set[ConflictKind]:
    return {each.kind for each in conflicts(facts)}


def with_person(**known: object) -> SlotFacts:
    return replace(SLOT, people=(PersonFacts(ONE, **known),))  # type: ignore[arg-type]


def test_a_slot_that_takes_nobody_has_no_conflict() -> None:
    assert conflicts(SLOT) == []


@pytest.mark.parametrize(
    ("booked", "expected"),
    [
        (span(7, 9), set()),
        (span(15, 16), set()),
        (span(7, 9.1), {ConflictKind.PERSON_DOUBLE_BOOKED}),
        (span(5, 9), set()),
        (span(4.9, 9), {ConflictKind.DAY_TOO_LONG}),
        (span(-4, 1), set()),
        (span(-4, 1.1), {ConflictKind.REST_TOO_SHORT}),
        (span(22, 30), set()),
        (span(24, 30), set()),
    ],
)
def test_a_person(booked: Span, expected: set[ConflictKind]) -> None:
    assert kinds(with_person(booked=(booked,))) == expected


def test_rest_counts_after_the_slot_too() -> None:
    late = replace(SLOT, span=span(17, 23), people=(PersonFacts(ONE, (span(30, 34),)),))
    assert kinds(late) == {ConflictKind.REST_TOO_SHORT}
    rested = replace(late, people=(PersonFacts(ONE, (span(31, 34),)),))
    assert kinds(rested) == set()


def test_leave_is_hard() -> None:
    (found,) = conflicts(with_person(away=(span(0, 24),)))
    assert (found.kind, found.resource_id) == (ConflictKind.PERSON_AWAY, ONE)
    assert found.kind.severity is Severity.HARD


def test_an_asset() -> None:
    truck = AssetFacts(TWO, "T-01", is_active=False, booked=(span(14, 16),))
    facts = replace(SLOT, assets=(truck,))
    assert kinds(facts) == {ConflictKind.ASSET_OUT_OF_SERVICE, ConflictKind.ASSET_DOUBLE_BOOKED}


def test_somebody_on_board_has_the_licence() -> None:
    truck = AssetFacts(TWO, "T-01", licence="class_d")
    facts = replace(SLOT, assets=(truck,))
    assert kinds(facts) == set(), "nobody is on the crew yet"
    without = replace(facts, people=(PersonFacts(ONE),))
    assert kinds(without) == {ConflictKind.NO_LICENCE}
    able = replace(facts, people=(PersonFacts(ONE, skills=frozenset({"class_d"})),))
    assert kinds(able) == set()


def test_a_crew_may_be_empty_until_the_day_is_near() -> None:
    facts = replace(SLOT, crew_size=2)
    assert kinds(facts) == set()
    assert kinds(replace(facts, is_close=True)) == {ConflictKind.CREW_TOO_SMALL}
    assert kinds(replace(facts, people=(PersonFacts(ONE),))) == {ConflictKind.CREW_TOO_SMALL}
    assert kinds(replace(facts, people=(PersonFacts(ONE), PersonFacts(TWO)))) == set()


def test_more_trucks_than_the_pool_has() -> None:
    facts = replace(SLOT, wanted_trucks=3, truck_count=3)
    assert kinds(facts) == set()
    assert kinds(replace(facts, wanted_trucks=4)) == {ConflictKind.BRANCH_OVER_CAPACITY}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(8, 18, True), (7.9, 12, False), (17, 18.1, False), (20, 30, False)],
)
def test_business_hours(start: float, end: float, expected: bool) -> None:
    midnight = datetime(2026, 11, 23)
    local = [midnight + timedelta(hours=hour) for hour in (start, end)]
    told = {"open": "08:00", "close": "18:00"}
    assert is_open({"mon": told}, *local) is expected
    assert not is_open({"tue": told}, *local), "closed all day"
    assert not is_open({"mon": {"closed": True}}, *local)
    assert is_open(None, *local)


def test_hard_conflicts_come_first_and_the_note_says_each_once() -> None:
    soft = Conflict(ConflictKind.CREW_TOO_SMALL, "1 of 2 people are on the crew")
    away = [Conflict(ConflictKind.PERSON_AWAY, "a member is away", each) for each in (ONE, TWO)]
    note = "HARD: a member is away; SOFT: 1 of 2 people are on the crew"
    assert sentence_of([*away, soft]) == note
    assert sentence_of([]) is None
    assert sentence_of([soft] * 3, longest=10) == "SOFT: 1 of"
    facts = replace(
        SLOT, crew_size=2, people=(PersonFacts(ONE, away=(span(0, 24),)),), is_close=True
    )
    assert [each.kind.severity for each in conflicts(facts)] == [Severity.HARD, Severity.SOFT]
