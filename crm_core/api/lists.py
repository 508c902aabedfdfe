"""Routes of the declared lists, page by page; names of people are in none of them.

What each list sorts and filters by is in `crm_core.models.lists`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from crm_core.api.dependencies import CurrentSubject
from crm_core.api.leads import LeadView
from crm_core.api.quotes import QuoteView
from crm_core.database import tenant_session
from crm_core.models.lists import NEWEST
from crm_core.services.listing import LONGEST_PAGE, Wanted, read_page

router = APIRouter(tags=["lists"])

View = TypeVar("View", bound=BaseModel)


class RowView(BaseModel):
    """What every row of a list shows."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    location_id: UUID | None
    owner_id: UUID | None


class JourneyView(RowView):
    """A journey as shown in lists."""

    customer_id: UUID
    quote_id: UUID | None
    journey_number: str
    status: str
    priority: str
    service_on: date
    planned_start_at: datetime
    planned_end_at: datetime
    crew_size: int
    truck_count: int
    quoted_amount: Decimal
    currency: str


class InvoiceView(RowView):
    """An invoice as shown in lists."""

    customer_id: UUID
    journey_id: UUID | None
    invoice_number: str | None
    status: str
    total_amount: Decimal
    balance_amount: Decimal
    currency: str
    issued_on: date | None
    due_on: date | None


class PaymentView(RowView):
    """A payment as shown in lists."""

    invoice_id: UUID
    customer_id: UUID
    payment_amount: Decimal
    currency: str
    payment_method: str
    payment_category: str
    status: str
    received_on: date


class CustomerView(RowView):
    """A customer as shown in lists: the place, not the person."""

    type: str
    postal_area: str | None
    city: str | None
    province: str | None
    is_active: bool
    created_on: date


class PageView(BaseModel, Generic[View]):
    """A page, and the cursor that asks for the next one."""

    items: list[View]
    next_cursor: str | None


class Asked:
    """The parameters all lists share; a list refuses a filter that it does not have."""

    def __init__(
        self,
        sort: Annotated[str, Query(max_length=40)] = NEWEST,
        descending: bool = True,
        cursor: Annotated[str | None, Query(max_length=400)] = None,
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
        status: Annotated[str | None, Query(max_length=40)] = None,
        customer_id: UUID | None = None,
        lead_id: UUID | None = None,
        invoice_id: UUID | None = None,
        location_id: UUID | None = None,
        owner_id: UUID | None = None,
    ) -> None:
        filters = {
            "status": status,
            "customer_id": customer_id,
            "lead_id": lead_id,
            "invoice_id": invoice_id,
            "location_id": location_id,
            "owner_id": owner_id,
        }
        given = {name: value for name, value in filters.items() if value is not None}
        self.wanted = Wanted(sort, descending, given, cursor, limit)


def _add(name: str, view: type[BaseModel]) -> None:
    def read(subject: CurrentSubject, asked: Annotated[Asked, Depends()]) -> Any:
        with tenant_session(subject) as session:
            page = read_page(session, subject, name, asked.wanted)
            items = [view.model_validate(row) for row in page.rows]
        return {"items": items, "next_cursor": page.next_cursor}

    read.__doc__ = f"The {name} in reach, newest first unless told otherwise."
    router.get(f"/{name}", name=f"list_{name}", response_model=PageView[view])(read)  # type: ignore[valid-type]


VIEWS: dict[str, type[BaseModel]] = {
    "leads": LeadView,
    "quotes": QuoteView,
    "journeys": JourneyView,
    "invoices": InvoiceView,
    "payments": PaymentView,
    "customers": CustomerView,
}
for _name, _view in VIEWS.items():
    _add(_name, _view)
