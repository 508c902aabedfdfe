"""What a state machine of the business is, as data: which event leads from which status where.

The tables stand beside this module, one file per area; guards, effects and permissions stand in
the service of each area.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from crm_core.enums import Resource
from crm_core.errors import CrmError

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


class TransitionRefused(CrmError):
    """An event that the current status does not allow, or whose guard does not hold."""

    def __init__(self, machine: str, state: StrEnum, event: StrEnum, reason: str = "") -> None:
        why = reason or f"not allowed while {state}"
        super().__init__(f"{machine} is {state}: {event} refused, {why}")
        self.machine = machine
        self.state = state
        self.event = event


@dataclass(frozen=True)
class Machine(Generic[State, Event]):
    """One machine; `moves` holds every allowed (status, event) and what follows."""

    name: str
    resource: Resource
    initial: State
    moves: Mapping[tuple[State, Event], State]
    column: str = "status"
    """The column of the row that holds the state."""

    def state_of(self, row: object) -> State:
        """The state that a stored row is in."""
        return type(self.initial)(getattr(row, self.column))


def next_state(machine: Machine[State, Event], state: State, event: Event) -> State:
    """The status after `event`; raises `TransitionRefused` where the table has no entry."""
    try:
        return machine.moves[state, event]
    except KeyError:
        raise TransitionRefused(machine.name, state, event) from None


def moves(
    table: Mapping[Event, Mapping[State, State]],
) -> Mapping[tuple[State, Event], State]:
    """The table, written by event, as one flat mapping."""
    return MappingProxyType(
        {(state, event): after for event, row in table.items() for state, after in row.items()}
    )


def all_to(after: State, *states: State) -> dict[State, State]:
    """A row of a table: from each of `states` to the same status."""
    return dict.fromkeys(states, after)
