"""What the account says of branches in source mode, brought into the core through the services.

Which rows of one opportunity are touched is decided in `apply_sales` and `apply_work`; what the
account's words mean is in `mapping`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import tenant_session
from crm_core.enums import IntegrationMode
from crm_core.models import Integration
from crm_core.security.permissions import Subject
from transforms.sources.applying import FENCE, REFUSED, keep_fence, one_record
from transforms.sources.base import Applied
from transforms.sources.landing import accepted, fence_of, heads_since, is_remapped
from transforms.sources.smartmoving import apply_sales, apply_work
from transforms.sources.smartmoving.apply_sales import Case
from transforms.sources.smartmoving.branches import BranchUse, normalise_branch
from transforms.sources.smartmoving.bundles import STREAMS, Bundle, bundles
from transforms.sources.smartmoving.codes import OpportunityStatus
from transforms.sources.smartmoving.connector import parse
from transforms.sources.smartmoving.contract import Customer, Lead
from transforms.sources.smartmoving.ours import branches_of

_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Landed:
    """What is landed that the core has not been told yet; all of source branches."""

    bundles: list[Bundle]
    customers: Mapping[str, Customer]
    """By their id at the source."""
    leads: list[tuple[Lead, BranchUse]]
    """Open leads that are nobody's opportunity yet."""
    fence: int
    """What is landed after this was read has this transaction number or more."""


def apply_landed(subject: Subject, integration_id: UUID, at: datetime) -> Applied:
    """Apply what was landed since the last run, and again what the core refused in it.

    Each record has a transaction of its own: a refusal leaves it as it was, the rest goes on. A
    run that breaks off is repeated as a whole by the next: every step is idempotent.
    """
    with tenant_session(subject) as session:
        landed = read_landed(session, subject.client_id, integration_id)
    applied = Applied()
    for bundle in sorted(landed.bundles, key=_age):
        with one_record(applied, subject, bundle.opportunity.id) as (session, events):
            customer = landed.customers.get(bundle.opportunity.customer.id)
            apply_opportunity(Case(session, subject, bundle, at, customer, events))
    for row, branch in landed.leads:
        with one_record(applied, subject, row.id) as (session, events):
            events.update(apply_sales.keep_open_lead(session, subject, row, branch, at))
    keep_fence(subject, integration_id, landed.fence, applied)
    return applied


def apply_opportunity(case: Case) -> None:
    """Bring customer, lead, quote, journeys, invoices and payments up to the account.

    Raises `CrmError` when a service refuses; nothing of the opportunity may then be kept.
    """
    lead = apply_sales.keep_lead(case, apply_sales.keep_customer(case))
    status = case.bundle.opportunity.status
    if status in (OpportunityStatus.LOST, OpportunityStatus.BAD_LEAD):
        apply_sales.lose(case, lead)
    elif case.bundle.is_booked:
        quote = apply_sales.book(case, lead)
        if quote is not None:
            apply_work.keep_work(case, quote)
    elif status == OpportunityStatus.OPPORTUNITY:
        apply_sales.offer(case, lead)
    elif status == OpportunityStatus.LEAD_IN_PROGRESS:
        apply_sales.contact(case, lead)


def read_landed(session: Session, client_id: UUID, integration_id: UUID) -> Landed:
    """Everything about opportunities and leads of source branches that changed since last time."""
    cursor = session.get_one(Integration, (client_id, integration_id)).cursor
    since, fence = int(cursor.get(FENCE, 0)), fence_of(session)
    heads = _changed(session, integration_id, since)
    if heads is not None:
        heads |= set(cursor.get(REFUSED, ()))
    branches = {
        name: use
        for name, use in branches_of(session, client_id, integration_id).items()
        if use.mode is IntegrationMode.SOURCE
    }
    found = bundles(accepted(session, integration_id, STREAMS, heads), branches)
    people = {bundle.opportunity.customer.id for bundle in found}
    opportunities = heads_since(session, integration_id, ("opportunities",), 0)
    return Landed(
        bundles=found,
        customers={
            row.id: row
            for payload in accepted(session, integration_id, ("customers",), people)
            if isinstance(row := parse(payload, branches), Customer)
        },
        leads=[
            (row, branches[normalise_branch(row.branch_name)])
            for payload in accepted(session, integration_id, ("leads",), heads)
            if isinstance(row := parse(payload, branches), Lead) and row.id not in opportunities
        ],
        fence=fence,
    )


def _changed(session: Session, integration_id: UUID, since: int) -> set[str] | None:
    """Opportunities and leads with a change since a fence; None is all of them."""
    if is_remapped(session, integration_id, since):
        return None
    heads = heads_since(session, integration_id, (*STREAMS, "leads"), since)
    people: Collection[str] = heads_since(session, integration_id, ("customers",), since)
    for payload in accepted(session, integration_id, ("customers",), people):
        row = parse(payload, {})
        if isinstance(row, Customer):
            heads |= {opportunity.id for opportunity in row.opportunities}
    return heads


def _age(bundle: Bundle) -> tuple[datetime, str]:
    return bundle.created_at or _EARLIEST, bundle.opportunity.id
