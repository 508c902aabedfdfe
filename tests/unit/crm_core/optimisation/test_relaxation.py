"""The relaxation is solved anew when the solver loses its way."""

from itertools import chain, repeat
from typing import Any

import pytest
from ortools.linear_solver import pywraplp

from crm_core.optimisation.relaxation import Master


@pytest.fixture
def master() -> Master:
    """Two jobs dear to leave out, one route for both, one crew."""
    master = Master([100, 100], [1])
    master.add(30.0, [0, 1], 0)
    return master


def fail(master: Master, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The solver's first answers are no answers."""
    solve = master._solver.Solve
    fails = chain(repeat(True, times), repeat(False))

    def solve_or_fail(*given: Any) -> int:
        status: int = solve(*given)
        return pywraplp.Solver.ABNORMAL if next(fails) else status

    monkeypatch.setattr(master._solver, "Solve", solve_or_fail)


@pytest.mark.parametrize("times", [0, 1])
def test_one_failure_changes_nothing(
    master: Master, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(master, times, monkeypatch)
    prices = master.solve()
    assert prices is not None
    assert prices.value == pytest.approx(30.0)
    assert sum(prices.worth) + prices.rent[0] == pytest.approx(30.0)


def test_two_failures_are_said(master: Master, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(master, 2, monkeypatch)
    assert master.solve() is None
