"""A sale from request to payment, step by step, for the tests of this folder.

What each step must do is asserted in the tests, not here.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.enums import CustomerType, ItemCategory, PaymentMethod
from crm_core.models import Customer, Invoice, Lead, Payment, Quote, TruckJourney
from crm_core.security.permissions import Subject
from crm_core.services.finance import invoices, payments
from crm_core.services.finance.pricing import Line
from crm_core.services.operations import journeys, reviews
from crm_core.services.sales import customers, leads, quotes
from crm_core.services.sales.customers import CustomerData
from crm_core.services.sales.leads import LeadData
from crm_core.services.sales.quotes import Offer
from tests.conftest import TEST_NOW

MOVE_ON = date(2026, 12, 5)
LABOUR = Line(ItemCategory.MOVING_SERVICES, "3 movers", Decimal("5.5"), Decimal("189.00"))
BOXES = Line(ItemCategory.EQUIPMENT_RENTAL, "Wardrobe boxes", Decimal(4), Decimal("9.99"))


def hours(count: float, start: datetime = TEST_NOW) -> datetime:
    return start + timedelta(hours=count)


def a_customer(
    session: Session,
    subject: Subject,
    location_id: UUID,
    kind: CustomerType = CustomerType.RESIDENTIAL,
    at: datetime = TEST_NOW,
) -> Customer:
    data = CustomerData("Robin", "Maple", type=kind, email="Robin.Maple@Example.com ")
    return customers.create(session, subject, data=data, location_id=location_id, at=at)


def a_lead(
    session: Session,
    subject: Subject,
    location_id: UUID,
    kind: CustomerType = CustomerType.RESIDENTIAL,
    at: datetime = TEST_NOW,
) -> Lead:
    customer = a_customer(session, subject, location_id, kind, at)
    data = LeadData(
        source="organic",
        service_type="Moving",
        move_size="2-bedroom apartment",
        estimated_move_on=MOVE_ON,
        origin_province="BC",
        destination_province="BC",
    )
    return leads.create(session, subject, customer_id=customer.id, data=data, at=at)


def a_sent_quote(
    session: Session,
    subject: Subject,
    location_id: UUID,
    kind: CustomerType = CustomerType.RESIDENTIAL,
    offer: Offer | None = None,
) -> Quote:
    lead = a_lead(session, subject, location_id, kind)
    offer = offer or Offer(lines=[LABOUR, BOXES])
    quote = quotes.draft(session, subject, lead_id=lead.id, offer=offer, at=hours(1))
    return quotes.send(session, subject, quote_id=quote.id, at=hours(2))


def an_accepted_quote(
    session: Session,
    subject: Subject,
    location_id: UUID,
    kind: CustomerType = CustomerType.RESIDENTIAL,
) -> Quote:
    quote = a_sent_quote(session, subject, location_id, kind)
    return quotes.accept(session, subject, quote_id=quote.id, at=hours(3))


def done(session: Session, subject: Subject, journey: TruckJourney) -> TruckJourney:
    start = journey.planned_start_at
    journeys.depart(session, subject, journey_id=journey.id, at=start)
    journeys.arrive(session, subject, journey_id=journey.id, at=hours(0.5, start))
    return journeys.complete(session, subject, journey_id=journey.id, at=hours(6, start))


def reviewed(session: Session, subject: Subject, journey: TruckJourney, at: datetime) -> None:
    review = reviews.open_review(session, subject, journey_id=journey.id, at=at)
    reviews.start(session, subject, review_id=review.id, at=at)
    reviews.complete(session, subject, review_id=review.id, quality_pct=Decimal(90), at=at)


def an_issued_invoice(
    session: Session,
    subject: Subject,
    location_id: UUID,
    kind: CustomerType = CustomerType.RESIDENTIAL,
) -> Invoice:
    quote = an_accepted_quote(session, subject, location_id, kind)
    journey = journeys.convert(session, subject, quote_id=quote.id, at=hours(4))[0]
    finished = done(session, subject, journey)
    assert finished.completed_at is not None
    at = finished.completed_at
    draft = invoices.draft_for_journey(session, subject, journey_id=journey.id, at=at)
    return invoices.issue(session, subject, invoice_id=draft.id, at=at)


def paid(
    session: Session, subject: Subject, invoice: Invoice, amount: Decimal, key: str | None = None
) -> Payment:
    assert invoice.issued_at is not None
    return payments.receive(
        session,
        subject,
        invoice_id=invoice.id,
        amount=amount,
        method=PaymentMethod.CREDIT_CARD,
        at=hours(1, invoice.issued_at),
        idempotency_key=key,
    )
