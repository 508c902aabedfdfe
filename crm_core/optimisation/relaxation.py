"""The linear relaxation of choosing routes: what each job is worth, and which routes matter.

The choice itself, in whole routes, is made by CP-SAT in `neighbourhood`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from crm_core.optimisation.board import Matrix

BATCH = 100
"""Routes added per pricing round."""
Numbers = NDArray[np.float64]


class Prices(NamedTuple):
    """The relaxation's optimum over the routes given so far."""

    value: float
    worth: Numbers
    """Of each job."""
    rent: Numbers
    """Of one more crew of each group; never positive."""


@dataclass(frozen=True)
class Relaxed:
    """The relaxation's optimum over all given routes."""

    value: float
    reduced: Numbers
    """Per route how much dearer than the optimum a choice with it is, at least."""


def relax(
    sets: Matrix, costs: Matrix, groups: Matrix, counts: list[int], unserved: list[int]
) -> Relaxed | None:
    """Solves the relaxation by adding routes only as their price asks for them.

    `sets` are bits of jobs, `groups` says whose route it is, `counts` how many such crews there
    are, `unserved` what it costs to leave each job out. None when the arithmetic failed.
    """
    jobs = len(unserved)
    has = ((sets[:, None] >> np.arange(jobs, dtype=np.int64)) & 1).astype(np.float64)
    master = Master(unserved, counts)
    wanted = np.argsort(costs / np.maximum(has.sum(axis=1), 1), kind="stable")[:BATCH]
    inside = np.zeros(len(costs), dtype=bool)
    reduced = costs.astype(np.float64)
    while True:
        inside[wanted] = True
        for row in wanted.tolist():
            master.add(float(costs[row]), np.nonzero(has[row])[0].tolist(), int(groups[row]))
        prices = master.solve()
        if prices is None:
            return None
        value, worth, rent = prices
        reduced = costs - has @ worth - rent[groups]
        wanted = np.nonzero((reduced < -1e-6) & ~inside)[0]
        if not len(wanted):
            return Relaxed(value, reduced)
        if len(wanted) > BATCH:
            wanted = wanted[np.argpartition(reduced[wanted], BATCH)[:BATCH]]


class Master:
    """The relaxation over the routes added so far, solved again as it grows."""

    def __init__(self, unserved: list[int], counts: list[int]) -> None:
        self._solver = solver = pywraplp.Solver.CreateSolver("GLOP")
        self._jobs = [solver.Constraint(1, 1) for _ in unserved]
        self._groups = [solver.Constraint(-solver.infinity(), count) for count in counts]
        self._objective = solver.Objective()
        self._objective.SetMinimization()
        for row, cost in zip(self._jobs, unserved, strict=True):
            row.SetCoefficient(self._variable(float(cost)), 1)

    def _variable(self, cost: float) -> pywraplp.Variable:
        variable = self._solver.NumVar(0, self._solver.infinity(), "")
        self._objective.SetCoefficient(variable, cost)
        return variable

    def add(self, cost: float, jobs: list[int], group: int) -> None:
        variable = self._variable(cost)
        self._groups[group].SetCoefficient(variable, 1)
        for job in jobs:
            self._jobs[job].SetCoefficient(variable, 1)

    def solve(self) -> Prices | None:
        """None when the solver failed twice, the second time without what it had learnt."""
        if self._solver.Solve() != pywraplp.Solver.OPTIMAL:
            anew = pywraplp.MPSolverParameters()
            anew.SetIntegerParam(anew.INCREMENTALITY, anew.INCREMENTALITY_OFF)
            if self._solver.Solve(anew) != pywraplp.Solver.OPTIMAL:
                return None
        worth = np.asarray([row.dual_value() for row in self._jobs])
        rent = np.asarray([row.dual_value() for row in self._groups])
        return Prices(self._objective.Value(), worth, rent)
