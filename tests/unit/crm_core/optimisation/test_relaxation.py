"""The relaxation is solved anew when the solver loses its way."""

import pytest
from ortools.linear_solver import pywraplp

from crm_core.optimisation.relaxation import Master


class Failing:
    """A solver whose first answers are no answers."""

    def __init__(self, solver: pywraplp.Solver, failures: int) -> None:
        self._solver, self._failures = solver, failures

    def Solve(self, *given: pywraplp.MPSolverParameters) -> int:  # noqa: N802
        self._failures -= 1
        status: int = self._solver.Solve(*given)
        return pywraplp.Solver.ABNORMAL if self._failures >= 0 else status


@pytest.fixture
def master() -> Master:
    """Two jobs dear to leave out, one route for both, one crew."""
    master = Master([100, 100], [1])
    master.add(30.0, [0, 1], 0)
    return master


@pytest.mark.parametrize("failures", [0, 1])
def test_one_failure_changes_nothing(master: Master, failures: int) -> None:
    master._solver = Failing(master._solver, failures)
    prices = master.solve()
    assert prices is not None
    assert prices.value == pytest.approx(30.0)
    assert sum(prices.worth) + prices.rent[0] == pytest.approx(30.0)


def test_two_failures_are_said(master: Master) -> None:
    master._solver = Failing(master._solver, 2)
    assert master.solve() is None
