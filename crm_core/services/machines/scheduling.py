"""Calendar slots and the answers to requests for time off: which status follows which.

What guards a step and what follows from it is in the services of the same area.
"""

from enum import StrEnum

from crm_core.enums import ApprovalStatus, Resource, ScheduleStatus
from crm_core.services.machines.machine import Machine, all_to, moves


class ScheduleEvent(StrEnum):
    START = "START"
    COMPLETE = "COMPLETE"
    CANCEL = "CANCEL"
    RESCHEDULE = "RESCHEDULE"


_S = ScheduleStatus
SCHEDULE = Machine(
    "slot",
    Resource.SCHEDULE,
    ScheduleStatus.SCHEDULED,
    moves(
        {
            ScheduleEvent.START: {_S.SCHEDULED: _S.IN_PROGRESS},
            ScheduleEvent.COMPLETE: {_S.IN_PROGRESS: _S.COMPLETED},
            ScheduleEvent.CANCEL: {_S.SCHEDULED: _S.CANCELLED},
            ScheduleEvent.RESCHEDULE: {_S.SCHEDULED: _S.RESCHEDULED},
        }
    ),
)


class AvailabilityEvent(StrEnum):
    REQUEST = "REQUEST"
    APPROVE = "APPROVE"
    REJECT = "REJECT"


_A = ApprovalStatus
# Time that somebody offers needs no answer; once it is asked to be off, it does.
AVAILABILITY = Machine(
    "availability",
    Resource.AVAILABILITY,
    ApprovalStatus.NOT_REQUIRED,
    moves(
        {
            AvailabilityEvent.REQUEST: all_to(_A.PENDING, _A.NOT_REQUIRED, _A.REJECTED),
            AvailabilityEvent.APPROVE: {_A.PENDING: _A.APPROVED},
            AvailabilityEvent.REJECT: {_A.PENDING: _A.REJECTED},
        }
    ),
    column="approval_status",
)
