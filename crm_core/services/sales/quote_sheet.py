"""A quote as it is handed to the customer: everything that stands on the sheet, and nothing else.

How it is drawn is `reports.quote_pdf`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import QuoteStatus
from crm_core.models import Client, Customer, Location, Quote
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import rows
from crm_core.services.finance.pricing import Line
from crm_core.services.sales import quote_content
from crm_core.services.tenancy.staff import names_of_customers


@dataclass(frozen=True)
class QuoteSheet:
    """What stands on a quote; estimated costs and notes of the office do not."""

    company: str
    branch: str | None
    contact: tuple[str, ...]
    """Telephone, mail address and city of the branch, what there is of them."""
    number: str
    version: int
    is_draft: bool
    language: str
    currency: str
    customer: str | None
    """Only for those who may read names."""
    offered_on: date
    valid_until_on: date
    move_on: date | None
    service_type: str
    move_size: str | None
    provinces: tuple[str | None, str | None]
    crew_size: int | None
    truck_count: int | None
    estimated_minutes: int | None
    lines: tuple[Line, ...]
    subtotal_amount: Decimal
    discount_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal
    deposit_amount: Decimal
    terms: str | None


def sheet_of(session: Session, subject: Subject, *, quote_id: UUID) -> QuoteSheet:
    """The sheet of a quote, in the customer's language; raises `NotFound`, `ActionRefused`."""
    require(subject, Resource.QUOTE, Action.READ)
    quote = rows.get(session, subject, Quote, quote_id, lock=False)
    lines = quote_content.lines_of(session, subject, quote.id)
    names = names_of_customers(session, subject, [quote.customer_id])
    with as_system(session):  # letterhead and language are no secret of the company's
        client = session.get_one(Client, subject.client_id)
        customer = session.get_one(Customer, (subject.client_id, quote.customer_id))
        branch = quote.location_id and session.get_one(
            Location, (subject.client_id, quote.location_id)
        )
        contact = (branch.phone, branch.email, branch.city) if branch else ()
        return QuoteSheet(
            company=client.name,
            branch=branch.name if branch else None,
            contact=tuple(filter(None, contact)),
            number=quote.quote_number,
            version=quote.version,
            is_draft=quote.status == QuoteStatus.DRAFT,
            language=customer.language,
            currency=quote.currency,
            customer=names.get(quote.customer_id),
            offered_on=quote.sent_on or quote.created_on,
            valid_until_on=quote.valid_until_on,
            move_on=quote.move_on,
            service_type=quote.service_type,
            move_size=quote.move_size,
            provinces=(quote.origin_province, quote.destination_province),
            crew_size=quote.crew_size,
            truck_count=quote.truck_count,
            estimated_minutes=quote.estimated_minutes,
            lines=tuple(quote_content.line_of(item) for item in lines),
            subtotal_amount=quote.subtotal_amount,
            discount_amount=quote.discount_amount,
            tax_amount=quote.tax_amount,
            total_amount=quote.total_amount,
            deposit_amount=quote.deposit_amount,
            terms=quote.terms,
        )
