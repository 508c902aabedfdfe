"""Purchase orders: which status follows which.

Approval is no status: it stands beside a draft. Guards and effects are in `inventory.purchasing`.
"""

from enum import StrEnum

from crm_core.enums import PurchaseOrderStatus, Resource
from crm_core.services.machines.machine import Machine, all_to, moves


class PurchaseEvent(StrEnum):
    SEND = "SEND"
    RECEIVE_PART = "RECEIVE_PART"
    RECEIVE_REST = "RECEIVE_REST"
    CANCEL = "CANCEL"


_P = PurchaseOrderStatus
PURCHASE_ORDER = Machine(
    "purchase order",
    Resource.PURCHASE,
    PurchaseOrderStatus.DRAFT,
    moves(
        {
            PurchaseEvent.SEND: {_P.DRAFT: _P.SENT},
            PurchaseEvent.RECEIVE_PART: all_to(_P.PARTIAL, _P.SENT, _P.PARTIAL),
            PurchaseEvent.RECEIVE_REST: all_to(_P.RECEIVED, _P.SENT, _P.PARTIAL),
            PurchaseEvent.CANCEL: all_to(_P.CANCELLED, _P.DRAFT, _P.SENT),
        }
    ),
)
