"""Customers: recording who asks for a move, with contact data in one normal form.

Sales opportunities of a customer are leads, in `sales.leads`; where the customer as a
whole stands follows from them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.enums import CustomerType, DataSource, LeadStatus
from crm_core.ids import new_id
from crm_core.models import Customer, Lead
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.finance import tax


@dataclass(frozen=True)
class CustomerData:
    """What is known of a customer; everything but the name may be missing."""

    first_name: str
    last_name: str
    type: CustomerType = CustomerType.RESIDENTIAL
    company_name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: dict[str, Any] | None = None
    postal_code: str | None = None
    city: str | None = None
    province: str | None = None
    language: str = "en"


def create(
    session: Session,
    subject: Subject,
    *,
    data: CustomerData,
    location_id: UUID | None,
    at: datetime,
    owner_id: UUID | None = None,
    imported: bool = False,
    data_source: DataSource = DataSource.MANUAL,
    external_id: str | None = None,
    tags: Sequence[str] = (),
    notes: str | None = None,
) -> Customer:
    """Record a customer of a branch; raises `InvalidInput` naming the field.

    One with the mail of an active customer in reach is flagged as its duplicate, not refused:
    households share a mailbox.
    """
    require(subject, Resource.CUSTOMER, Action.CREATE)
    checks.instant("at", at)
    columns = _columns(data)
    customer = Customer(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=location_id,
        owner_id=owner_id or subject.user_id,
        created_on=rows.day_at(session, subject, location_id, at),
        data_source=data_source.value,
        external_id=external_id,
        duplicate_of_id=_first_with_mail(session, subject, columns["email"]),
        tags=[checks.clean_text("tags", tag, 100) for tag in tags],
        notes=checks.optional_text("notes", notes, 1000),
        **columns,
    )
    session.add(customer)
    audit.record(
        session,
        subject,
        "CREATE",
        Resource.CUSTOMER,
        customer.id,
        at,
        location_id,
        details={"imported": imported},
    )
    session.flush()
    return customer


def view(session: Session, subject: Subject, *, customer_id: UUID, at: datetime) -> Customer:
    """A customer's record with names and contact data, for a person to read; noted in the audit."""
    require(subject, Resource.PERSONAL_DATA, Action.READ)
    customer = rows.get(session, subject, Customer, customer_id, lock=False)
    audit.record(
        session, subject, "VIEW", Resource.PERSONAL_DATA, customer.id, at, customer.location_id
    )
    session.flush()
    return customer


def update(
    session: Session, subject: Subject, *, customer_id: UUID, data: CustomerData, at: datetime
) -> bool:
    """Bring a customer up to `data`; False, and no audit entry, when nothing differs.

    An erased customer stays erased, whatever an outside system still knows of them.
    """
    require(subject, Resource.CUSTOMER, Action.UPDATE)
    customer = rows.get(session, subject, Customer, customer_id)
    if customer.erased_at is not None:
        return False
    changed = [name for name, value in _columns(data).items() if getattr(customer, name) != value]
    if not changed:
        return False
    for name, value in _columns(data).items():
        setattr(customer, name, value)
    audit.record(
        session,
        subject,
        "UPDATE",
        Resource.CUSTOMER,
        customer.id,
        at,
        customer.location_id,
        details={"fields": sorted(changed)},
    )
    session.flush()
    return True


def lead_status(statuses: Iterable[LeadStatus]) -> LeadStatus:
    """Where a customer stands: WON once any lead is won, else the furthest open one, else LOST.

    A customer without leads is NEW.
    """
    held = frozenset(statuses)
    if LeadStatus.WON in held or not held:
        return LeadStatus.WON if held else LeadStatus.NEW
    stages = [status for status in LeadStatus if status in held & LeadStatus.open_statuses()]
    return stages[-1] if stages else LeadStatus.LOST


def lead_statuses(
    session: Session, subject: Subject, customer_ids: Collection[UUID]
) -> dict[UUID, LeadStatus]:
    """`lead_status` of customers, over the leads in reach; archiving a lead changes nothing."""
    require(subject, Resource.LEAD, Action.READ)
    query = select(Lead.customer_id, Lead.status, Lead.won_on).where(
        Lead.client_id == subject.client_id, Lead.customer_id.in_(sorted(customer_ids))
    )
    held: dict[UUID, set[LeadStatus]] = {customer_id: set() for customer_id in customer_ids}
    for customer_id, status, won_on in session.execute(query):
        held[customer_id].add(LeadStatus.WON if won_on else LeadStatus(status))
    return {customer_id: lead_status(statuses) for customer_id, statuses in held.items()}


def _first_with_mail(session: Session, subject: Subject, email: str | None) -> UUID | None:
    if email is None:
        return None
    return session.scalars(
        select(Customer.id)
        .where(Customer.client_id == subject.client_id, Customer.email == email, Customer.is_active)
        .order_by(Customer.id)
        .limit(1)
    ).one_or_none()


def _columns(data: CustomerData) -> dict[str, Any]:
    """The data as columns: mail in lower case, the postal code cut to its area."""
    email = checks.optional_text("email", data.email, 200)
    postal_code = checks.optional_text("postal_code", data.postal_code, 10)
    columns: dict[str, Any] = {field.name: getattr(data, field.name) for field in fields(data)}
    columns.pop("postal_code")
    columns |= {
        "type": data.type.value,
        "first_name": checks.clean_text("first_name", data.first_name, 120),
        "last_name": checks.clean_text("last_name", data.last_name, 120),
        "company_name": checks.optional_text("company_name", data.company_name, 200),
        "email": email.lower() if email else None,
        "phone": checks.optional_text("phone", data.phone, 40),
        "city": checks.optional_text("city", data.city, 120),
        "language": checks.clean_text("language", data.language, 5),
        "postal_area": postal_code[:3].upper() if postal_code else None,
    }
    if data.province is not None:
        tax.province("province", data.province)
    return columns
