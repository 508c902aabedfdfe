"""Journeys, invoices and payments of a booked opportunity, moved on to where its jobs stand.

A job re-dated at the source is planned anew: journeys that have not begun are called off as
re-dated, and the quote is converted again. Issued invoices never change.
"""

from sqlalchemy import select

from crm_core.enums import InvoiceStatus, JourneyStage, QuoteStatus
from crm_core.models import Invoice, Payment, Quote, TruckJourney
from crm_core.services import rows
from crm_core.services.finance import invoices, payments
from crm_core.services.operations import journeys
from transforms.sources.smartmoving import contract, mapping
from transforms.sources.smartmoving.apply_sales import SOURCE, Case
from transforms.sources.smartmoving.codes import OpportunityStatus

CANCELLED = "cancelled at the source"
REMOVED = "removed at the source"
REDATED = "re-dated at the source"

_NOT_BEGUN = frozenset({JourneyStage.SCHEDULED, JourneyStage.MORNING_PREP})


def keep_work(case: Case, quote: Quote) -> None:
    """Plan, re-plan, finish, bill, audit, cancel: whatever the account's status asks for."""
    if quote.status == QuoteStatus.ACCEPTED:
        _convert(case, quote)
    if case.bundle.opportunity.status == OpportunityStatus.CANCELLED:
        for called_off in _live(case, quote).values():
            _cancel(case, called_off, CANCELLED)
        return
    _replan(case, quote)
    if not case.bundle.is_done:
        return
    live = _live(case, quote)
    bills = []
    for job in case.bundle.opportunity.jobs:
        if journey := live.get(job.id):
            _finish(case, job, journey)
            if invoice := _bill(case, job, journey):
                bills.append((job.id, invoice))
            _audit(case, job, journey)
    _keep_payments(case, bills)


def _convert(case: Case, quote: Quote) -> None:
    """Plan every job with a known day; a quote without any is planned on its move date."""
    earlier = [_job_of(journey) for journey in _journeys(case, quote)]
    plans = []
    for job in case.bundle.opportunity.jobs:
        times = earlier.count(job.id)
        name = f"{job.id}/{times + 1}" if times else job.id
        if plan := mapping.plan_of(job, case.bundle, name):
            plans.append(plan)
    moment = case.since(quote.accepted_at)
    made = journeys.convert(
        case.session,
        case.subject,
        quote_id=quote.id,
        at=moment,
        plans=plans or None,
        imported=True,
    )
    case.events["journey created"] += len(made)


def _replan(case: Case, quote: Quote) -> None:
    """Follow jobs that were removed, added or re-dated, as long as no work has begun.

    Once a journey of the quote is under way, its record here stands; so does one called off.
    """
    live = _live(case, quote)
    row = case.bundle.opportunity
    days = {job.id: job.job_date or row.service_date for job in row.jobs}
    wanted = {job_id: day for job_id, day in days.items() if day is not None}
    if any(journey.status not in _NOT_BEGUN for journey in live.values()):
        return
    is_other = any(
        job_id not in live or live[job_id].service_on != day for job_id, day in wanted.items()
    )
    if wanted and live and is_other:
        for journey in live.values():
            _cancel(case, journey, REDATED, is_redated=True)
        _convert(case, quote)
        return
    for job_id, journey in live.items():
        if wanted and job_id not in wanted:
            _cancel(case, journey, REMOVED)


def _cancel(case: Case, journey: TruckJourney, reason: str, *, is_redated: bool = False) -> None:
    if JourneyStage(journey.status) in JourneyStage.done():
        return
    moment = case.at if not case.is_new else min(case.at, journey.planned_start_at)
    journeys.cancel(
        case.session,
        case.subject,
        journey_id=journey.id,
        reason=reason,
        at=moment,
        is_redated=is_redated,
    )
    case.events["journey re-dated" if is_redated else "journey cancelled"] += 1


def _finish(case: Case, job: contract.Job, journey: TruckJourney) -> None:
    """Let a journey depart, arrive and end when the account says its work took place."""
    if JourneyStage(journey.status) in JourneyStage.done():
        return
    planned = (journey.planned_start_at, journey.planned_end_at)
    work = mapping.work_of(job, case.bundle, planned)
    begun = journey.started_at or work.started_at
    session, subject = case.session, case.subject
    if JourneyStage(journey.status) in _NOT_BEGUN:
        journeys.depart(session, subject, journey_id=journey.id, at=begun)
    if journey.status == JourneyStage.EN_ROUTE:
        journeys.arrive(session, subject, journey_id=journey.id, at=begun)
    end = max(work.completed_at, begun)
    journeys.complete(session, subject, journey_id=journey.id, at=end)
    case.events["journey completed"] += 1


def _bill(case: Case, job: contract.Job, journey: TruckJourney) -> Invoice | None:
    """The invoice of a finished job, issued on the day the work ended."""
    name = journey.external_id or job.id
    stored = rows.find_imported(case.session, case.subject, Invoice, SOURCE, name)
    bill = mapping.bill_of(job)
    if stored is not None or bill is None or journey.completed_at is None:
        return stored
    moment = min(case.at, journey.completed_at)
    draft = invoices.draft_for_journey(
        case.session,
        case.subject,
        journey_id=journey.id,
        at=moment,
        bill=bill,
        imported=True,
        data_source=SOURCE,
        external_id=name,
    )
    case.events["invoice issued"] += 1
    return invoices.issue(case.session, case.subject, invoice_id=draft.id, at=moment)


def _audit(case: Case, job: contract.Job, journey: TruckJourney) -> None:
    is_closed = case.bundle.opportunity.status == OpportunityStatus.CLOSED
    if is_closed and journey.status == JourneyStage.COMPLETED:
        times = case.bundle.times.get(job.id)
        closed_at = times.closed_at_utc if times else None
        moment = min(case.at, closed_at or case.at)
        journeys.audit_journey(case.session, case.subject, journey_id=journey.id, at=moment)
        case.events["journey audited"] += 1


def _keep_payments(case: Case, bills: list[tuple[str, Invoice]]) -> None:
    """Money received and returned for the opportunity's invoices; deposits wait for the first."""
    ordered = sorted(case.bundle.payments.values(), key=lambda p: (p.is_refund, p.created_at_utc))
    for payment in ordered:
        if payment.is_refund:
            _refund(case, payment)
        elif not _portions(case, payment.id):
            own_first = sorted(bills, key=lambda bill: bill[0] != payment.job_id)
            _receive(case, payment, [invoice for _, invoice in own_first])


def _receive(case: Case, payment: contract.Payment, bills: list[Invoice]) -> None:
    """Book a payment on the job's own invoice first, what is left over on its siblings.

    What exceeds all of them stays unbooked here: the lake has the whole payment.
    """
    left = payment.amount
    for invoice in bills:
        share = min(left, invoice.balance_amount)
        if share <= 0 or invoice.status == InvoiceStatus.CANCELLED:
            continue
        payments.receive(
            case.session,
            case.subject,
            invoice_id=invoice.id,
            amount=share,
            method=mapping.method_of(payment),
            at=payment.created_at_utc,
            category=mapping.purpose_of(payment),
            imported=True,
            data_source=SOURCE,
            external_id=payment.id if left == payment.amount else f"{payment.id}/{invoice.id}",
        )
        case.events["payment received"] += 1
        left -= share


def _refund(case: Case, refund: contract.Payment) -> None:
    """Return money from what was booked of the payment it belongs to."""
    left = abs(refund.amount)
    for portion in _portions(case, refund.refunds_job_payment_id or ""):
        share = min(left, portion.payment_amount)
        key = f"{SOURCE.value}:{refund.id}:{portion.id}"
        if share > 0 and not _is_booked(case, key):
            payments.refund(
                case.session,
                case.subject,
                payment_id=portion.id,
                at=refund.created_at_utc,
                amount=share,
                idempotency_key=key,
            )
            case.events["payment refunded"] += 1
        left -= share


def _portions(case: Case, payment_id: str) -> list[Payment]:
    """What was booked of one payment of the account, in the order it was booked."""
    name = Payment.external_id
    query = select(Payment).where(
        Payment.client_id == case.subject.client_id,
        Payment.data_source == SOURCE.value,
        (name == payment_id) | name.startswith(f"{payment_id}/", autoescape=True),
    )
    return list(case.session.scalars(query.order_by(Payment.id)))


def _is_booked(case: Case, key: str) -> bool:
    query = select(Payment.id).where(
        Payment.client_id == case.subject.client_id, Payment.idempotency_key == key
    )
    return case.session.scalars(query).first() is not None


def _journeys(case: Case, quote: Quote) -> list[TruckJourney]:
    query = select(TruckJourney).where(
        TruckJourney.client_id == case.subject.client_id, TruckJourney.quote_id == quote.id
    )
    return list(case.session.scalars(query.order_by(TruckJourney.sequence)))


def _live(case: Case, quote: Quote) -> dict[str, TruckJourney]:
    """Journeys that were not called off, by the job they do."""
    return {
        _job_of(journey): journey
        for journey in _journeys(case, quote)
        if journey.status != JourneyStage.CANCELLED
    }


def _job_of(journey: TruckJourney) -> str:
    """The job's id; a job planned again carries a count behind it."""
    return (journey.external_id or str(journey.id)).split("/")[0]
