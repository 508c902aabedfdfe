"""Claims: which status follows which.

What guards a step and what follows from it is in `operations.claims`.
"""

from enum import StrEnum

from crm_core.enums import ClaimStatus, Resource
from crm_core.services.machines.machine import Machine, moves


class ClaimEvent(StrEnum):
    REVIEW = "REVIEW"
    SETTLE = "SETTLE"
    DENY = "DENY"
    REOPEN = "REOPEN"


_C = ClaimStatus
# What was paid stays paid; a denied claim may be looked at once more.
CLAIM = Machine(
    "claim",
    Resource.CLAIM,
    ClaimStatus.OPEN,
    moves(
        {
            ClaimEvent.REVIEW: {_C.OPEN: _C.IN_REVIEW},
            ClaimEvent.SETTLE: {_C.IN_REVIEW: _C.SETTLED},
            ClaimEvent.DENY: {_C.IN_REVIEW: _C.DENIED},
            ClaimEvent.REOPEN: {_C.DENIED: _C.IN_REVIEW},
        }
    ),
)
