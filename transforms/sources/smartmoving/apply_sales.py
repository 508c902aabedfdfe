"""Customer, lead and quote of one opportunity: found or made, and moved on to where they stand.

Each step looks at the row's present status first, so that a second run finds nothing to do. The
account notes few instants: a change first seen now is dated now; what had happened before we met
the opportunity is dated by its creation, its booking or its day of work.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.enums import (
    ApprovalStatus,
    DataSource,
    LeadPriority,
    LeadStatus,
    QuoteStatus,
    UserRole,
)
from crm_core.errors import CrmError
from crm_core.models import Customer, Lead, Quote
from crm_core.security.permissions import Subject
from crm_core.services import rows
from crm_core.services.sales import customers, leads, quote_approval, quotes
from crm_core.services.sales.leads import LeadData
from crm_core.services.sales.quotes import Offer
from transforms.sources.smartmoving import contract, mapping
from transforms.sources.smartmoving.branches import BranchUse
from transforms.sources.smartmoving.bundles import Bundle
from transforms.sources.smartmoving.codes import OpportunityStatus

SOURCE = DataSource.SMARTMOVING
LOST = "lost at the source"
BAD = "bad lead"

Events = Counter[str]


class OpportunityUnpriced(CrmError):
    """Booked in the account, but without a charge that a quote could be made of."""


class OpportunityWonHere(CrmError):
    """Lost in the account, but already won here: somebody has to look."""


@dataclass(slots=True)
class Case:
    """One opportunity on its way into the core, in one transaction."""

    session: Session
    subject: Subject
    bundle: Bundle
    at: datetime
    """The instant of the run."""
    customer: contract.Customer | None
    events: Events
    """What was done, by name."""
    is_new: bool = False
    """Whether the core meets the opportunity in this run."""

    @property
    def id(self) -> str:
        return self.bundle.opportunity.id

    def since(self, earliest: datetime | None = None) -> datetime:
        """The instant of something nobody noted one for; not before `earliest`, nor after now."""
        moment = (self.bundle.created_at or self.at) if self.is_new else self.at
        return min(self.at, max(moment, earliest or moment))


def keep_customer(case: Case) -> Customer:
    """The customer, up to date; one that a lead brought before is the same person."""
    key = case.bundle.opportunity.customer.id
    stored = _find_customer(case, key) or _find_customer(case, _lead_customer(case.id))
    if case.customer is None and stored is not None:
        return stored
    row = case.customer or contract.Customer.model_validate(
        {"id": key, "name": case.bundle.opportunity.customer.name}
    )
    data = mapping.customer_of(row)
    if stored is None:
        case.events["customer created"] += 1
        return customers.create(
            case.session,
            case.subject,
            data=data,
            location_id=case.bundle.branch.location_id,
            at=min(case.bundle.created_at or case.at, case.at),
            imported=True,
            data_source=SOURCE,
            external_id=key,
        )
    data = replace(data, language=stored.language)
    if customers.update(case.session, case.subject, customer_id=stored.id, data=data, at=case.at):
        case.events["customer updated"] += 1
    return stored


def keep_lead(case: Case, customer: Customer) -> Lead:
    """The lead, up to date; its status is moved on by the other steps."""
    stored = rows.find_imported(case.session, case.subject, Lead, SOURCE, case.id)
    data = mapping.lead_of(case.bundle)
    if stored is not None:
        if _update_lead(case.session, case.subject, stored, data, case.at):
            case.events["lead updated"] += 1
        return stored
    case.is_new = True
    case.events["lead created"] += 1
    return leads.create(
        case.session,
        case.subject,
        customer_id=customer.id,
        data=data,
        at=case.since(),
        location_id=case.bundle.branch.location_id,
        imported=True,
        data_source=SOURCE,
        external_id=case.id,
    )


def contact(case: Case, lead: Lead) -> None:
    """Somebody works on the lead."""
    if lead.status == LeadStatus.NEW:
        moment = case.since(lead.received_at)
        leads.contact(case.session, case.subject, lead_id=lead.id, at=moment)
        case.events["lead contacted"] += 1


def offer(case: Case, lead: Lead) -> Quote | None:
    """The newest quote, sent, at the account's prices; None when nothing is priced yet."""
    wanted = mapping.offer_of(case.bundle)
    quote = _newest_quote(case)
    if quote is None and wanted is None:
        contact(case, lead)
        return None
    _reopen(case, lead)
    if quote is None and wanted is not None:
        quote = quotes.draft(
            case.session,
            case.subject,
            lead_id=lead.id,
            offer=wanted,
            at=case.since(lead.received_at),
            imported=True,
            data_source=SOURCE,
            external_id=case.id,
        )
        case.events["quote created"] += 1
    elif quote is not None and wanted is not None and _is_stale(quote, wanted):
        quote = quotes.revise(
            case.session, case.subject, quote_id=quote.id, offer=wanted, at=case.at
        )
        case.events["quote revised"] += 1
    if quote is not None and quote.status == QuoteStatus.DRAFT:
        _send(case, lead, quote)
    return quote


def book(case: Case, lead: Lead) -> Quote | None:
    """The quote that the customer accepted; None for a lead that is archived."""
    if lead.status == LeadStatus.ARCHIVED:
        return None
    if lead.status == LeadStatus.WON:
        return _newest_quote(case, QuoteStatus.won())
    quote = offer(case, lead)
    if quote is None:
        raise OpportunityUnpriced("booked at the source without a charge: price it there")
    moment = case.since(quote.sent_at)
    if case.bundle.booked_at:
        moment = min(case.at, max(case.bundle.booked_at, quote.sent_at or case.bundle.booked_at))
    quotes.accept(case.session, case.subject, quote_id=quote.id, at=moment, imported=True)
    case.events["quote accepted"] += 1
    return quote


def lose(case: Case, lead: Lead) -> None:
    """The lead is lost: an open quote is rejected, or expired when its day of work is over."""
    if lead.status in (LeadStatus.LOST, LeadStatus.ARCHIVED):
        return
    if lead.status == LeadStatus.WON:
        raise OpportunityWonHere("lost at the source, but won here: cancel its journeys by hand")
    is_bad = case.bundle.opportunity.status == OpportunityStatus.BAD_LEAD
    reason = BAD if is_bad else LOST
    quote = _newest_quote(case)
    if quote is None and not is_bad:
        quote = offer(case, lead)
    moment = _lost_at(case, quote)
    branch, day = case.bundle.branch, case.bundle.opportunity.service_date
    is_over = day is not None and day < clock.local_date(moment, branch.timezone)
    if quote is not None and not is_over and quote.status in (QuoteStatus.SENT, QuoteStatus.VIEWED):
        quotes.reject(case.session, case.subject, quote_id=quote.id, reason=reason, at=moment)
    leads.lose(case.session, case.subject, lead_id=lead.id, reason=reason, at=moment)
    case.events["lead lost"] += 1


def keep_open_lead(
    session: Session, subject: Subject, row: contract.Lead, branch: BranchUse, at: datetime
) -> Events:
    """A row of the list of leads: nobody's opportunity yet, and without a customer of its own."""
    events: Events = Counter()
    stored = rows.find_imported(session, subject, Lead, SOURCE, row.id)
    data = mapping.lead_of_lead(row, branch)
    received_at = min(row.created_at_utc, at)
    is_new = stored is None
    if stored is None:
        customer = customers.create(
            session,
            subject,
            data=mapping.customer_of_lead(row),
            location_id=branch.location_id,
            at=received_at,
            imported=True,
            data_source=SOURCE,
            external_id=_lead_customer(row.id),
        )
        stored = leads.create(
            session,
            subject,
            customer_id=customer.id,
            data=data,
            at=received_at,
            imported=True,
            data_source=SOURCE,
            external_id=row.id,
        )
        events.update(("customer created", "lead created"))
    elif _update_lead(session, subject, stored, data, at):
        events["lead updated"] += 1
    if row.sales_person and stored.status == LeadStatus.NEW:
        moment = received_at if is_new else at
        leads.contact(session, subject, lead_id=stored.id, at=moment)
        events["lead contacted"] += 1
    return events


def _lead_customer(lead_id: str) -> str:
    """The name of a customer that only a lead knows of."""
    return f"lead:{lead_id}"


def _find_customer(case: Case, key: str) -> Customer | None:
    return rows.find_imported(case.session, case.subject, Customer, SOURCE, key)


def _update_lead(
    session: Session, subject: Subject, lead: Lead, data: LeadData, at: datetime
) -> bool:
    """Priority and notes are ours: the account has none."""
    data = replace(data, notes=lead.notes, priority=LeadPriority(lead.priority))
    return leads.update(session, subject, lead_id=lead.id, data=data, at=at)


def _newest_quote(case: Case, among: frozenset[QuoteStatus] | None = None) -> Quote | None:
    """The newest version of the opportunity's quote."""
    first = rows.find_imported(case.session, case.subject, Quote, SOURCE, case.id)
    if first is None:
        return None
    query = select(Quote).where(
        Quote.client_id == case.subject.client_id, Quote.family_id == first.family_id
    )
    if among is not None:
        query = query.where(Quote.status.in_([status.value for status in among]))
    return case.session.scalars(query.order_by(Quote.version.desc())).first()


def _is_stale(quote: Quote, wanted: Offer) -> bool:
    """Whether an undecided quote says something else, or a decided one must be made anew."""
    if quote.status in (QuoteStatus.REJECTED, QuoteStatus.EXPIRED):
        return True
    net = sum((line.gross_amount for line in wanted.lines), -wanted.discount_amount)
    said = (quote.subtotal_amount - quote.discount_amount, quote.move_on)
    return said != (net, wanted.move_on or quote.move_on)


def _reopen(case: Case, lead: Lead) -> None:
    """Lost here, alive there: it stays the same lead. Assigning is a manager's right."""
    if lead.status == LeadStatus.LOST:
        manager = replace(case.subject, role=UserRole.MANAGER)
        leads.reopen(case.session, manager, lead_id=lead.id, at=case.at)
        case.events["lead reopened"] += 1


def _send(case: Case, lead: Lead, quote: Quote) -> None:
    if quote.approval_status == ApprovalStatus.PENDING:
        # The discount was granted at the source; there is nobody left to ask.
        quote_approval.approve(case.session, case.subject, quote_id=quote.id, at=case.at)
    moment = case.since(lead.received_at)
    quotes.send(case.session, case.subject, quote_id=quote.id, at=moment, imported=True)
    case.events["quote sent"] += 1


def _lost_at(case: Case, quote: Quote | None) -> datetime:
    """Now, when we saw it happen; else the day of work at the latest."""
    day = case.bundle.opportunity.service_date
    if not case.is_new or day is None:
        return case.at
    moment = min(case.at, mapping.start_of_day(day, case.bundle.branch))
    return max(moment, quote.sent_at) if quote and quote.sent_at else case.since(moment)
