"""Integrations, their runs, and webhook deliveries: which status follows which.

What guards a step and what follows from it is in the services of the same area.
"""

from enum import StrEnum

from crm_core.enums import DeliveryStatus, IntegrationStatus, Resource, SyncStatus
from crm_core.services.machines.machine import Machine, all_to, moves


class IntegrationEvent(StrEnum):
    START = "START"
    END = "END"
    GIVE_UP = "GIVE_UP"
    DISABLE = "DISABLE"
    ENABLE = "ENABLE"


_I = IntegrationStatus
# A run that starts while another is noted takes the place of one whose process died: the lock of
# the integration is held by one process only.
INTEGRATION = Machine(
    "integration",
    Resource.INTEGRATION,
    IntegrationStatus.ACTIVE,
    moves(
        {
            IntegrationEvent.START: all_to(_I.SYNCING, _I.ACTIVE, _I.ERROR, _I.SYNCING),
            IntegrationEvent.END: {_I.SYNCING: _I.ACTIVE},
            IntegrationEvent.GIVE_UP: {_I.SYNCING: _I.ERROR},
            IntegrationEvent.DISABLE: all_to(_I.INACTIVE, _I.ACTIVE, _I.ERROR, _I.SYNCING),
            IntegrationEvent.ENABLE: {_I.INACTIVE: _I.ACTIVE},
        }
    ),
)


class SyncEvent(StrEnum):
    BEGIN = "BEGIN"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"


_S = SyncStatus
SYNC_RUN = Machine(
    "sync run",
    Resource.INTEGRATION,
    SyncStatus.PENDING,
    moves(
        {
            SyncEvent.BEGIN: {_S.PENDING: _S.IN_PROGRESS},
            SyncEvent.COMPLETE: {_S.IN_PROGRESS: _S.COMPLETED},
            SyncEvent.FAIL: all_to(_S.FAILED, _S.PENDING, _S.IN_PROGRESS),
        }
    ),
)


class DeliveryEvent(StrEnum):
    SEND = "SEND"
    DELIVER = "DELIVER"
    POSTPONE = "POSTPONE"
    GIVE_UP = "GIVE_UP"


_D = DeliveryStatus
WEBHOOK_DELIVERY = Machine(
    "webhook delivery",
    Resource.WEBHOOK,
    DeliveryStatus.PENDING,
    moves(
        {
            DeliveryEvent.SEND: all_to(_D.SENT, _D.PENDING, _D.RETRY),
            DeliveryEvent.DELIVER: {_D.SENT: _D.DELIVERED},
            DeliveryEvent.POSTPONE: {_D.SENT: _D.RETRY},
            DeliveryEvent.GIVE_UP: {_D.SENT: _D.FAILED},
        }
    ),
)
