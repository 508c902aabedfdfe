from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.optimisation.board import Board
from crm_core.optimisation.check import violations
from crm_core.optimisation.columns import enumerate_routes
from crm_core.optimisation.problem import Rules, Window
from crm_core.optimisation.sample import sample_day
from crm_core.optimisation.solve import greedy


def test_crews_leave_so_that_they_need_not_wait(make_day, make_job) -> None:
    tour = greedy(make_day(make_job(1))).tours[0]
    visit = tour.visits[0]
    assert (visit.arrives, visit.starts, visit.ends) == (480, 480, 540)
    assert tour.leaves == 480 - visit.drive_minutes
    assert tour.back == 540 + tour.home_minutes


def test_a_long_job_holds_its_breaks(make_day, make_job) -> None:
    tour = greedy(make_day(make_job(1, work_minutes=500))).tours[0]
    visit = tour.visits[0]
    assert visit.breaks == (480 + 300 - visit.drive_minutes,)
    assert visit.ends == 480 + 500 + 30


def test_a_break_comes_before_a_drive_that_would_be_too_long(make_day, make_job) -> None:
    tour = greedy(make_day(make_job(5, work_minutes=285))).tours[0]
    assert tour.visits[0].drive_minutes + 285 <= 300
    assert tour.rest_minutes == 30
    assert tour.back == tour.visits[0].ends + 30 + tour.home_minutes


def test_a_long_wait_is_a_break(make_day, make_job) -> None:
    late = make_job(2, window=Window(800, 900), promised_until=900)
    tour = greedy(make_day(make_job(1, work_minutes=250), late)).tours[0]
    assert tour.visits[1].starts - tour.visits[1].arrives >= 30
    assert [visit.rest_minutes for visit in tour.visits] == [0, 0]
    assert tour.rest_minutes == 0


@settings(max_examples=25, deadline=None)
@given(
    number=st.integers(0, 10_000),
    break_after=st.integers(60, 400),
    longest=st.integers(240, 700),
)
def test_arrays_and_integers_keep_the_same_time(number, break_after, longest) -> None:
    rules = Rules(break_after=break_after, longest_day=longest)
    board = Board(replace(sample_day(number, jobs=9, trucks=2), rules=rules))
    start = board.starts[0]
    columns = enumerate_routes(board, start, list(range(9)))
    assert len(set(columns.sets.tolist())) == len(columns.sets)
    for route, cost in zip(columns.routes, columns.costs.tolist(), strict=True):
        score = board.score(start, route)
        assert score is not None
        assert score.cost == cost


@settings(max_examples=25, deadline=None)
@given(number=st.integers(0, 10_000), break_after=st.integers(60, 400))
def test_greedy_plans_break_no_rule(number, break_after) -> None:
    day = sample_day(number, jobs=20, trucks=6)
    day = replace(day, rules=Rules(break_after=break_after))
    assert violations(day, greedy(day)) == []
