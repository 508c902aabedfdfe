"""Leads, quotes and their internal approval: which status follows which.

What guards a step and what follows from it is in the services of the same area.
"""

from enum import StrEnum

from crm_core.enums import ApprovalStatus, LeadStatus, QuoteStatus, Resource
from crm_core.services.machines.machine import Machine, all_to, moves


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
# Contacting a lead again leaves it where it is.
LEAD = Machine(
    "lead",
    Resource.LEAD,
    LeadStatus.NEW,
    moves(
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
                _L.QUALIFIED: _L.PROPOSAL_SENT,
                _L.PROPOSAL_SENT: _L.PROPOSAL_SENT,
                _L.NEGOTIATION: _L.NEGOTIATION,
            },
            LeadEvent.REVISE: all_to(_L.NEGOTIATION, _L.PROPOSAL_SENT, _L.NEGOTIATION),
            LeadEvent.WIN: all_to(_L.WON, _L.PROPOSAL_SENT, _L.NEGOTIATION),
            LeadEvent.LOSE: all_to(_L.LOST, *LeadStatus.open_statuses()),
            LeadEvent.REOPEN: {_L.LOST: _L.CONTACTED},
            LeadEvent.ARCHIVE: all_to(_L.ARCHIVED, _L.WON, _L.LOST),
        }
    ),
)

PASSED_ON_QUOTE: dict[LeadStatus, tuple[LeadEvent, ...]] = {
    _L.NEW: (LeadEvent.CONTACT, LeadEvent.QUALIFY),
    _L.CONTACTED: (LeadEvent.QUALIFY,),
}
"""What a phone booking skips: passed at the instant the quote is sent, each as a step of its own,
so that a funnel counted from the history holds."""


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
    Resource.QUOTE,
    QuoteStatus.DRAFT,
    moves(
        {
            QuoteEvent.SEND: {_Q.DRAFT: _Q.SENT},
            QuoteEvent.VIEW: all_to(_Q.VIEWED, _Q.SENT, _Q.VIEWED),
            QuoteEvent.ACCEPT: all_to(_Q.ACCEPTED, _Q.SENT, _Q.VIEWED),
            QuoteEvent.REJECT: all_to(_Q.REJECTED, _Q.SENT, _Q.VIEWED),
            QuoteEvent.EXPIRE: all_to(_Q.EXPIRED, _Q.DRAFT, _Q.SENT, _Q.VIEWED),
            QuoteEvent.SUPERSEDE: all_to(_Q.SUPERSEDED, _Q.DRAFT, _Q.SENT, _Q.VIEWED),
            QuoteEvent.CONVERT: {_Q.ACCEPTED: _Q.CONVERTED},
            QuoteEvent.REDATE: {_Q.CONVERTED: _Q.ACCEPTED},
        }
    ),
)


class ApprovalEvent(StrEnum):
    REQUEST = "REQUEST_APPROVAL"
    WAIVE = "WAIVE_APPROVAL"
    APPROVE = "APPROVE"
    REJECT = "REFUSE_APPROVAL"


_A = ApprovalStatus
# An edit asks anew, whatever was said before; one that takes the cause away needs nobody, unless
# the offer had been approved: then it is not the one that was.
APPROVAL = Machine(
    "quote approval",
    Resource.QUOTE,
    ApprovalStatus.NOT_REQUIRED,
    moves(
        {
            ApprovalEvent.REQUEST: all_to(_A.PENDING, *ApprovalStatus),
            ApprovalEvent.WAIVE: all_to(_A.NOT_REQUIRED, _A.PENDING, _A.REJECTED),
            ApprovalEvent.APPROVE: {_A.PENDING: _A.APPROVED},
            ApprovalEvent.REJECT: {_A.PENDING: _A.REJECTED},
        }
    ),
    column="approval_status",
)
