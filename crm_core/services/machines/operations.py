"""Journeys and their steps: which status follows which.

What guards a step and what follows from it is in the services of the same area.
"""

from enum import StrEnum

from crm_core.enums import JourneyStage, Resource, StepStatus
from crm_core.services.machines.machine import Machine, all_to, moves


class JourneyEvent(StrEnum):
    PREPARE = "PREPARE"
    DEPART = "DEPART"
    ARRIVE = "ARRIVE"
    COMPLETE = "COMPLETE"
    AUDIT = "AUDIT"
    CANCEL = "CANCEL"


_J = JourneyStage
# ONSITE back to EN_ROUTE is the leg from pick-up to delivery.
JOURNEY = Machine(
    "journey",
    Resource.JOURNEY,
    JourneyStage.SCHEDULED,
    moves(
        {
            JourneyEvent.PREPARE: {_J.SCHEDULED: _J.MORNING_PREP},
            JourneyEvent.DEPART: all_to(_J.EN_ROUTE, _J.MORNING_PREP, _J.ONSITE),
            JourneyEvent.ARRIVE: {_J.EN_ROUTE: _J.ONSITE},
            JourneyEvent.COMPLETE: {_J.ONSITE: _J.COMPLETED},
            JourneyEvent.AUDIT: {_J.COMPLETED: _J.AUDITED},
            JourneyEvent.CANCEL: all_to(
                _J.CANCELLED, _J.SCHEDULED, _J.MORNING_PREP, _J.EN_ROUTE, _J.ONSITE
            ),
        }
    ),
)


class StepEvent(StrEnum):
    START = "START"
    COMPLETE = "COMPLETE"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    CANCEL = "CANCEL"


_S = StepStatus
STEP = Machine(
    "step",
    Resource.JOURNEY_STEP,
    StepStatus.PENDING,
    moves(
        {
            StepEvent.START: all_to(_S.IN_PROGRESS, _S.PENDING, _S.REJECTED),
            StepEvent.COMPLETE: {_S.IN_PROGRESS: _S.COMPLETED},
            StepEvent.APPROVE: {_S.COMPLETED: _S.APPROVED},
            StepEvent.REJECT: {_S.COMPLETED: _S.REJECTED},
            StepEvent.CANCEL: all_to(_S.CANCELLED, *(set(StepStatus) - {_S.CANCELLED})),
        }
    ),
)
