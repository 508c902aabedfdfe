"""Storage units and their rentals: which status follows which.

What guards a step and what follows from it is in the services of the same area.
"""

from enum import StrEnum

from crm_core.enums import BookingStatus, Resource, StorageUnitStatus
from crm_core.services.machines.machine import Machine, all_to, moves


class UnitEvent(StrEnum):
    RESERVE = "RESERVE"
    OCCUPY = "OCCUPY"
    RELEASE = "RELEASE"
    SERVICE = "SERVICE"
    RETIRE = "RETIRE"


_U = StorageUnitStatus
# A unit that is given back goes to AVAILABLE first, and is reserved again at once where the next
# renter waits. Only a free one is taken out of service.
UNIT = Machine(
    "storage unit",
    Resource.STORAGE_UNIT,
    StorageUnitStatus.AVAILABLE,
    moves(
        {
            UnitEvent.RESERVE: {_U.AVAILABLE: _U.RESERVED},
            UnitEvent.OCCUPY: {_U.RESERVED: _U.OCCUPIED},
            UnitEvent.RELEASE: all_to(
                _U.AVAILABLE, _U.RESERVED, _U.OCCUPIED, _U.MAINTENANCE, _U.OUT_OF_SERVICE
            ),
            UnitEvent.SERVICE: all_to(_U.MAINTENANCE, _U.AVAILABLE, _U.OCCUPIED),
            UnitEvent.RETIRE: all_to(_U.OUT_OF_SERVICE, _U.AVAILABLE, _U.MAINTENANCE),
        }
    ),
)


class BookingEvent(StrEnum):
    ACTIVATE = "ACTIVATE"
    CANCEL = "CANCEL"
    FALL_BEHIND = "FALL_BEHIND"
    CATCH_UP = "CATCH_UP"
    COMPLETE = "COMPLETE"


_B = BookingStatus
BOOKING = Machine(
    "storage booking",
    Resource.STORAGE_BOOKING,
    BookingStatus.PENDING,
    moves(
        {
            BookingEvent.ACTIVATE: {_B.PENDING: _B.ACTIVE},
            BookingEvent.CANCEL: {_B.PENDING: _B.CANCELLED},
            BookingEvent.FALL_BEHIND: {_B.ACTIVE: _B.OVERDUE},
            BookingEvent.CATCH_UP: {_B.OVERDUE: _B.ACTIVE},
            BookingEvent.COMPLETE: all_to(_B.COMPLETED, _B.ACTIVE, _B.OVERDUE),
        }
    ),
)
