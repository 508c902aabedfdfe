"""Messages, notes to staff and surveys: which status follows which.

What guards a step and what follows from it is in the services of the same area.
"""

from enum import StrEnum

from crm_core.enums import CommunicationStatus, NotificationStatus, Resource, SurveyStatus
from crm_core.services.machines.machine import Machine, all_to, moves


class CommunicationEvent(StrEnum):
    SEND = "SEND"
    DELIVER = "DELIVER"
    READ = "READ"
    FAIL = "FAIL"


_C = CommunicationStatus
# A receipt that says "read" before one said "delivered" takes both steps at the same instant.
COMMUNICATION = Machine(
    "communication",
    Resource.COMMUNICATION,
    CommunicationStatus.DRAFT,
    moves(
        {
            CommunicationEvent.SEND: {_C.DRAFT: _C.SENT},
            CommunicationEvent.DELIVER: {_C.SENT: _C.DELIVERED},
            CommunicationEvent.READ: {_C.DELIVERED: _C.READ},
            CommunicationEvent.FAIL: all_to(_C.FAILED, _C.DRAFT, _C.SENT),
        }
    ),
)


class NotificationEvent(StrEnum):
    SEND = "SEND"
    DELIVER = "DELIVER"
    READ = "READ"
    FAIL = "FAIL"


_N = NotificationStatus
NOTIFICATION = Machine(
    "notification",
    Resource.NOTIFICATION,
    NotificationStatus.PENDING,
    moves(
        {
            NotificationEvent.SEND: {_N.PENDING: _N.SENT},
            NotificationEvent.DELIVER: {_N.SENT: _N.DELIVERED},
            NotificationEvent.READ: {_N.DELIVERED: _N.READ},
            NotificationEvent.FAIL: all_to(_N.FAILED, _N.PENDING, _N.SENT),
        }
    ),
)


class SurveyEvent(StrEnum):
    ANSWER = "ANSWER"
    EXPIRE = "EXPIRE"


_S = SurveyStatus
SURVEY = Machine(
    "survey",
    Resource.CUSTOMER,
    SurveyStatus.SENT,
    moves(
        {
            SurveyEvent.ANSWER: {_S.SENT: _S.ANSWERED},
            SurveyEvent.EXPIRE: {_S.SENT: _S.EXPIRED},
        }
    ),
)
