"""The state machines of the business as data: which event leads from which status to which.

Guards, effects and permissions stand in the service of each area, never here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from crm_core.enums import (
    InvoiceStatus,
    JourneyStage,
    LeadStatus,
    PaymentStatus,
    QuoteStatus,
    StepStatus,
)
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
    initial: State
    moves: Mapping[tuple[State, Event], State]


def next_state(machine: Machine[State, Event], state: State, event: Event) -> State:
    """The status after `event`; raises `TransitionRefused` where the table has no entry."""
    try:
        return machine.moves[state, event]
    except KeyError:
        raise TransitionRefused(machine.name, state, event) from None


def _moves(
    table: Mapping[Event, Mapping[State, State]],
) -> Mapping[tuple[State, Event], State]:
    """The table, written by event, as one flat mapping."""
    return MappingProxyType(
        {(state, event): after for event, row in table.items() for state, after in row.items()}
    )


def _all_to(after: State, *states: State) -> dict[State, State]:
    return dict.fromkeys(states, after)


class LeadEvent(StrEnum):
    CONTACT = "CONTACT"
    QUALIFY = "QUALIFY"
    QUOTE_SENT = "QUOTE_SENT"
    REVISE = "REVISE"
    WIN = "WIN"
    LOSE = "LOSE"
    REOPEN = "REOPEN"
    ARCHIVE = "ARCHIVE"


_L = LeadStatus
# A phone booking goes from NEW to PROPOSAL_SENT at once: the stages between count as passed at
# the same instant. Contacting a lead again leaves it where it is.
LEAD = Machine(
    "lead",
    LeadStatus.NEW,
    _moves(
        {
            LeadEvent.CONTACT: {
                _L.NEW: _L.CONTACTED,
                _L.CONTACTED: _L.CONTACTED,
                _L.QUALIFIED: _L.QUALIFIED,
                _L.PROPOSAL_SENT: _L.PROPOSAL_SENT,
                _L.NEGOTIATION: _L.NEGOTIATION,
            },
            LeadEvent.QUALIFY: {_L.CONTACTED: _L.QUALIFIED},
            LeadEvent.QUOTE_SENT: {
                _L.NEW: _L.PROPOSAL_SENT,
                _L.CONTACTED: _L.PROPOSAL_SENT,
                _L.QUALIFIED: _L.PROPOSAL_SENT,
                _L.PROPOSAL_SENT: _L.PROPOSAL_SENT,
                _L.NEGOTIATION: _L.NEGOTIATION,
            },
            LeadEvent.REVISE: _all_to(_L.NEGOTIATION, _L.PROPOSAL_SENT, _L.NEGOTIATION),
            LeadEvent.WIN: _all_to(_L.WON, _L.PROPOSAL_SENT, _L.NEGOTIATION),
            LeadEvent.LOSE: _all_to(_L.LOST, *LeadStatus.open_statuses()),
            LeadEvent.REOPEN: {_L.LOST: _L.CONTACTED},
            LeadEvent.ARCHIVE: _all_to(_L.ARCHIVED, _L.WON, _L.LOST),
        }
    ),
)


class QuoteEvent(StrEnum):
    SEND = "SEND"
    VIEW = "VIEW"
    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    EXPIRE = "EXPIRE"
    SUPERSEDE = "SUPERSEDE"
    CONVERT = "CONVERT"
    REDATE = "REDATE"


_Q = QuoteStatus
QUOTE = Machine(
    "quote",
    QuoteStatus.DRAFT,
    _moves(
        {
            QuoteEvent.SEND: {_Q.DRAFT: _Q.SENT},
            QuoteEvent.VIEW: _all_to(_Q.VIEWED, _Q.SENT, _Q.VIEWED),
            QuoteEvent.ACCEPT: _all_to(_Q.ACCEPTED, _Q.SENT, _Q.VIEWED),
            QuoteEvent.REJECT: _all_to(_Q.REJECTED, _Q.SENT, _Q.VIEWED),
            QuoteEvent.EXPIRE: _all_to(_Q.EXPIRED, _Q.DRAFT, _Q.SENT, _Q.VIEWED),
            QuoteEvent.SUPERSEDE: _all_to(_Q.SUPERSEDED, _Q.DRAFT, _Q.SENT, _Q.VIEWED),
            QuoteEvent.CONVERT: {_Q.ACCEPTED: _Q.CONVERTED},
            QuoteEvent.REDATE: {_Q.CONVERTED: _Q.ACCEPTED},
        }
    ),
)


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
    JourneyStage.SCHEDULED,
    _moves(
        {
            JourneyEvent.PREPARE: {_J.SCHEDULED: _J.MORNING_PREP},
            JourneyEvent.DEPART: _all_to(_J.EN_ROUTE, _J.MORNING_PREP, _J.ONSITE),
            JourneyEvent.ARRIVE: {_J.EN_ROUTE: _J.ONSITE},
            JourneyEvent.COMPLETE: {_J.ONSITE: _J.COMPLETED},
            JourneyEvent.AUDIT: {_J.COMPLETED: _J.AUDITED},
            JourneyEvent.CANCEL: _all_to(
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
    StepStatus.PENDING,
    _moves(
        {
            StepEvent.START: _all_to(_S.IN_PROGRESS, _S.PENDING, _S.REJECTED),
            StepEvent.COMPLETE: {_S.IN_PROGRESS: _S.COMPLETED},
            StepEvent.APPROVE: {_S.COMPLETED: _S.APPROVED},
            StepEvent.REJECT: {_S.COMPLETED: _S.REJECTED},
            StepEvent.CANCEL: _all_to(_S.CANCELLED, *(set(StepStatus) - {_S.CANCELLED})),
        }
    ),
)


class InvoiceEvent(StrEnum):
    ISSUE = "ISSUE"
    VIEW = "VIEW"
    PART_PAY = "PART_PAY"
    SETTLE = "SETTLE"
    FALL_DUE = "FALL_DUE"
    CANCEL = "CANCEL"
    RETURN_ALL = "RETURN_ALL"


_I = InvoiceStatus
_OPEN = (_I.SENT, _I.VIEWED, _I.PARTIAL_PAID, _I.OVERDUE)
# PAID falls back when a part of the money is returned; an overdue invoice stays overdue while
# a balance is left, however much of it was paid.
INVOICE = Machine(
    "invoice",
    InvoiceStatus.DRAFT,
    _moves(
        {
            InvoiceEvent.ISSUE: {_I.DRAFT: _I.SENT},
            InvoiceEvent.VIEW: _all_to(_I.VIEWED, _I.SENT, _I.VIEWED),
            InvoiceEvent.PART_PAY: _all_to(_I.PARTIAL_PAID, *_OPEN, _I.PAID),
            InvoiceEvent.SETTLE: _all_to(_I.PAID, *_OPEN),
            InvoiceEvent.FALL_DUE: _all_to(_I.OVERDUE, *_OPEN, _I.PAID),
            InvoiceEvent.CANCEL: _all_to(_I.CANCELLED, _I.DRAFT, _I.SENT, _I.VIEWED, _I.OVERDUE),
            InvoiceEvent.RETURN_ALL: _all_to(_I.REFUNDED, _I.PAID, _I.PARTIAL_PAID, _I.OVERDUE),
        }
    ),
)


class PaymentEvent(StrEnum):
    PROCESS = "PROCESS"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    CANCEL = "CANCEL"
    REFUND = "REFUND"


_P = PaymentStatus
# Cash, cheques and transfers are entered as done: PENDING to COMPLETED without a gateway.
PAYMENT = Machine(
    "payment",
    PaymentStatus.PENDING,
    _moves(
        {
            PaymentEvent.PROCESS: {_P.PENDING: _P.PROCESSING},
            PaymentEvent.COMPLETE: _all_to(_P.COMPLETED, _P.PENDING, _P.PROCESSING),
            PaymentEvent.FAIL: {_P.PROCESSING: _P.FAILED},
            PaymentEvent.CANCEL: {_P.PENDING: _P.CANCELLED},
            PaymentEvent.REFUND: {_P.COMPLETED: _P.REFUNDED},
        }
    ),
)
