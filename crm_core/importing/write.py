"""Rows of a plan, written by the services: accounts, then each opportunity with what hangs on it.

What is in the core already is found by its source key and left alone, but for a stage that moved
on. Quotes, jobs and invoices of an opportunity are in `write_work`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.enums import CustomerType, LeadStatus
from crm_core.errors import InvalidInput
from crm_core.importing.found import Site
from crm_core.importing.records import (
    Account,
    Bill,
    Contact,
    Job,
    Offer,
    Opportunity,
    Product,
    Stage,
)
from crm_core.importing.sources import SOURCE, Stored
from crm_core.importing.write_work import keep_work, offered
from crm_core.importing.writing import Writing
from crm_core.models import Customer, Lead
from crm_core.services.sales import customers, leads, quotes
from crm_core.services.sales.customers import CustomerData
from crm_core.services.sales.leads import LeadData

BATCH = 100
"""Rows of one transaction, each behind a savepoint of its own."""

OpenSession = Callable[[], AbstractContextManager[Session]]
Progress = Callable[[int, int], None]
Item = TypeVar("Item")


def write(writing: Writing, open_session: OpenSession, progress: Progress) -> None:
    """Everything of the plan, in transactions of `BATCH` rows."""
    plan = writing.plan
    accounts = list(plan.of(Account).values())
    opportunities = sorted(
        plan.of(Opportunity).values(), key=lambda row: (row.created_on or date.max, row.key)
    )
    first_days = _first_days(opportunities)
    total, done = len(accounts) + len(opportunities), 0
    for batch in _batches(accounts):
        with open_session() as writing.session:
            for account in batch:
                _keep_account(writing, account, first_days.get(account.key, plan.first_on))
        progress(done := done + len(batch), total)
    for some in _batches(opportunities):
        with open_session() as writing.session:
            for row in some:
                _keep_opportunity(writing, row)
        progress(done := done + len(some), total)
    _report_the_rest(writing, opportunities)


def _batches(rows: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _first_days(rows: Sequence[Opportunity]) -> dict[str, date]:
    """When each account was first heard of."""
    found: dict[str, date] = {}
    for row in rows:
        if row.created_on is not None:
            found.setdefault(row.account, row.created_on)
    return found


def _keep_account(writing: Writing, account: Account, first_on: date) -> None:
    if writing.name(account) in writing.known[Customer]:
        writing.report.take(account.place)
        return
    site = Site(writing.subject.client_id, writing.plan.mapping.tenant.timezone)
    with writing.row(account.place) as acts:
        made = customers.create(
            writing.session,
            writing.subject,
            data=customer_of(account),
            location_id=None,
            at=writing.instant(first_on, site),
            imported=True,
            data_source=SOURCE,
            external_id=writing.name(account),
            tags=[account.sector] if account.sector else (),
            notes=account.notes,
        )
        writing.known[Customer][writing.name(account)] = Stored(made.id, None)
        acts.append("customer created")


def customer_of(account: Account) -> CustomerData:
    """A firm when it has a name of its own; without a contact, `(firm)` stands for the person."""
    if account.name is None and not (account.first_name and account.last_name):
        raise InvalidInput("name", "neither a firm nor a person is named")
    parts = {"street": account.street, "city": account.city, "country": account.country}
    address = {name: said for name, said in parts.items() if said}
    return CustomerData(
        first_name=account.first_name or "(firm)",
        last_name=account.last_name or (account.name or "")[:120],
        type=CustomerType.COMMERCIAL if account.name else CustomerType.RESIDENTIAL,
        company_name=account.name,
        email=account.email,
        phone=account.phone,
        address=address or None,
        postal_code=account.postal_code,
        city=account.city,
        province=account.province,
    )


def _keep_opportunity(writing: Writing, row: Opportunity) -> None:
    """The lead with all that hangs on it; what has quotes of its own is closed after them."""
    known, name = writing.known[Lead], writing.name(row)
    has_offers = row.key in writing.offers
    if name in known and not has_offers and _is_settled(row, known[name]):
        writing.report.take(row.place)
        return
    place = _place_of(writing, row)
    if place is None:
        return
    with writing.row(row.place) as acts:
        lead = _engage(writing, row, *place, acts)
        if not has_offers:
            _win_or_lose(writing, row, lead, acts)
    if row.place in writing.report.refused:
        return
    known[name] = lead
    if has_offers:
        keep_work(writing, row)
        if row.stage is Stage.LOST and lead.status != LeadStatus.LOST:
            with writing.row(row.place) as acts:
                _win_or_lose(writing, row, lead, acts)


def _engage(
    writing: Writing, row: Opportunity, site: Site, owner_id: UUID, customer_id: UUID,
    acts: list[str],
) -> Stored:  # fmt: skip
    """The lead, made on the day it came and contacted when somebody works on it."""
    assert row.created_on is not None
    moment = writing.instant(row.created_on, site)
    stored = writing.known[Lead].get(writing.name(row))
    lead = Stored(stored.id, stored.status) if stored else None
    if lead is None:
        made = leads.create(
            writing.session,
            writing.subject,
            customer_id=customer_id,
            data=_lead_of(row),
            at=moment,
            location_id=site.id,
            owner_id=owner_id,
            imported=True,
            data_source=SOURCE,
            external_id=writing.name(row),
        )
        lead = Stored(made.id, made.status)
        acts.append("lead created")
    if row.stage is not Stage.NEW and lead.status == LeadStatus.NEW:
        leads.contact(writing.session, writing.subject, lead_id=lead.id, at=moment)
        lead.status = LeadStatus.CONTACTED.value
        acts.append("lead contacted")
    return lead


def _win_or_lose(writing: Writing, row: Opportunity, lead: Stored, acts: list[str]) -> None:
    """The end of an opportunity; a won one brings the quote that was accepted."""
    if row.closed_on is None:
        return
    session, subject = writing.session, writing.subject
    moment = writing.instant(row.closed_on, writing.site_of(row))
    if row.stage is Stage.LOST:
        reason = row.lost_reason or "not recorded"
        leads.lose(session, subject, lead_id=lead.id, reason=reason, at=moment)
        lead.status = LeadStatus.LOST.value
        acts.append("lead lost")
    elif row.amount is not None:
        made = quotes.draft(
            session, subject, lead_id=lead.id, offer=offered(row.service, row.amount, row),
            at=moment, imported=True, data_source=SOURCE, external_id=writing.name(row),
        )  # fmt: skip
        quotes.send(session, subject, quote_id=made.id, at=moment, imported=True)
        quotes.accept(session, subject, quote_id=made.id, at=moment, imported=True)
        lead.status = LeadStatus.WON.value
        acts.append("quote accepted")


def _place_of(writing: Writing, row: Opportunity) -> tuple[Site, UUID, UUID] | None:
    """Branch, owner and customer of an opportunity; refused when one of them was."""
    owner_id = writing.company.people.get(row.person)
    if owner_id is None:
        writing.report.refuse(row.place, f"person: {row.person!r} was refused")
        return None
    customer = writing.known[Customer].get(writing.name(writing.plan.of(Account)[row.account]))
    if customer is None:
        writing.report.refuse(row.place, f"account: {row.account!r} was refused")
        return None
    return writing.site_of(row), owner_id, customer.id


def _is_settled(row: Opportunity, stored: Stored) -> bool:
    """Whether the lead stands where the export has it, or beyond."""
    reached = {
        Stage.NEW: frozenset(LeadStatus),
        Stage.ENGAGED: frozenset(LeadStatus) - {LeadStatus.NEW},
        Stage.WON: frozenset({LeadStatus.WON, LeadStatus.ARCHIVED}),
        Stage.LOST: frozenset({LeadStatus.LOST, LeadStatus.ARCHIVED}),
    }
    return stored.status in reached[row.stage]


def _lead_of(row: Opportunity) -> LeadData:
    return LeadData(
        source=row.source,
        service_type=row.service,
        move_size=row.move_size,
        estimated_move_on=row.move_on,
        estimated_amount=row.amount or None,
        origin_province=row.origin_province or row.destination_province,
        destination_province=row.destination_province or row.origin_province,
        notes=row.notes,
    )


def _report_the_rest(writing: Writing, opportunities: Sequence[Opportunity]) -> None:
    """Products and contacts, no rows of their own in the core; and what was not reached."""
    taken = writing.report.taken
    used = {row.service for row in opportunities if taken.get(row.place)}
    for product in writing.plan.of(Product).values():
        writing.report.take(product.place, *(["service"] if product.key in used else []))
    accounts = writing.plan.of(Account)
    for contact in writing.plan.of(Contact).values():
        if contact.place not in writing.report.refused:
            is_new = bool(taken.get(accounts[contact.account].place))
            writing.report.take(contact.place, *(["contact of a customer"] if is_new else []))
    for kind in (Offer, Job, Bill):
        for row in writing.plan.of(kind).values():
            if row.place not in taken:
                writing.report.refuse(row.place, "what it belongs to was refused")
