"""The state machines as data: walked at random, and held against the rules written out."""

import importlib
import os
import pkgutil
from enum import StrEnum
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.services import machines
from crm_core.services.machines.machine import Machine, TransitionRefused, next_state
from tests.unit.crm_core.services import machine_rules


def _modules(package: ModuleType) -> list[ModuleType]:
    names = [f"{package.__name__}.{found.name}" for found in pkgutil.iter_modules(package.__path__)]
    return [importlib.import_module(name) for name in names]


MACHINES: dict[str, Machine[Any, Any]] = {
    value.name: value
    for module in _modules(machines)
    for value in vars(module).values()
    if isinstance(value, Machine)
}
PAIRS = {
    name: set(pairs.split())
    for module in _modules(machine_rules)
    for name, pairs in module.PAIRS.items()
}


def test_every_machine_has_its_rules_written_out() -> None:
    assert MACHINES.keys() == PAIRS.keys()


@pytest.mark.parametrize("name", MACHINES)
def test_exactly_the_pairs_of_the_rules_are_possible(name: str) -> None:
    possible = {f"{a}>{b}" for (a, _), b in MACHINES[name].moves.items() if a != b}
    assert possible == PAIRS[name]


@pytest.mark.parametrize("name", MACHINES)
def test_every_status_is_reachable(name: str) -> None:
    machine = MACHINES[name]
    reached, frontier = {machine.initial}, {machine.initial}
    while frontier:
        frontier = {b for (a, _), b in machine.moves.items() if a in frontier} - reached
        reached |= frontier
    states: type[StrEnum] = type(machine.initial)
    assert reached == set(states)


@pytest.mark.parametrize("name", MACHINES)
@given(data=st.data())
@settings(max_examples=int(os.environ.get("CRM_WALKS", "50")))
def test_a_random_walk_never_leaves_the_table(name: str, data: st.DataObject) -> None:
    machine = MACHINES[name]
    events = sorted({event for _, event in machine.moves})
    state = machine.initial
    for event in data.draw(st.lists(st.sampled_from(events), max_size=30)):
        before = state
        if (state, event) in machine.moves:
            state = next_state(machine, state, event)
            assert before == state or f"{before}>{state}" in PAIRS[name]
        else:
            with pytest.raises(TransitionRefused, match=f"{machine.name} is {state}: {event}"):
                next_state(machine, state, event)


@pytest.mark.parametrize("name", MACHINES)
def test_an_event_leads_to_one_status_or_leaves_it(name: str) -> None:
    # Sending a quote in a negotiation, or calling a lead again, changes nothing.
    machine = MACHINES[name]
    for event in {event for _, event in machine.moves}:
        targets = {b for (a, e), b in machine.moves.items() if e == event and a != b}
        assert len(targets) == 1, event
