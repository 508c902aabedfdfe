"""Quotes, jobs and invoices of one opportunity, each moved on to where the export has it.

The opportunity itself, and accounts, are in `write`.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from crm_core import clock
from crm_core.enums import InvoiceStatus, ItemCategory, JourneyStage, LeadStatus, QuoteStatus
from crm_core.importing.found import Site
from crm_core.importing.records import Bill, Job, JobStatus, Offer, OfferStatus, Opportunity
from crm_core.importing.sources import SOURCE, Stored
from crm_core.importing.writing import Writing
from crm_core.models import Invoice, Lead, Payment, Quote, TruckJourney
from crm_core.services.finance import invoices, payments
from crm_core.services.finance.pricing import ZERO, Line
from crm_core.services.operations import journeys
from crm_core.services.operations.journey_plan import DEFAULT_MINUTES, FIRST_HOUR, JourneyPlan
from crm_core.services.sales import quotes
from crm_core.services.sales.quotes import Offer as Offered

_DECIDED = (QuoteStatus.ACCEPTED, QuoteStatus.REJECTED, QuoteStatus.EXPIRED, QuoteStatus.CONVERTED)


def keep_work(writing: Writing, row: Opportunity) -> None:
    """The quotes of an opportunity, and what hangs on them."""
    lead = writing.known[Lead][writing.name(row)]
    for offer in writing.offers.get(row.key, []):
        _keep_offer(writing, row, offer, lead)
        jobs = writing.jobs.get(offer.key, [])
        if jobs:
            _keep_jobs(writing, row, offer, jobs)


def _keep_offer(writing: Writing, row: Opportunity, offer: Offer, lead: Stored) -> None:
    name, known = writing.name(offer), writing.known[Quote]
    site = writing.site_of(row)
    session, subject = writing.session, writing.subject
    assert row.created_on is not None
    made_at = writing.instant(offer.created_on, site, writing.instant(row.created_on, site))
    with writing.row(offer.place) as acts:
        stored = known.get(name)
        if stored is None:
            made = quotes.draft(
                session, subject, lead_id=lead.id, offer=_offer_of(offer, row), at=made_at,
                imported=True, data_source=SOURCE, external_id=name,
            )  # fmt: skip
            stored = Stored(made.id, made.status)
            acts.append("quote created")
        status = _move(writing, offer, stored, site, made_at, acts)
        known[name] = Stored(stored.id, status)
        if status == QuoteStatus.ACCEPTED:
            lead.status = LeadStatus.WON.value


def _move(
    writing: Writing, offer: Offer, stored: Stored, site: Site, made_at: datetime, acts: list[str]
) -> str:
    """Send and decide a quote as the export has it; the status it has then."""
    session, subject, quote_id = writing.session, writing.subject, stored.id
    status = stored.status or QuoteStatus.DRAFT.value
    if offer.status is OfferStatus.DRAFT or status in _DECIDED:
        return status
    if status == QuoteStatus.DRAFT:
        quotes.send(session, subject, quote_id=quote_id, at=made_at, imported=True)
        acts.append("quote sent")
        status = QuoteStatus.SENT.value
    if offer.status is OfferStatus.SENT or offer.decided_on is None:
        return status
    moment = writing.instant(offer.decided_on, site, made_at)
    if offer.status is OfferStatus.ACCEPTED:
        quotes.accept(session, subject, quote_id=quote_id, at=moment, imported=True)
    elif offer.status is OfferStatus.REJECTED:
        reason = offer.reason or "not recorded"
        quotes.reject(session, subject, quote_id=quote_id, reason=reason, at=moment)
    else:
        quotes.expire(session, subject, quote_id=quote_id, at=moment, imported=True)
    acts.append(f"quote {offer.status.lower()}")
    return offer.status.value


def _offer_of(offer: Offer, row: Opportunity) -> Offered:
    made = offered(offer.service or row.service, offer.amount, row)
    return Offered(
        lines=made.lines,
        service_type=made.service_type,
        move_on=offer.move_on or row.move_on,
        valid_until_on=offer.valid_until_on,
    )


def offered(service: str, amount: Decimal, row: Opportunity) -> Offered:
    """One line at the price of the whole: the export knows no more."""
    return Offered(lines=[_line(service, amount)], service_type=service, move_on=row.move_on)


def _line(service: str, amount: Decimal) -> Line:
    return Line(ItemCategory.MOVING_SERVICES, service, Decimal(1), amount)


def _keep_jobs(writing: Writing, row: Opportunity, offer: Offer, jobs: list[Job]) -> None:
    """Journeys are planned for all jobs of a quote at once, then each goes its way."""
    known = writing.known[TruckJourney]
    quote = writing.known[Quote].get(writing.name(offer))
    fresh = [job for job in jobs if writing.name(job) not in known]
    if quote is None or quote.status not in (QuoteStatus.ACCEPTED, QuoteStatus.CONVERTED):
        for job in jobs:
            writing.report.refuse(job.place, f"quote: {offer.key!r} was refused or not accepted")
        return
    if fresh:
        _plan_jobs(writing, row, offer, quote, fresh)
    for job in jobs:
        stored = known.get(writing.name(job))
        if stored is not None:
            _keep_job(writing, row, job, stored)


def _plan_jobs(
    writing: Writing, row: Opportunity, offer: Offer, quote: Stored, jobs: list[Job]
) -> None:
    assert offer.decided_on is not None
    site = writing.site_of(row)
    moment = writing.instant(offer.decided_on, site)
    with writing.row(jobs[0].place) as acts:
        made = journeys.convert(
            writing.session, writing.subject, quote_id=quote.id, at=moment,
            plans=[_plan_of(writing, job, site) for job in jobs], imported=True,
        )  # fmt: skip
        acts.append("journey planned")
    reason = writing.report.refused.get(jobs[0].place)
    for job in jobs[1:]:
        if reason is not None:
            writing.report.refuse(job.place, reason)
        else:
            writing.report.take(job.place, "journey planned")
    if reason is None:
        quote.status = QuoteStatus.CONVERTED.value
        for job, journey in zip(jobs, made, strict=True):
            writing.known[TruckJourney][writing.name(job)] = Stored(journey.id, journey.status)


def _plan_of(writing: Writing, job: Job, site: Site) -> JourneyPlan:
    start, end = _hours(job, site)
    return JourneyPlan(
        planned_start_at=start,
        planned_end_at=end,
        crew_size=job.crew_size,
        truck_count=job.truck_count,
        external_id=writing.name(job),
    )


def _hours(job: Job, site: Site) -> tuple[datetime, datetime]:
    """From eight o'clock, for as long as it took or is to take."""
    start = clock.instant_of(datetime.combine(job.service_on, FIRST_HOUR), site.timezone)
    return start, start + timedelta(minutes=job.minutes or DEFAULT_MINUTES)


def _keep_job(writing: Writing, row: Opportunity, job: Job, stored: Stored) -> None:
    session, subject, site = writing.session, writing.subject, writing.site_of(row)
    is_over = stored.status in (*JourneyStage.done(), JourneyStage.CANCELLED)
    with writing.row(job.place) as acts:
        if is_over or job.status is JobStatus.PLANNED:
            pass
        elif job.status is JobStatus.DONE:
            start, end = _hours(job, site)
            journeys.depart(session, subject, journey_id=stored.id, at=start)
            journeys.arrive(session, subject, journey_id=stored.id, at=start)
            journeys.complete(session, subject, journey_id=stored.id, at=min(end, writing.at))
            acts.append("journey completed")
        elif job.cancelled_on is not None:
            moment = writing.instant(job.cancelled_on, site)
            reason = job.reason or "not recorded"
            journeys.cancel(session, subject, journey_id=stored.id, reason=reason, at=moment)
            acts.append("journey cancelled")
    if acts and job.place not in writing.report.refused:
        is_done = job.status is JobStatus.DONE
        stored.status = (JourneyStage.COMPLETED if is_done else JourneyStage.CANCELLED).value
    bill = writing.bills.get(job.key)
    if bill is not None:
        _keep_bill(writing, row, bill, stored.id, site)


def _keep_bill(
    writing: Writing, row: Opportunity, bill: Bill, journey_id: UUID, site: Site
) -> None:
    """The invoice of a job, issued, and what was paid of it."""
    session, subject, name = writing.session, writing.subject, writing.name(bill)
    with writing.row(bill.place) as acts:
        stored = writing.known[Invoice].get(name)
        if stored is None:
            moment = writing.instant(bill.issued_on, site)
            billed = invoices.Bill([_line(row.service, bill.amount)], ZERO)
            draft = invoices.draft_for_journey(
                session, subject, journey_id=journey_id, at=moment, bill=billed,
                imported=True, data_source=SOURCE, external_id=name,
            )  # fmt: skip
            invoices.issue(session, subject, invoice_id=draft.id, at=moment)
            stored = Stored(draft.id, InvoiceStatus.SENT.value)
            acts.append("invoice issued")
        if bill.paid_amount and bill.paid_on and name not in writing.known[Payment]:
            payments.receive(
                session, subject, invoice_id=stored.id, amount=bill.paid_amount,
                method=bill.method, at=writing.instant(bill.paid_on, site),
                imported=True, data_source=SOURCE, external_id=name,
            )  # fmt: skip
            acts.append("payment received")
