"""Templates of quotes: sets of lines to start an offer from, kept apart from every quote.

Making a quote of an offer is `sales.quotes`.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import ItemCategory, LineUnit
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import QuoteTemplate, QuoteTemplateItem
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.finance import pricing
from crm_core.services.finance.pricing import Line
from crm_core.services.sales import quote_content
from crm_core.services.sales.quote_content import Offer


def create(
    session: Session,
    subject: Subject,
    *,
    name: str,
    lines: Sequence[Line],
    location_id: UUID | None,
    at: datetime,
    service_type: str | None = None,
    terms: str | None = None,
) -> QuoteTemplate:
    """Keep lines under a name; optional ones are offered beside the quote, outside its total.

    Raises `InvalidInput` naming the field, also for a name that is taken.
    """
    require(subject, Resource.TEMPLATE, Action.CREATE)
    checks.instant("at", at)
    template = QuoteTemplate(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=location_id,
        owner_id=subject.user_id,
        name=checks.clean_text("name", name, 120),
        service_type=checks.optional_text("service_type", service_type, 60),
        terms=checks.optional_text("terms", terms, 2000),
    )
    items = _items(template, lines, at)
    session.add(template)
    session.flush()
    session.add_all(items)
    _record(session, subject, template, "CREATE", at)
    session.flush()
    return template


def change(
    session: Session,
    subject: Subject,
    *,
    template_id: UUID,
    lines: Sequence[Line],
    at: datetime,
    terms: str | None = None,
) -> QuoteTemplate:
    """Put other lines and terms in place of those of a template; quotes made of it stay."""
    require(subject, Resource.TEMPLATE, Action.UPDATE)
    template = rows.get(session, subject, QuoteTemplate, template_id)
    items = _items(template, lines, at)
    template.terms = checks.optional_text("terms", terms, 2000)
    with as_system(session):  # who may change a template may take lines away, too
        session.execute(delete(QuoteTemplateItem).where(*_of(template)))
        session.add_all(items)
        _record(session, subject, template, "EDIT", at)
    return template


def retire(session: Session, subject: Subject, *, template_id: UUID, at: datetime) -> QuoteTemplate:
    """Offer a template no more."""
    require(subject, Resource.TEMPLATE, Action.UPDATE)
    template = rows.get(session, subject, QuoteTemplate, template_id)
    if template.is_active:
        template.is_active = False
        _record(session, subject, template, "RETIRE", at)
        session.flush()
    return template


def offer_of(session: Session, subject: Subject, *, template_id: UUID) -> Offer:
    """What a template offers, to be drafted for a lead, as it is or changed before."""
    require(subject, Resource.TEMPLATE, Action.READ)
    template = rows.get(session, subject, QuoteTemplate, template_id, lock=False)
    if not template.is_active:
        raise InvalidInput("template_id", f"{template.name!r} is not offered any more")
    query = select(QuoteTemplateItem).where(*_of(template)).order_by(QuoteTemplateItem.sort_order)
    lines = [_line(item) for item in session.scalars(query)]
    return Offer(lines=lines, service_type=template.service_type, terms=template.terms)


def _of(template: QuoteTemplate) -> tuple[ColumnElement[bool], ...]:
    return (
        QuoteTemplateItem.client_id == template.client_id,
        QuoteTemplateItem.quote_template_id == template.id,
    )


def _items(template: QuoteTemplate, lines: Sequence[Line], at: datetime) -> list[QuoteTemplateItem]:
    if not lines:
        raise InvalidInput("lines", "a template needs at least one")
    return [
        QuoteTemplateItem(
            client_id=template.client_id,
            id=new_id(at),
            location_id=template.location_id,
            owner_id=template.owner_id,
            quote_template_id=template.id,
            sort_order=position,
            **quote_content.what_is_sold(line),
        )
        for position, line in enumerate(map(pricing.checked_line, lines))
    ]


def _line(item: QuoteTemplateItem) -> Line:
    return Line(
        category=ItemCategory(item.category),
        description=item.description,
        quantity=item.quantity,
        unit_amount=item.unit_amount,
        is_optional=item.is_optional,
        is_selected=not item.is_optional,
        subcategory=item.subcategory,
        unit=LineUnit(item.unit) if item.unit else None,
    )


def _record(
    session: Session, subject: Subject, template: QuoteTemplate, act: str, at: datetime
) -> None:
    place = template.location_id
    audit.record(session, subject, act, Resource.TEMPLATE, template.id, at, place)
