from dataclasses import replace
from itertools import permutations

import pytest

from crm_core.optimisation.board import Board
from crm_core.optimisation.bound import lower_bound
from crm_core.optimisation.check import violations
from crm_core.optimisation.compare import compare
from crm_core.optimisation.explain import explain
from crm_core.optimisation.problem import Day, Window
from crm_core.optimisation.sample import sample_day
from crm_core.optimisation.solve import greedy, solve, with_bound

LONG = 120.0
"""Seconds that no test here uses up: `rounds` ends the search."""


def cheapest_of_all(board: Board) -> int:
    """The optimum of a tiny day with two crews alike, by trying everything."""
    jobs = range(len(board.opens))
    best = sum(board.unserved)
    for order in permutations(jobs):
        for first in range(len(order) + 1):
            for last in range(first, len(order) + 1):
                parts = (order[:first], order[first:last])
                scores = [board.score(board.starts[c], part) for c, part in enumerate(parts)]
                if None not in scores:
                    left = sum(board.unserved[job] for job in order[last:])
                    best = min(best, left + sum(score.cost for score in scores))
    return best


@pytest.mark.parametrize("shift", [Window(420, 1140), Window(420, 690)])
def test_a_tiny_day_is_solved_to_the_optimum(make_day, make_job, shift) -> None:
    jobs = [
        make_job(n, window=Window(480, 900), promised_until=660, work_minutes=30 + 10 * abs(n))
        for n in (1, 4, -3, 6, -5)
    ]
    day = make_day(*jobs, crews=2)
    day = replace(day, crews=tuple(replace(crew, shift=shift) for crew in day.crews))
    board = Board(day)
    plan = solve(day, LONG, rounds=10)
    assert plan.cost == cheapest_of_all(board)
    assert violations(day, plan) == []
    assert 0 < with_bound(day, plan, LONG).bound <= plan.cost + 1e-6


@pytest.mark.parametrize("number", range(6))
def test_the_bound_is_below_the_optimum(number) -> None:
    day = sample_day(number, jobs=5, trucks=1)
    board = Board(day)
    optimum = min(
        sum(board.unserved[job] for job in range(5) if job not in route) + score.cost
        for count in range(6)
        for route in permutations(range(5), count)
        if all(board.fits(0, 0, job) for job in route)
        and (score := board.score(board.starts[0], route)) is not None
    )
    assert 0 < lower_bound(board, [], LONG) <= optimum + 1e-6


def test_jobs_that_nobody_can_do_are_left_out_with_the_reason(make_day, make_job) -> None:
    day = make_day(
        make_job(1),
        make_job(2, crew_size=3),
        make_job(3, skills=frozenset({"piano"})),
        make_job(4, volume=5000),
        make_job(5, features=frozenset({"tail lift"})),
        make_job(6, work_minutes=900),
        make_job(7, work_minutes=300),
        make_job(8, work_minutes=300, weight=3),
    )
    plan = solve(day, LONG, rounds=3)
    assert violations(day, plan) == []
    assert {visit.job for _, visit in plan.visits()} == {"J1", "J8"}
    reasons = {left.job: left.reason for left in plan.unassigned}
    assert reasons["J2"] == "no crew present has 3 people"
    assert reasons["J3"] == "no crew present has 2 people with piano"
    assert "5000 cu ft" in reasons["J4"]
    assert "tail lift" in reasons["J5"]
    assert reasons["J6"].startswith("even alone")
    assert reasons["J7"] == "the 1 crews able to do it are full with jobs that weigh more"


def test_nothing_to_do_and_nobody_to_do_it(make_day, make_job) -> None:
    assert solve(make_day(), LONG, rounds=2).tours == ()
    nobody = make_day(make_job(1), crews=0)
    plan = solve(nobody, LONG, rounds=2)
    assert [left.job for left in plan.unassigned] == ["J1"]
    assert violations(nobody, plan) == []


def test_trucks_change_hands_where_that_serves_more(make_day, make_job) -> None:
    """Greedy gives the large truck to the crew with most skills; only the other has a licence."""
    day = make_day(
        make_job(1, volume=900, skills=frozenset({"piano"})),
        make_job(2, volume=900, skills=frozenset({"piano"})),
        make_job(3, volume=100),
        crews=2,
    )
    people = tuple(
        replace(p, skills=p.skills | {"piano"}) if p.id == "P1a" else p for p in day.people
    )
    trucks = (replace(day.trucks[0], capacity=900), replace(day.trucks[1], capacity=100))
    day = replace(day, people=people, trucks=trucks)
    plan = solve(day, LONG, rounds=5)
    assert plan.unassigned == ()
    assert {tour.crew: tour.truck for tour in plan.tours}["C1"] == "T0"
    assert violations(day, plan) == []


def test_the_same_seed_and_rounds_give_the_same_plan() -> None:
    day = sample_day(3, jobs=30, trucks=10)
    first, second = (solve(day, LONG, seed=5, rounds=4) for _ in range(2))
    assert first.tours == second.tours
    assert first.cost == second.cost


def test_no_time_at_all_still_gives_a_sound_plan() -> None:
    day = sample_day(4, jobs=30, trucks=10)
    plan = solve(day, 0.0)
    assert violations(day, plan) == []
    assert plan.cost == greedy(day).cost
    assert plan.gap_pct is None


def test_each_job_gets_one_sentence() -> None:
    day = sample_day(5, jobs=30, trucks=8)
    plan = solve(day, LONG, rounds=6)
    sentences = explain(day, plan)
    assert set(sentences) == {job.id for job in day.jobs}
    for tour, visit in plan.visits():
        sentence = sentences[visit.job]
        assert sentence.startswith(f"{visit.job} goes to crew {tour.crew} with truck {tour.truck}")
        assert sentence.endswith(".")
        assert "; " in sentence
    for left in plan.unassigned:
        assert left.reason in sentences[left.job]


def test_a_late_start_is_said(make_day, make_job) -> None:
    day = make_day(make_job(1, promised_until=480), make_job(2, promised_until=480))
    plan = solve(day, LONG, rounds=2)
    assert len(plan.late) == 1
    assert "after its promise" in explain(day, plan)[plan.late[0]]


def days(count: int, jobs: int, trucks: int) -> list[Day]:
    return [sample_day(number, jobs, trucks) for number in range(1, count + 1)]


def test_the_solver_drives_less_than_the_greedy_dispatcher() -> None:
    rows = list(compare(days(2, jobs=45, trucks=16), LONG, rounds=25))
    for row in rows:
        assert row.violations == 0, str(row)
        assert row.late <= row.greedy_late, str(row)
        assert row.unassigned <= row.greedy_unassigned, str(row)
        assert row.gap_pct is not None
    before = sum(row.greedy_drive_minutes for row in rows)
    assert sum(row.drive_minutes for row in rows) <= 0.85 * before, [str(row) for row in rows]


@pytest.mark.soak
def test_twenty_days_of_a_pooled_metro(capsys: pytest.CaptureFixture[str]) -> None:
    """120 jobs, 40 trucks, 5 seconds: figures and gaps are printed."""
    rows = []
    for row in compare(days(20, jobs=120, trucks=40), 5.0):
        rows.append(row)
        with capsys.disabled():
            print(f"\n{row}", end="")  # noqa: T201
    for row in rows:
        assert row.violations == 0, str(row)
        assert row.late <= row.greedy_late, str(row)
        assert row.unassigned <= row.greedy_unassigned, str(row)
    before = sum(row.greedy_drive_minutes for row in rows)
    assert sum(row.drive_minutes for row in rows) <= 0.85 * before
