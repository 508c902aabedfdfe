"""Each hard rule is broken once by hand; the checker must name it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from crm_core.optimisation.check import violations
from crm_core.optimisation.plan import Plan, Tour
from crm_core.optimisation.problem import Day, Rules, Window
from crm_core.optimisation.solve import greedy


@pytest.fixture
def day(make_day, make_job) -> Day:
    return make_day(
        make_job(1, skills=frozenset({"heavy"}), volume=500),
        make_job(2, window=Window(720, 1000), promised_until=900, work_minutes=200),
    )


@pytest.fixture
def plan(day) -> Plan:
    plan = greedy(day)
    assert len(plan.tours) == 1
    assert [visit.job for visit in plan.tours[0].visits] == ["J1", "J2"]
    return plan


def broken(day: Day, plan: Plan) -> set[str]:
    return {violation.rule for violation in violations(day, plan)}


def test_a_sound_plan_breaks_nothing(day, plan) -> None:
    assert violations(day, plan) == []


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("crew size", lambda d: replace(d, jobs=(replace(d.jobs[0], crew_size=3), d.jobs[1]))),
        ("skills", lambda d: replace(d, jobs=(replace(d.jobs[0], skills={"piano"}), d.jobs[1]))),
        ("capacity", lambda d: replace(d, trucks=(replace(d.trucks[0], capacity=499),))),
        ("licence", lambda d: replace(d, trucks=(replace(d.trucks[0], licence="bus"),))),
        ("features", lambda d: replace(d, jobs=(replace(d.jobs[0], features={"lift"}), d.jobs[1]))),
        (
            "availability",
            lambda d: replace(
                d, people=(replace(d.people[0], available=(Window(360, 600),)), d.people[1])
            ),
        ),
        (
            "availability",
            lambda d: replace(d, trucks=(replace(d.trucks[0], available=Window(360, 600)),)),
        ),
        ("shift", lambda d: replace(d, crews=(replace(d.crews[0], shift=Window(420, 600)),))),
        (
            "window",
            lambda d: replace(
                d, jobs=(replace(d.jobs[0], window=Window(0, 400), promised_until=9), d.jobs[1])
            ),
        ),
        ("work", lambda d: replace(d, jobs=(replace(d.jobs[0], work_minutes=61), d.jobs[1]))),
        ("travel", lambda d: replace(d, travel=replace(d.travel, factor=5.0))),
        ("longest day", lambda d: replace(d, rules=Rules(longest_day=200))),
        ("break", lambda d: replace(d, rules=Rules(break_after=120))),
        ("each job once", lambda d: replace(d, jobs=(*d.jobs, replace(d.jobs[0], id="J3")))),
        ("known", lambda d: replace(d, jobs=d.jobs[:1])),
    ],
)
def test_a_rule_that_the_day_tightens_is_found_broken(
    day, plan, rule: str, change: Callable[[Day], Day]
) -> None:
    assert rule in broken(change(day), plan)


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("one place at a time", lambda tour: (tour, tour)),
        ("own crew", lambda tour: (replace(tour, people=(*tour.people, "P9")),)),
        ("each job once", lambda tour: (replace(tour, visits=tour.visits[:1]),)),
        ("travel", lambda tour: (replace(tour, home_minutes=0, back=tour.visits[-1].ends),)),
    ],
)
def test_a_plan_that_cheats_is_found_out(
    day, plan, rule: str, change: Callable[[Tour], tuple[Tour, ...]]
) -> None:
    assert rule in broken(day, replace(plan, tours=change(plan.tours[0])))


def test_the_truck_must_be_at_the_crews_yard(day, plan) -> None:
    elsewhere: Any = replace(
        day,
        yards={**day.yards, "other": day.yards["yard"]},
        trucks=(replace(day.trucks[0], yard="other"),),
    )
    assert "own yard" in broken(elsewhere, plan)
