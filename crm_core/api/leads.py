"""Routes of leads: create; the list is in `crm_core.api.lists`.

Rules are in `services.sales.leads`.
"""

from datetime import date
from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from crm_core.api.dependencies import CurrentInstant, CurrentSubject
from crm_core.database import tenant_session
from crm_core.enums import LeadPriority, LeadStatus
from crm_core.services.sales import leads

router = APIRouter(prefix="/leads", tags=["leads"])


class NewLead(BaseModel):
    """What is needed to record a lead."""

    model_config = ConfigDict(extra="forbid")

    customer_id: UUID
    source: str
    service_type: str
    move_size: str | None = None
    estimated_move_on: date | None = None
    estimated_amount: Decimal | None = None
    origin_province: str | None = None
    destination_province: str | None = None
    priority: LeadPriority = LeadPriority.MEDIUM
    notes: str | None = None


class LeadView(BaseModel):
    """A lead as shown in lists; without names."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    customer_id: UUID
    location_id: UUID | None
    owner_id: UUID | None
    source: str
    status: LeadStatus
    priority: LeadPriority
    service_type: str
    move_size: str | None
    estimated_move_on: date | None
    created_on: date


@router.post("", status_code=201)
def create_lead(new: NewLead, subject: CurrentSubject, at: CurrentInstant) -> LeadView:
    """Record a lead of a customer in reach."""
    data = leads.LeadData(**new.model_dump(exclude={"customer_id"}))
    with tenant_session(subject, at) as session:
        lead = leads.create(session, subject, customer_id=new.customer_id, data=data, at=at)
        return LeadView.model_validate(lead)
