"""A few crews' routes and trucks chosen anew by CP-SAT, everything else left as it stands.

Which crews are worth another look is decided in `solve`.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from ortools.sat.python import cp_model

from crm_core.optimisation.board import Board, Matrix, Route, Start
from crm_core.optimisation.columns import MOST_JOBS, Columns, enumerate_routes
from crm_core.optimisation.relaxation import relax

KEPT = 120
"""Routes handed to CP-SAT: those the relaxation finds nearest to its optimum."""


@dataclass(frozen=True)
class Hand:
    """The crews, jobs and trucks that are dealt anew, and how they stand."""

    crews: tuple[int, ...]
    routes: tuple[Route, ...]
    """What each of these crews does now."""
    jobs: tuple[int, ...]
    """The jobs of those routes, and jobs that nobody does."""
    trucks: tuple[int, ...]
    """Those of the crews, and free ones."""
    cost: int
    """Of these routes and of the jobs left out."""


@dataclass(frozen=True)
class Deal:
    """Per crew of a hand its new route and truck, and all that was considered."""

    routes: tuple[Route, ...]
    trucks: tuple[int | None, ...]
    seen: frozenset[tuple[Start, Route]]
    """Good routes, and from where they start."""


@dataclass(frozen=True)
class Effort:
    """How much CP-SAT may spend; work units do not depend on how busy the machine is."""

    work: float = 0.2
    seconds: float = 1.0
    seed: int = 0


class _Choice(NamedTuple):
    crew: int
    route: Route
    cost: int
    carriers: tuple[int, ...]
    """Trucks of the hand that can take it."""
    is_current: bool


def deal(board: Board, hand: Hand, effort: Effort) -> Deal | None:
    """A cheaper choice of routes and trucks for a hand, or None when none was found."""
    if len(hand.jobs) > MOST_JOBS:
        return None
    choices = _worth_a_look(board, hand)
    return None if choices is None else _choose(board, hand, choices, effort)


def _choose(board: Board, hand: Hand, choices: list[_Choice], effort: Effort) -> Deal | None:
    """The CP-SAT model: each job once, each crew and truck at most once, cheaper than now."""
    model = cp_model.CpModel()
    picked = [model.new_bool_var("") for _ in choices]
    left_out = [model.new_bool_var("") for _ in hand.jobs]
    by_job: dict[int, list[cp_model.IntVar]] = defaultdict(list)
    by_crew: dict[int, list[cp_model.IntVar]] = defaultdict(list)
    by_carriers: dict[tuple[int, tuple[int, ...]], list[cp_model.IntVar]] = defaultdict(list)
    for variable, choice in zip(picked, choices, strict=True):
        model.add_hint(variable, choice.is_current)
        by_crew[choice.crew].append(variable)
        by_carriers[choice.crew, choice.carriers].append(variable)
        for job in choice.route:
            by_job[job].append(variable)
    for job, variable in zip(hand.jobs, left_out, strict=True):
        model.add_exactly_one([*by_job[job], variable])
    for variables in by_crew.values():
        model.add_at_most_one(variables)
    takes = {
        (crew, truck): model.new_bool_var("")
        for crew in hand.crews
        for truck in hand.trucks
        if board.pairs[crew][truck]
    }
    for crew in hand.crews:
        model.add_at_most_one(takes[crew, t] for t in hand.trucks if (crew, t) in takes)
    for truck in hand.trucks:
        model.add_at_most_one(takes[c, truck] for c in hand.crews if (c, truck) in takes)
    for (crew, carriers), variables in by_carriers.items():
        model.add(sum(variables) <= sum(takes[crew, truck] for truck in carriers))
    costs = [choice.cost for choice in choices] + [board.unserved[job] for job in hand.jobs]
    total = cp_model.LinearExpr.weighted_sum([*picked, *left_out], costs)
    model.add(total <= hand.cost - 1)
    model.minimize(total)

    solver = _solver(effort)
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    routes: dict[int, Route] = dict.fromkeys(hand.crews, ())
    for variable, choice in zip(picked, choices, strict=True):
        if solver.boolean_value(variable):
            routes[choice.crew] = choice.route
    trucks: dict[int, int | None] = dict.fromkeys(hand.crews)
    for (crew, truck), variable in takes.items():
        if solver.boolean_value(variable):
            trucks[crew] = truck
    seen = frozenset((board.starts[choice.crew], choice.route) for choice in choices)
    return Deal(tuple(routes.values()), tuple(trucks.values()), seen)


def _solver(effort: Effort) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = effort.seed
    solver.parameters.max_deterministic_time = effort.work
    solver.parameters.max_time_in_seconds = effort.seconds
    # few variables and a strong relaxation: preparing the model would cost more than searching it
    solver.parameters.cp_model_presolve = False
    solver.parameters.linearization_level = 2
    solver.parameters.symmetry_level = 0
    solver.parameters.cut_level = 0
    return solver


def _worth_a_look(board: Board, hand: Hand) -> list[_Choice] | None:
    """The routes that can be part of a better choice; None when there are none such.

    Crews alike (same start, same jobs within their power) are one group in the relaxation.
    """
    able = [_bits(hand, board.crew_fits[crew]) for crew in hand.crews]
    groups: dict[tuple[Start, int], list[int]] = defaultdict(list)
    for crew, bits in zip(hand.crews, able, strict=True):
        groups[board.starts[crew], bits].append(crew)
    by_start: dict[Start, Columns] = {}
    sets, costs, group_of, rows = [], [], [], []
    for number, (start, bits) in enumerate(groups):
        if start not in by_start:
            by_start[start] = enumerate_routes(board, start, list(hand.jobs))
        columns = by_start[start]
        crew = groups[start, bits][0]
        drivable = np.zeros(len(columns.sets), dtype=bool)
        for truck in hand.trucks:
            if board.pairs[crew][truck]:
                drivable |= columns.sets & ~_bits(hand, board.truck_fits[truck]) == 0
        mine = np.nonzero(drivable & (columns.sets & ~np.int64(bits) == 0))[0]
        sets.append(columns.sets[mine])
        costs.append(columns.costs[mine])
        group_of.append(np.full(len(mine), number))
        rows.append(mine)
    all_sets, all_costs = np.concatenate(sets), np.concatenate(costs)
    all_groups: Matrix = np.concatenate(group_of)
    all_rows = np.concatenate(rows)
    counts = [len(crews) for crews in groups.values()]
    unserved = [board.unserved[job] for job in hand.jobs]
    relaxed = relax(all_sets, all_costs, all_groups, counts, unserved)
    if relaxed is None:
        return None
    slack = hand.cost - 1 - relaxed.value
    if slack < -1e-6:
        return None
    near = np.argsort(relaxed.reduced, kind="stable")[:KEPT]
    near = near[relaxed.reduced[near] <= slack + 1e-6]
    by_number = list(groups.items())
    choices = [
        (crew, by_start[start].routes[all_rows[row]], int(all_costs[row]))
        for row in near.tolist()
        for (start, _), crews in [by_number[all_groups[row]]]
        for crew in crews
    ]
    now = dict(zip(hand.crews, hand.routes, strict=True))
    return [
        _Choice(crew, route, cost, carriers, set(now[crew]) == set(route))
        for crew, route, cost in choices
        if (carriers := _carriers(board, hand, crew, route))
    ]


def _carriers(board: Board, hand: Hand, crew: int, route: Route) -> tuple[int, ...]:
    return tuple(
        truck
        for truck in hand.trucks
        if board.pairs[crew][truck] and all(board.truck_fits[truck][job] for job in route)
    )


def _bits(hand: Hand, fits: list[bool]) -> int:
    return sum(1 << place for place, job in enumerate(hand.jobs) if fits[job])
