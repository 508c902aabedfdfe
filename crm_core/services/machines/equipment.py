"""Trucks and other assets, work orders on them, and who has them: which status follows which.

What guards a step and what follows from it is in the services of the same area.
"""

from enum import StrEnum

from crm_core.enums import AssignmentStatus, EquipmentStatus, MaintenanceStatus, Resource
from crm_core.services.machines.machine import Machine, all_to, moves


class EquipmentEvent(StrEnum):
    SERVICE = "SERVICE"
    BREAK_DOWN = "BREAK_DOWN"
    RETURN = "RETURN"
    RETIRE = "RETIRE"
    SELL = "SELL"


_E = EquipmentStatus
EQUIPMENT = Machine(
    "equipment",
    Resource.EQUIPMENT,
    EquipmentStatus.ACTIVE,
    moves(
        {
            EquipmentEvent.SERVICE: {_E.ACTIVE: _E.MAINTENANCE},
            EquipmentEvent.BREAK_DOWN: {_E.ACTIVE: _E.REPAIR},
            EquipmentEvent.RETURN: all_to(_E.ACTIVE, _E.MAINTENANCE, _E.REPAIR),
            EquipmentEvent.RETIRE: all_to(_E.RETIRED, _E.ACTIVE, _E.REPAIR),
            EquipmentEvent.SELL: {_E.RETIRED: _E.SOLD},
        }
    ),
)


class WorkOrderEvent(StrEnum):
    START = "START"
    COMPLETE = "COMPLETE"
    CANCEL = "CANCEL"


_W = MaintenanceStatus
WORK_ORDER = Machine(
    "work order",
    Resource.MAINTENANCE,
    MaintenanceStatus.SCHEDULED,
    moves(
        {
            WorkOrderEvent.START: {_W.SCHEDULED: _W.IN_PROGRESS},
            WorkOrderEvent.COMPLETE: {_W.IN_PROGRESS: _W.COMPLETED},
            WorkOrderEvent.CANCEL: all_to(_W.CANCELLED, _W.SCHEDULED, _W.IN_PROGRESS),
        }
    ),
)


class AssignmentEvent(StrEnum):
    COMPLETE = "COMPLETE"
    CANCEL = "CANCEL"


_A = AssignmentStatus
ASSIGNMENT = Machine(
    "assignment",
    Resource.EQUIPMENT,
    AssignmentStatus.ACTIVE,
    moves(
        {
            AssignmentEvent.COMPLETE: {_A.ACTIVE: _A.COMPLETED},
            AssignmentEvent.CANCEL: {_A.ACTIVE: _A.CANCELLED},
        }
    ),
)
