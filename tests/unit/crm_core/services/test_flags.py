"""Every automatic flag, on both sides of its limit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm_core.enums import JourneyStage
from crm_core.services.operations.flags import Arrival, Facts, Flag, Point, flags_of, metres_between

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
STOP = Point(49.26, -123.1)
CALM = Facts(
    stage=JourneyStage.EN_ROUTE,
    as_of=NOON,
    crew_planned=3,
    crew_count=3,
    estimated_minutes=240,
    started_at=NOON - timedelta(minutes=60),
    last_entry_at=NOON - timedelta(minutes=5),
    last_position_at=NOON - timedelta(minutes=5),
)


def ago(minutes: int) -> datetime:
    return NOON - timedelta(minutes=minutes)


def north(metres: int) -> Arrival:
    return Arrival(Point(STOP.latitude + metres / 111_195, STOP.longitude), STOP)


QUIET = {"started_at": ago(300), "estimated_minutes": None}
CASES: list[tuple[Flag, dict[str, Any], dict[str, Any]]] = [
    (Flag.OVER_RUN, {"started_at": ago(312)}, {"started_at": ago(313)}),
    (Flag.UNDERSTAFFED, {"crew_count": 4}, {"crew_count": 2}),
    (
        Flag.MISSING_EVIDENCE,
        {"missing_evidence_count": 1},
        {"missing_evidence_count": 1, "stage": JourneyStage.COMPLETED, "completed_at": NOON},
    ),
    (
        Flag.INACTIVE_CREW,
        {**QUIET, "last_entry_at": ago(120)},
        {**QUIET, "last_entry_at": ago(121)},
    ),
    (Flag.GPS_LOST, {"last_position_at": ago(15)}, {"last_position_at": ago(16)}),
    (Flag.OUT_OF_AREA, {"arrivals": (north(299),)}, {"arrivals": (north(299), north(301))}),
    (Flag.LOW_RATED_CREW, {"low_ratings_of_crew": (2, 2)}, {"low_ratings_of_crew": (0, 3)}),
    (Flag.DELAYED, {"window_end_at": ago(15)}, {"window_end_at": ago(16)}),
    (
        Flag.UNPAID_LOCK,
        {"has_overdue_invoice": False},
        {"has_overdue_invoice": True},
    ),
    (
        Flag.CREW_SHORTAGE,
        {"stage": JourneyStage.SCHEDULED, "branch_crew_available": 9, "branch_crew_required": 9},
        {"stage": JourneyStage.SCHEDULED, "branch_crew_available": 9, "branch_crew_required": 10},
    ),
]


@pytest.mark.parametrize(("flag", "calm", "alarming"), CASES, ids=[case[0] for case in CASES])
def test_a_flag_is_raised_beyond_its_limit_and_not_before(
    flag: Flag, calm: dict[str, Any], alarming: dict[str, Any]
) -> None:
    assert flags_of(replace(CALM, **calm)) == []
    assert flags_of(replace(CALM, **alarming)) == [flag]


def test_every_flag_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(Flag) - {Flag.MANY_FLAGS}


def test_more_than_two_flags_ask_for_feedback() -> None:
    two = replace(CALM, crew_count=1, has_overdue_invoice=True)
    assert Flag.MANY_FLAGS not in flags_of(two)
    assert flags_of(replace(two, last_position_at=None, started_at=ago(20)))[-1] == Flag.MANY_FLAGS


def test_a_journey_called_off_is_left_alone() -> None:
    facts = replace(
        CALM, stage=JourneyStage.CANCELLED, crew_count=0, has_overdue_invoice=True,
        window_end_at=ago(99), missing_evidence_count=3, started_at=ago(999),
    )  # fmt: skip
    assert flags_of(facts) == []


def test_an_early_arrival_stays_on_time_for_good() -> None:
    facts = replace(CALM, first_arrived_at=ago(50), window_end_at=ago(40))
    assert flags_of(facts) == []


def test_distance_is_that_of_the_great_circle() -> None:
    assert abs(metres_between(Point(0, 0), Point(0, 180)) - 20_015_087) < 1
    assert metres_between(STOP, STOP) == 0
