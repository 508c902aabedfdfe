"""What a quote offers: its lines, terms and totals, written to rows and read back.

When a quote may be changed, sent or answered is `sales.quotes`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm_core.enums import ItemCategory, LineUnit
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Client, Lead, Quote, QuoteItem
from crm_core.security.permissions import Subject
from crm_core.services import checks
from crm_core.services.finance import pricing, tax
from crm_core.services.finance.pricing import ZERO, Line, Totals
from crm_core.services.sales import approval_rules
from crm_core.services.sales.approval_rules import Reason

VALIDITY = timedelta(days=30)
LARGEST_TOTAL = "quote_total_amount"
"""The name, in the limits of a tenant, of the total above which a quote needs approval."""


@dataclass(frozen=True)
class Offer:
    """What is offered; what is left out is taken from the lead."""

    lines: Sequence[Line]
    move_on: date | None = None
    service_type: str | None = None
    move_size: str | None = None
    origin_province: str | None = None
    destination_province: str | None = None
    crew_size: int | None = None
    truck_count: int | None = None
    estimated_minutes: int | None = None
    hourly_rate_amount: Decimal | None = None
    discount_amount: Decimal = ZERO
    deposit_amount: Decimal = ZERO
    valid_until_on: date | None = None
    notes: str | None = None
    terms: str | None = None


@dataclass(frozen=True)
class Choice:
    """What a customer takes of the options, and what that comes to; nothing is written yet."""

    selected: dict[UUID, bool]
    """By optional line."""
    totals: Totals
    reasons: list[Reason]
    """Why the offer would need approval like this."""


def fill(session: Session, quote: Quote, lead: Lead, offer: Offer, today: date) -> list[Reason]:
    """Set what follows from the offer and the lead, totals included; why it needs approval.

    Raises `InvalidInput` naming the field, and then sets nothing.
    """
    offer = _completed(offer, lead)
    lines = [pricing.checked_line(line) for line in offer.lines]
    discount = checks.money("discount_amount", offer.discount_amount)
    places = (offer.origin_province, offer.destination_province)
    totals = _price(session, lines, discount, places, offer.move_on or today)
    deposit = checks.money("deposit_amount", offer.deposit_amount)
    if deposit > totals.total_amount:
        raise InvalidInput("deposit_amount", f"is more than the total {totals.total_amount}")
    rate = offer.hourly_rate_amount
    valid_until_on = offer.valid_until_on or today + VALIDITY
    reasons = _reasons(session, lead.client_id, lines, totals, valid_until_on - today)
    columns = {
        "valid_until_on": valid_until_on,
        "service_type": checks.clean_text("service_type", offer.service_type or "", 60),
        "move_size": checks.optional_text("move_size", offer.move_size, 60),
        "move_on": offer.move_on,
        "origin_province": offer.origin_province or offer.destination_province,
        "destination_province": offer.destination_province or offer.origin_province,
        "crew_size": checks.count("crew_size", offer.crew_size),
        "truck_count": checks.count("truck_count", offer.truck_count),
        "estimated_minutes": checks.count("estimated_minutes", offer.estimated_minutes),
        "hourly_rate_amount": rate and checks.money("hourly_rate_amount", rate),
        "deposit_amount": deposit,
        "notes": checks.optional_text("notes", offer.notes, 1000),
        "terms": checks.optional_text("terms", offer.terms, 2000),
    }
    for name, value in columns.items():
        setattr(quote, name, value)
    _set_totals(quote, totals)
    return reasons


def choice_of(
    session: Session, subject: Subject, quote: Quote, chosen: Collection[UUID], today: date
) -> Choice:
    """What it comes to when exactly these of the optional lines are taken.

    Raises `InvalidInput` for what is no option.
    """
    items = lines_of(session, subject, quote.id)
    options = {item.id for item in items if item.is_optional}
    for stranger in sorted(set(chosen) - options):
        raise InvalidInput("chosen_item_ids", f"{stranger} is no optional line of this quote")
    selected = {item_id: item_id in chosen for item_id in options}
    lines = [
        replace(line_of(item), is_selected=selected.get(item.id, item.is_selected))
        for item in items
    ]
    places = (quote.origin_province, quote.destination_province)
    on = quote.move_on or quote.created_on
    totals = _price(session, lines, quote.discount_amount, places, on)
    validity = quote.valid_until_on - today
    return Choice(selected, totals, _reasons(session, quote.client_id, lines, totals, validity))


def take(session: Session, subject: Subject, quote: Quote, choice: Choice) -> None:
    """Write what the customer takes; a deposit is never more than the new total."""
    for item in lines_of(session, subject, quote.id):
        item.is_selected = choice.selected.get(item.id, item.is_selected)
    _set_totals(quote, choice.totals)
    quote.deposit_amount = min(quote.deposit_amount, quote.total_amount)


def store_lines(session: Session, quote: Quote, lines: Sequence[Line], at: datetime) -> None:
    """Write the lines of a quote, in their order."""
    for position, line in enumerate(lines):
        session.add(
            QuoteItem(
                client_id=quote.client_id,
                id=new_id(at),
                location_id=quote.location_id,
                owner_id=quote.owner_id,
                quote_id=quote.id,
                discount_amount=line.discount_amount,
                total_amount=line.total_amount,
                estimated_cost_amount=line.estimated_cost_amount,
                is_selected=line.is_selected,
                **what_is_sold(line),
                sort_order=position,
            )
        )


def what_is_sold(line: Line) -> dict[str, Any]:
    """The columns of a line that an offer and a template share."""
    return {
        "category": line.category.value,
        "subcategory": line.subcategory,
        "tax_category": line.tax_category.value,
        "description": line.description.strip(),
        "quantity": line.quantity,
        "unit": line.unit.value if line.unit else None,
        "unit_amount": line.unit_amount,
        "is_optional": line.is_optional,
    }


def remove_lines(session: Session, quote: Quote) -> None:
    """Take all lines of a quote away."""
    of_quote = (QuoteItem.client_id == quote.client_id, QuoteItem.quote_id == quote.id)
    session.execute(delete(QuoteItem).where(*of_quote))


def lines_of(session: Session, subject: Subject, quote_id: UUID) -> list[QuoteItem]:
    """The stored lines of a quote, in order."""
    query = select(QuoteItem).where(
        QuoteItem.client_id == subject.client_id, QuoteItem.quote_id == quote_id
    )
    return list(session.scalars(query.order_by(QuoteItem.sort_order)))


def line_of(item: QuoteItem) -> Line:
    """A stored line as it was offered."""
    return Line(
        category=ItemCategory(item.category),
        description=item.description,
        quantity=item.quantity,
        unit_amount=item.unit_amount,
        discount_amount=item.discount_amount,
        is_optional=item.is_optional,
        is_selected=item.is_selected,
        subcategory=item.subcategory,
        unit=LineUnit(item.unit) if item.unit else None,
        estimated_cost_amount=item.estimated_cost_amount,
    )


def offer_of(session: Session, subject: Subject, quote: Quote) -> Offer:
    """What a stored quote offers, to be offered again: with a validity of its own."""
    return Offer(
        lines=[line_of(item) for item in lines_of(session, subject, quote.id)],
        move_on=quote.move_on,
        service_type=quote.service_type,
        move_size=quote.move_size,
        origin_province=quote.origin_province,
        destination_province=quote.destination_province,
        crew_size=quote.crew_size,
        truck_count=quote.truck_count,
        estimated_minutes=quote.estimated_minutes,
        hourly_rate_amount=quote.hourly_rate_amount,
        discount_amount=quote.discount_amount,
        deposit_amount=quote.deposit_amount,
        notes=quote.notes,
        terms=quote.terms,
    )


def _completed(offer: Offer, lead: Lead) -> Offer:
    return replace(
        offer,
        move_on=offer.move_on or lead.estimated_move_on,
        service_type=offer.service_type or lead.service_type,
        move_size=offer.move_size or lead.move_size,
        origin_province=offer.origin_province or lead.origin_province,
        destination_province=offer.destination_province or lead.destination_province,
    )


def _price(
    session: Session,
    lines: Sequence[Line],
    discount_amount: Decimal,
    places: tuple[str | None, str | None],
    on: date,
) -> Totals:
    """The totals of lines for a move from one province to another, at the rates of a day."""
    origin, destination = places[0] or places[1], places[1] or places[0]
    if origin is None or destination is None:
        raise InvalidInput("destination_province", "is needed: taxes follow the destination")
    rates = tax.rates_of_move(
        tax.load_rates(session), origin=origin, destination=destination, on=on
    )
    return pricing.price(lines, discount_amount, rates)


def _set_totals(quote: Quote, totals: Totals) -> None:
    quote.subtotal_amount = totals.subtotal_amount
    quote.discount_amount = totals.discount_amount
    quote.tax_amount = totals.tax_amount
    quote.total_amount = totals.total_amount


def _reasons(
    session: Session, client_id: UUID, lines: Sequence[Line], totals: Totals, validity: timedelta
) -> list[Reason]:
    largest = _largest_total(session, client_id)
    return approval_rules.reasons(lines, totals, validity, largest)


def _largest_total(session: Session, client_id: UUID) -> Decimal | None:
    said = session.scalar(select(Client.limits[LARGEST_TOTAL].astext).where(Client.id == client_id))
    if said is None:
        return None
    try:
        return checks.money(LARGEST_TOTAL, Decimal(said))
    except InvalidOperation:
        raise InvalidInput(
            LARGEST_TOTAL, f"{said!r} in the company's limits is no amount"
        ) from None
