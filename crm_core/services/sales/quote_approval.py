"""The internal release of an offer, apart from what the customer answers: asked, given, refused.

When a release is needed, and whose, is `sales.approval_rules`.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import ApprovalStatus, QuoteStatus
from crm_core.errors import InvalidInput
from crm_core.models import AuditEntry, Quote
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.sales import APPROVAL, ApprovalEvent
from crm_core.services.moves import move
from crm_core.services.sales import quote_content
from crm_core.services.sales.approval_rules import Reason, largest_share_off, share_off

WRITING = ("CREATE", "EDIT")
"""The acts by which a quote gets what it says."""


def approve(session: Session, subject: Subject, *, quote_id: UUID, at: datetime) -> Quote:
    """Let a quote out that needs it; not by who wrote it, more than 15 % off by head office."""
    quote = _decide(session, subject, quote_id, ApprovalEvent.APPROVE)
    lines = [
        quote_content.line_of(item) for item in quote_content.lines_of(session, subject, quote.id)
    ]
    largest = largest_share_off(subject.role)
    if largest is not None and share_off(lines, quote.discount_amount) > largest:
        reason = f"more than {largest:.0%} off is approved by head office"
        raise InvalidInput("discount_amount", reason.replace("%", " %"))
    with as_system(session):
        move(session, subject, APPROVAL, quote, ApprovalEvent.APPROVE, at)
        quote.approved_by_id, quote.approved_at = subject.user_id, at
        quote.rejection_reason = None
        session.flush()
    return quote


def refuse(
    session: Session, subject: Subject, *, quote_id: UUID, reason: str, at: datetime
) -> Quote:
    """Keep a quote in the house until its author has changed it; not by the author."""
    reason = checks.clean_text("reason", reason, 100)
    quote = _decide(session, subject, quote_id, ApprovalEvent.REJECT)
    with as_system(session):
        move(session, subject, APPROVAL, quote, ApprovalEvent.REJECT, at, reason=reason)
        quote.approved_by_id, quote.approved_at = subject.user_id, at
        quote.rejection_reason = reason
        session.flush()
    return quote


def after_edit(
    session: Session, subject: Subject, quote: Quote, reasons: Sequence[Reason], at: datetime
) -> None:
    """What an edit of a locked quote means for its release: an approved one is asked for anew."""
    status = ApprovalStatus(quote.approval_status)
    quote.approved_by_id = quote.approved_at = quote.rejection_reason = None
    if reasons or status is ApprovalStatus.APPROVED:
        event = ApprovalEvent.REQUEST
    elif status is ApprovalStatus.NOT_REQUIRED:
        return
    else:
        event = ApprovalEvent.WAIVE
    move(session, subject, APPROVAL, quote, event, at, reasons=reasons)


def _decide(session: Session, subject: Subject, quote_id: UUID, event: ApprovalEvent) -> Quote:
    """The locked quote, when the subject may decide on its release now."""
    require(subject, Resource.QUOTE, Action.APPROVE)
    quote = rows.act_on(session, subject, Quote, quote_id, Resource.QUOTE, Action.APPROVE)
    status = ApprovalStatus(quote.approval_status)
    if (status, event) not in APPROVAL.moves:
        raise TransitionRefused(APPROVAL.name, status, event)
    if quote.status != QuoteStatus.DRAFT:
        raise TransitionRefused(APPROVAL.name, status, event, f"the quote is {quote.status}")
    if subject.user_id is not None and _wrote(session, subject, quote):
        raise InvalidInput("approved_by", "the author of a quote cannot approve it")
    return quote


def _wrote(session: Session, subject: Subject, quote: Quote) -> bool:
    """Whether the subject owns the quote, or once wrote what it says."""
    if subject.user_id == quote.owner_id:
        return True
    written = select(AuditEntry.id).where(
        AuditEntry.client_id == subject.client_id,
        AuditEntry.resource == Resource.QUOTE.value,
        AuditEntry.resource_id == quote.id,
        AuditEntry.owner_id == subject.user_id,
        AuditEntry.action.in_(WRITING),
    )
    with as_system(session):
        return bool(session.scalar(select(written.exists())))
