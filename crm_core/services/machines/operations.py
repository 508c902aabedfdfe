"""Journeys, their steps, phases and checklists, the people on them, their review: what may follow.

What guards a step and what follows from it is in the services of the same area.
"""

from enum import StrEnum

from crm_core.enums import (
    AuditReviewStatus,
    ChecklistStatus,
    CrewStatus,
    FindingStatus,
    JourneyStage,
    PhaseStatus,
    Resource,
    StepStatus,
)
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


class PhaseEvent(StrEnum):
    START = "START"
    COMPLETE = "COMPLETE"
    CANCEL = "CANCEL"


_P = PhaseStatus
PHASE = Machine(
    "phase",
    Resource.JOURNEY_STEP,
    PhaseStatus.PENDING,
    moves(
        {
            PhaseEvent.START: {_P.PENDING: _P.IN_PROGRESS},
            PhaseEvent.COMPLETE: {_P.IN_PROGRESS: _P.COMPLETED},
            PhaseEvent.CANCEL: all_to(_P.CANCELLED, _P.PENDING, _P.IN_PROGRESS),
        }
    ),
)


class ItemEvent(StrEnum):
    COMPLETE = "COMPLETE"
    SKIP = "SKIP"


_C = ChecklistStatus
# A skipped item may still be done; what is done stays done.
CHECKLIST_ITEM = Machine(
    "checklist item",
    Resource.JOURNEY_STEP,
    ChecklistStatus.PENDING,
    moves(
        {
            ItemEvent.COMPLETE: all_to(_C.COMPLETED, _C.PENDING, _C.SKIPPED),
            ItemEvent.SKIP: {_C.PENDING: _C.SKIPPED},
        }
    ),
)


class CrewEvent(StrEnum):
    CONFIRM = "CONFIRM"
    DECLINE = "DECLINE"
    START = "START"
    FINISH = "FINISH"
    RELEASE = "RELEASE"
    ASSIGN_AGAIN = "ASSIGN_AGAIN"


_A = CrewStatus
# Who turns up without having answered is on site all the same.
CREW = Machine(
    "crew assignment",
    Resource.CREW,
    CrewStatus.ASSIGNED,
    moves(
        {
            CrewEvent.CONFIRM: {_A.ASSIGNED: _A.CONFIRMED},
            CrewEvent.DECLINE: all_to(_A.DECLINED, _A.ASSIGNED, _A.CONFIRMED),
            CrewEvent.START: all_to(_A.ON_SITE, _A.ASSIGNED, _A.CONFIRMED),
            CrewEvent.FINISH: {_A.ON_SITE: _A.COMPLETED},
            CrewEvent.RELEASE: all_to(_A.CANCELLED, _A.ASSIGNED, _A.CONFIRMED, _A.ON_SITE),
            CrewEvent.ASSIGN_AGAIN: all_to(_A.ASSIGNED, _A.DECLINED, _A.CANCELLED),
        }
    ),
)


class ReviewEvent(StrEnum):
    START = "START"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"


_R = AuditReviewStatus
# A review that failed (the evidence was not to be had) may be taken up again.
REVIEW = Machine(
    "review",
    Resource.JOURNEY,
    AuditReviewStatus.PENDING,
    moves(
        {
            ReviewEvent.START: all_to(_R.IN_PROGRESS, _R.PENDING, _R.FAILED),
            ReviewEvent.COMPLETE: {_R.IN_PROGRESS: _R.COMPLETED},
            ReviewEvent.FAIL: {_R.IN_PROGRESS: _R.FAILED},
        }
    ),
)


class FindingEvent(StrEnum):
    START = "START"
    RESOLVE = "RESOLVE"


_F = FindingStatus
FINDING = Machine(
    "finding",
    Resource.JOURNEY,
    FindingStatus.OPEN,
    moves(
        {
            FindingEvent.START: {_F.OPEN: _F.IN_PROGRESS},
            FindingEvent.RESOLVE: all_to(_F.RESOLVED, _F.OPEN, _F.IN_PROGRESS),
        }
    ),
)
