"""Routes of quotes: create and accept; the list is in `crm_core.api.lists`.

Rules are in `services.sales.quotes`.
"""

from datetime import date
from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from crm_core.api.dependencies import CurrentInstant, CurrentSubject
from crm_core.database import tenant_session
from crm_core.enums import ItemCategory, QuoteStatus
from crm_core.services.finance.pricing import Line
from crm_core.services.sales import quotes

router = APIRouter(prefix="/quotes", tags=["quotes"])


class NewLine(BaseModel):
    """A line of a new quote; amounts as text or numbers with at most two places."""

    model_config = ConfigDict(extra="forbid")

    category: ItemCategory
    description: str
    quantity: Decimal
    unit_amount: Decimal
    discount_amount: Decimal = Decimal(0)
    is_optional: bool = False
    is_selected: bool = True


class NewQuote(BaseModel):
    """An offer for a lead; what is left out is taken from the lead."""

    model_config = ConfigDict(extra="forbid")

    lead_id: UUID
    lines: list[NewLine] = Field(min_length=1, max_length=200)
    move_on: date | None = None
    origin_province: str | None = None
    destination_province: str | None = None
    crew_size: int | None = None
    truck_count: int | None = None
    estimated_minutes: int | None = None
    discount_amount: Decimal = Decimal(0)
    valid_until_on: date | None = None


class QuoteView(BaseModel):
    """A quote as shown in lists; without names."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    lead_id: UUID
    location_id: UUID | None
    owner_id: UUID | None
    quote_number: str
    version: int
    status: QuoteStatus
    subtotal_amount: Decimal
    discount_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal
    currency: str
    created_on: date
    valid_until_on: date
    accepted_on: date | None


@router.post("", status_code=201)
def create_quote(new: NewQuote, subject: CurrentSubject, at: CurrentInstant) -> QuoteView:
    """Draft a quote for an open lead in reach."""
    values = new.model_dump(exclude={"lead_id", "lines"})
    lines = [Line(**line.model_dump()) for line in new.lines]
    offer = quotes.Offer(lines=lines, **values)
    with tenant_session(subject, at) as session:
        quote = quotes.draft(session, subject, lead_id=new.lead_id, offer=offer, at=at)
        return QuoteView.model_validate(quote)


@router.post("/{quote_id}/accept")
def accept_quote(quote_id: UUID, subject: CurrentSubject, at: CurrentInstant) -> QuoteView:
    """Record the customer's yes."""
    with tenant_session(subject, at) as session:
        quote = quotes.accept(session, subject, quote_id=quote_id, at=at)
        return QuoteView.model_validate(quote)
