"""The rules of the six phases as pure functions: what is missing, how far a journey is, its stage.

Reading and moving the rows is `operations.journey_progress`.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from crm_core.enums import ChecklistStatus, JourneyStage, PhaseName, PhaseStatus
from crm_core.services.machines.machine import TransitionRefused

CREATION, PREPARATION, PICKUP, TRANSPORT, DELIVERY, COMPLETION = range(1, len(PhaseName) + 1)
STEP_OF_PHASE = MappingProxyType(
    {CREATION: 1, PREPARATION: 1, PICKUP: 2, TRANSPORT: 3, DELIVERY: 3, COMPLETION: 4}
)
AT_AN_ADDRESS = frozenset({PICKUP, DELIVERY})
"""Phases whose work is done where the truck has arrived."""

_ENDED = frozenset({ChecklistStatus.COMPLETED, ChecklistStatus.SKIPPED})


class EvidenceMissing(TransitionRefused):
    """Something that the crew must do or hand in first; the same act may succeed later."""


class Item(NamedTuple):
    """One thing of the checklist of a phase."""

    key: str
    status: ChecklistStatus
    is_required: bool


class Medium(NamedTuple):
    """One photo, signature or document that a phase asks for."""

    key: str
    is_required: bool
    is_satisfied: bool


class Share(NamedTuple):
    """How many are done, of how many."""

    done: int
    total: int

    def __str__(self) -> str:
        return f"{self.done}/{self.total}"


class Progress(NamedTuple):
    """How far a journey is: percent of phases, items and media of all phases."""

    pct: Decimal
    checklist: Share
    media: Share


def missing(items: Iterable[Item], media: Iterable[Medium]) -> list[str]:
    """What keeps a phase from ending, by key, in order; skipped items do not."""
    undone = [item.key for item in items if item.is_required and item.status not in _ENDED]
    return undone + [each.key for each in media if each.is_required and not each.is_satisfied]


def first_open(statuses: Sequence[PhaseStatus]) -> int:
    """The number of the first phase that is not completed; the last when all are."""
    for number, status in enumerate(statuses, 1):
        if status is not PhaseStatus.COMPLETED:
            return number
    return len(PhaseName)


def progress(
    statuses: Sequence[PhaseStatus], items: Sequence[Item], media: Sequence[Medium]
) -> Progress:
    """How far a journey with these phases is."""
    completed = sum(status is PhaseStatus.COMPLETED for status in statuses)
    pct = (Decimal(completed * 100) / len(PhaseName)).quantize(Decimal("0.01"))
    done = sum(item.status in _ENDED for item in items)
    satisfied = sum(each.is_satisfied for each in media)
    return Progress(pct, Share(done, len(items)), Share(satisfied, len(media)))


_STAGES = {
    CREATION: {JourneyStage.SCHEDULED},
    PREPARATION: {JourneyStage.MORNING_PREP},
    PICKUP: {JourneyStage.EN_ROUTE, JourneyStage.ONSITE},
    TRANSPORT: {JourneyStage.EN_ROUTE},
    DELIVERY: {JourneyStage.EN_ROUTE, JourneyStage.ONSITE},
    COMPLETION: {JourneyStage.ONSITE},
}


def stages(statuses: Sequence[PhaseStatus]) -> frozenset[JourneyStage]:
    """The stages that a journey with these phases can be in."""
    if PhaseStatus.CANCELLED in statuses:
        return frozenset({JourneyStage.CANCELLED})
    number = first_open(statuses)
    if statuses[number - 1] is PhaseStatus.COMPLETED:
        return JourneyStage.done()
    if number <= PREPARATION and statuses[PREPARATION - 1] is PhaseStatus.PENDING:
        return frozenset({JourneyStage.SCHEDULED})
    return frozenset(_STAGES[number])
