"""What may be chosen in a form: branches, people, trucks, units, in the reach of who chooses.

Which field offers what is said by the screens.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.screens.spec import Choices
from crm_core.enums import UserRole, UserStatus
from crm_core.models import Equipment, InventoryItem, Location, StorageUnit, User
from crm_core.models.lists import ListSpec
from crm_core.security.permissions import Resource, Subject
from crm_core.services.listing import LONGEST_PAGE, Wanted, read_page

BRANCHES = ListSpec("branches", Location, Resource.LOCATION, ())
PEOPLE = ListSpec("people", User, Resource.USER, ("status", "role"))
ASSETS = ListSpec("assets", Equipment, Resource.EQUIPMENT, ("status", "equipment_type"))
UNITS = ListSpec("units", StorageUnit, Resource.STORAGE_UNIT, ("status",))
STOCK = ListSpec("stock", InventoryItem, Resource.INVENTORY, ())
FIELD = frozenset({UserRole.DRIVER.value, UserRole.MOVER.value})
SALES = frozenset({UserRole.SALES_REP.value, UserRole.MANAGER.value, UserRole.DISPATCHER.value})


def branches(session: Session, subject: Subject, _row: Any = None) -> dict[Any, str]:
    """The branches one works at; all of the company for those who work on all of it."""
    page = read_page(session, subject, BRANCHES, Wanted(limit=LONGEST_PAGE))
    found = [row for row in page.rows if not subject.location_ids or row.id in subject.location_ids]
    return _sorted({row.id: row.name for row in found})


def every_branch(session: Session, subject: Subject, _row: Any = None) -> dict[Any, str]:
    """All branches in reach, also those one does not work at."""
    page = read_page(session, subject, BRANCHES, Wanted(limit=LONGEST_PAGE))
    return _sorted({row.id: row.name for row in page.rows})


def among(
    spec: ListSpec, label: Callable[[Any], str], keep: Callable[[Any], bool], **filters: str
) -> Choices:
    """The rows of a small table at the row's branch."""

    def choose(session: Session, subject: Subject, row: Any) -> Mapping[Any, str]:
        place = getattr(row, "location_id", None)
        wanted: dict[str, Any] = {**filters, **({"location_id": place} if place else {})}
        page = read_page(session, subject, spec, Wanted(filters=wanted, limit=LONGEST_PAGE))
        return _sorted({each.id: label(each) for each in page.rows if keep(each)})

    return choose


def _sorted(found: Mapping[UUID, str]) -> dict[Any, str]:
    return dict(sorted(found.items(), key=lambda item: (item[1], str(item[0]))))


def _person(row: Any) -> str:
    return f"{row.name} ({row.role.replace('_', ' ').lower()})"


crew = among(PEOPLE, _person, lambda row: row.role in FIELD, status=UserStatus.ACTIVE.value)
sellers = among(PEOPLE, _person, lambda row: row.role in SALES, status=UserStatus.ACTIVE.value)
trucks = among(ASSETS, lambda row: row.name, lambda row: row.equipment_type == "TRUCK",
               status="ACTIVE")  # fmt: skip
free_units = among(
    UNITS,
    lambda row: f"{row.unit_number} ({row.type.capitalize()}, {row.current_amount})",
    lambda row: row.status == "AVAILABLE",
)
