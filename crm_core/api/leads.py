"""Routes of leads: list and create.

Rules are in `crm_core.services.leads`.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from crm_core.api.dependencies import CurrentInstant, CurrentSubject
from crm_core.database import tenant_session
from crm_core.enums import LeadPriority, LeadStatus
from crm_core.models import Lead
from crm_core.security.permissions import Action, Resource, require
from crm_core.services import leads

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


@router.get("")
def list_leads(
    subject: CurrentSubject,
    before: UUID | None = None,
    status: LeadStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[LeadView]:
    """The newest leads in reach; `before` is the last id of the page before."""
    require(subject, Resource.LEAD, Action.READ)
    query = select(Lead).where(Lead.client_id == subject.client_id)
    if before is not None:
        query = query.where(Lead.id < before)
    if status is not None:
        query = query.where(Lead.status == status.value)
    with tenant_session(subject) as session:
        found = session.scalars(query.order_by(Lead.id.desc()).limit(limit))
        return [LeadView.model_validate(lead) for lead in found]


@router.post("", status_code=201)
def create_lead(new: NewLead, subject: CurrentSubject, at: CurrentInstant) -> LeadView:
    """Record a lead of a customer in reach."""
    data = leads.LeadData(**new.model_dump(exclude={"customer_id"}))
    with tenant_session(subject) as session:
        lead = leads.create(session, subject, customer_id=new.customer_id, data=data, at=at)
        return LeadView.model_validate(lead)
