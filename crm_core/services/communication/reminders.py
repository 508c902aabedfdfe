"""Which event or day makes which message to a customer, as data, and the values that it tells.

What a message says is its template; whether it may go is `communication.communications`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.enums import (
    CommunicationType,
    DataSource,
    InvoiceStatus,
    JourneyStage,
    QuoteStatus,
    Resource,
)
from crm_core.models import (
    Client,
    Communication,
    Customer,
    DomainEvent,
    Invoice,
    Location,
    Payment,
    Quote,
    StorageBooking,
    StorageUnit,
    TruckJourney,
)
from crm_core.models.base import Scoped
from crm_core.security import audit
from crm_core.security.permissions import Action, Subject, require
from crm_core.services import rows
from crm_core.services.communication import communications
from crm_core.services.communication.communications import About
from crm_core.services.communication.consent import RecipientUnreachable
from crm_core.services.communication.template_language import TemplateRefused, Value
from crm_core.services.communication.templates import TemplateMissing

EMAIL, SMS = CommunicationType.EMAIL, CommunicationType.SMS
Values = dict[str, Value | None]


@dataclass(frozen=True)
class Trigger:
    """An event, the template it fills, and for how long the news is worth sending."""

    event: str
    template: str
    channels: tuple[CommunicationType, ...] = (EMAIL, SMS)
    only_from: str | None = None
    fresh_for: timedelta = timedelta(days=1)


TRIGGERS: Final = (
    Trigger("quote.sent", "quote_sent"),
    Trigger("journey.scheduled", "booking_confirmed"),
    Trigger(
        "journey.en_route", "crew_on_the_way", (SMS, EMAIL), JourneyStage.MORNING_PREP,
        timedelta(hours=2),
    ),
    Trigger("invoice.sent", "invoice_sent", only_from=InvoiceStatus.DRAFT),
    Trigger("payment.completed", "payment_receipt"),
    Trigger("storage_booking.active", "storage_started", only_from="PENDING"),
)  # fmt: skip
"""What is told when it happens; the rest follows the calendar, below."""

QUOTE_ENDS: Final = timedelta(days=3)
PAYMENT_STEPS: Final = (-3, 1, 7, 14)
"""Days from the due date on which an unpaid invoice is mentioned."""
LATE_BY_AT_MOST: Final = 3
"""A step that was missed by more days is not made up for."""


def payment_step(due_on: date, today: date) -> int | None:
    """The reminder an unpaid invoice has reached; None before the first and between them."""
    days = (today - due_on).days
    reached = [step for step in PAYMENT_STEPS if step <= days]
    return reached[-1] if reached and days - reached[-1] <= LATE_BY_AT_MOST else None


def on_event(session: Session, subject: Subject, event: DomainEvent, *, at: datetime) -> int:
    """Draft the messages of one event of the outbox; says how many."""
    made = 0
    for trigger in TRIGGERS:
        is_stale = at - event.occurred_at > trigger.fresh_for
        is_other = trigger.only_from not in (None, event.payload.get("from"))
        if trigger.event != event.name or is_stale or is_other:
            continue
        model = _MODELS[event.entity]
        row = session.get(model, (subject.client_id, event.entity_id))
        if row is not None and _is_ours(row):
            made += _tell(session, subject, row, trigger.template, trigger.channels, at)
    return made


def run_daily(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Draft what the calendar of each branch asks for; a second run drafts nothing more."""
    require(subject, Resource.COMMUNICATION, Action.CREATE)
    made = 0
    branches = session.execute(
        select(Location.id, Location.timezone)
        .where(Location.client_id == subject.client_id)
        .order_by(Location.id)
    ).all()
    for location_id, zone in branches:
        today = clock.local_date(as_of, zone)
        for row, template, step in _due(session, subject, location_id, today):
            channels = (SMS, EMAIL) if template == "day_before" else (EMAIL, SMS)
            made += _tell(session, subject, row, template, channels, as_of, step)
    return made


def draft_apology(session: Session, subject: Subject, *, journey_id: UUID, at: datetime) -> int:
    """Draft an apology for a late crew, held until a person releases it; once per journey."""
    journey = rows.get(session, subject, TruckJourney, journey_id, lock=False)
    return _tell(session, subject, journey, "delay_apology", (SMS, EMAIL), at, is_held=True)


def ask_for_feedback(
    session: Session, subject: Subject, journey: TruckJourney, *, at: datetime
) -> bool:
    """Draft the question of a survey; False when the customer cannot be asked."""
    return bool(_tell(session, subject, journey, "feedback_request", (EMAIL, SMS), at))


def _due(
    session: Session, subject: Subject, location_id: UUID, today: date
) -> Iterator[tuple[Scoped, str, int | None]]:
    """What is due at a branch today, each row locked: of two runs, one tells."""

    def found(model: Any, *conditions: ColumnElement[bool]) -> Iterator[Any]:
        query = select(model).where(
            model.client_id == subject.client_id,
            model.location_id == location_id,
            model.data_source == DataSource.MANUAL.value,
            *conditions,
        )
        yield from session.scalars(query.order_by(model.id).with_for_update()).all()

    open_quote = Quote.status.in_([QuoteStatus.SENT.value, QuoteStatus.VIEWED.value])
    for quote in found(Quote, open_quote, Quote.valid_until_on.between(today, today + QUOTE_ENDS)):
        yield quote, "quote_expiring", None
    tomorrow = TruckJourney.service_on == today + timedelta(days=1)
    for journey in found(
        TruckJourney, tomorrow, TruckJourney.status == JourneyStage.SCHEDULED.value
    ):
        yield journey, "day_before", None
    closed = [
        InvoiceStatus.DRAFT.value,
        InvoiceStatus.CANCELLED.value,
        InvoiceStatus.REFUNDED.value,
    ]
    longest = timedelta(days=PAYMENT_STEPS[-1] + LATE_BY_AT_MOST)
    soonest = timedelta(days=-PAYMENT_STEPS[0])
    unpaid = (Invoice.balance_amount > 0) & Invoice.status.not_in(closed)
    for invoice in found(Invoice, unpaid, Invoice.due_on.between(today - longest, today + soonest)):
        step = payment_step(invoice.due_on, today)
        if step is not None:
            yield invoice, "invoice_due_soon" if step < 0 else "invoice_overdue", step


def _tell(
    session: Session,
    subject: Subject,
    row: Scoped,
    template: str,
    channels: tuple[CommunicationType, ...],
    at: datetime,
    step: int | None = None,
    *,
    is_held: bool = False,
) -> int:
    """Draft one message about a row unless it was; what cannot be told is noted in the audit."""
    values, about, customer_id = _FACTS[type(row)](session, row)
    tag = f"{template}:{row.id}" + ("" if step is None else f":{step}")
    told = exists().where(
        Communication.client_id == subject.client_id,
        Communication.customer_id == customer_id,
        Communication.tags.contains([tag]),
    )
    if session.scalar(select(told)):
        return 0
    if isinstance(row, Payment) and row.payment_amount <= 0:
        return 0
    customer = rows.get(session, subject, Customer, customer_id, lock=False)
    client = session.get_one(Client, subject.client_id)
    try:
        communications.compose(
            session,
            subject,
            customer_id=customer_id,
            template=template,
            values={"first_name": customer.first_name, "company": client.name, **values},
            at=at,
            channels=channels,
            about=about,
            is_automatic=True,
            is_held=is_held,
            tags=[tag],
        )
    except (RecipientUnreachable, TemplateMissing, TemplateRefused) as error:
        audit.record(
            session, subject, "SKIP", Resource.COMMUNICATION, None, at, row.location_id,
            details={"template": template, "about": row.id, "why": type(error).__name__},
        )  # fmt: skip
        return 0
    return 1


def _is_ours(row: Scoped) -> bool:
    """Whoever was entered in another system is written to by that system."""
    return getattr(row, "data_source", DataSource.MANUAL.value) == DataSource.MANUAL.value


def _quote(session: Session, row: Quote) -> tuple[Values, About, UUID]:
    values: Values = {
        "quote_number": row.quote_number,
        "total": row.total_amount,
        "currency": row.currency,
        "valid_until": row.valid_until_on,
        "move_on": row.move_on,
    }
    return values, About(lead_id=row.lead_id, quote_id=row.id), row.customer_id


def _journey(session: Session, row: TruckJourney) -> tuple[Values, About, UUID]:
    zone = session.scalar(select(Location.timezone).where(Location.id == row.location_id)) or "UTC"
    ends = row.arrival_window_end_at
    values: Values = {
        "journey_number": row.journey_number,
        "service_on": row.service_on,
        "starts": clock.local_naive(row.planned_start_at, zone),
        "window_ends": clock.local_naive(ends, zone) if ends else None,
    }
    return values, About(journey_id=row.id, quote_id=row.quote_id), row.customer_id


def _invoice(session: Session, row: Invoice) -> tuple[Values, About, UUID]:
    values: Values = {
        "invoice_number": row.invoice_number,
        "total": row.total_amount,
        "currency": row.currency,
        "due_on": row.due_on,
        "balance": row.balance_amount,
    }
    return values, About(invoice_id=row.id, journey_id=row.journey_id), row.customer_id


def _payment(session: Session, row: Payment) -> tuple[Values, About, UUID]:
    invoice = session.get_one(Invoice, (row.client_id, row.invoice_id))
    values: Values = {
        "invoice_number": invoice.invoice_number,
        "total": row.payment_amount,
        "currency": row.currency,
        "received_on": row.received_on,
    }
    return values, About(invoice_id=row.invoice_id), row.customer_id


def _storage(session: Session, row: StorageBooking) -> tuple[Values, About, UUID]:
    unit = session.get_one(StorageUnit, (row.client_id, row.unit_id))
    values: Values = {
        "unit_number": unit.unit_number,
        "total": row.rate_amount,
        "currency": row.currency,
        "starts_on": row.starts_on,
    }
    return values, About(journey_id=row.journey_id), row.customer_id


_FACTS: Final[dict[type[Scoped], Callable[[Session, Any], tuple[Values, About, UUID]]]] = {
    Quote: _quote,
    TruckJourney: _journey,
    Invoice: _invoice,
    Payment: _payment,
    StorageBooking: _storage,
}
_MODELS: Final[dict[str, type[Scoped]]] = {
    "quotes": Quote,
    "truck_journeys": TruckJourney,
    "invoices": Invoice,
    "payments": Payment,
    "storage_bookings": StorageBooking,
}
