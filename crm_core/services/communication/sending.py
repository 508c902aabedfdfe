"""One message on its way: claimed for a try, sent or failed, and what its provider says after.

Drafting is `communication.communications`; handing over is `communication.message_delivery`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.enums import CommunicationStatus, CommunicationType
from crm_core.errors import InvalidInput
from crm_core.models import Communication, Customer
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.communication import consent
from crm_core.services.communication.communication_rules import may_go_at, next_try_at
from crm_core.services.communication.communications import SAFETY_TAG, count_contact, note
from crm_core.services.machines.communication import COMMUNICATION, CommunicationEvent
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.moves import move

_E = CommunicationEvent


class Receipt(StrEnum):
    """What a provider says about a message it took."""

    DELIVERED = "DELIVERED"
    READ = "READ"
    CLICKED = "CLICKED"
    BOUNCED = "BOUNCED"
    """Came back for good."""
    COMPLAINED = "COMPLAINED"
    """The recipient called it unwanted."""


_STEPS = {
    Receipt.DELIVERED: (_E.DELIVER,),
    Receipt.READ: (_E.DELIVER, _E.READ),
    Receipt.CLICKED: (_E.DELIVER, _E.READ),
    Receipt.BOUNCED: (_E.FAIL,),
    Receipt.COMPLAINED: (_E.DELIVER,),
}


def claim(
    session: Session, subject: Subject, *, communication_id: UUID, at: datetime
) -> Communication | None:
    """Take a due draft for one try; None when it is not due, or may not go now or at all.

    Commit before handing it over: from here on a crash leaves it parked, not sent twice.
    """
    require(subject, Resource.COMMUNICATION, Action.UPDATE)
    row = rows.get(session, subject, Communication, communication_id)
    waits_until = row.next_attempt_at
    if row.status != CommunicationStatus.DRAFT or waits_until is None or waits_until > at:
        return None
    reason = _objection(session, subject, row)
    if reason is not None:
        _fail(session, subject, row, reason, at)
        return None
    goes_at = may_go_at(
        at, rows.zone_of(session, subject, row.location_id), is_safety=SAFETY_TAG in row.tags
    )
    if goes_at > at:
        row.next_attempt_at = goes_at
    else:
        row.attempt_count, row.next_attempt_at = row.attempt_count + 1, None
    note(session, subject, "POSTPONE" if goes_at > at else "TRY", row, at)
    session.flush()
    return None if goes_at > at else row


def sent(
    session: Session,
    subject: Subject,
    *,
    communication_id: UUID,
    at: datetime,
    provider_message_id: str | None = None,
) -> Communication:
    """The carrier took a claimed message; a person's message to a lead counts as contact."""
    require(subject, Resource.COMMUNICATION, Action.UPDATE)
    row = _claimed(session, subject, communication_id, _E.SEND)
    local_at = rows.local_at(session, subject, row.location_id, at)
    _move(session, subject, row, _E.SEND, at)
    row.sent_at, row.sent_on, row.sent_local_at = at, local_at.date(), local_at
    row.provider_message_id = checks.optional_text("provider_message_id", provider_message_id, 200)
    session.flush()
    count_contact(session, subject, row, at)
    return row


def try_failed(
    session: Session,
    subject: Subject,
    *,
    communication_id: UUID,
    reason: str,
    at: datetime,
    is_permanent: bool = False,
    is_hard_bounce: bool = False,
) -> Communication:
    """The carrier did not take a claimed message: tried again after 1, 5 and 30 minutes.

    What fails for good is FAILED at once; a hard bounce flags the address.
    """
    require(subject, Resource.COMMUNICATION, Action.UPDATE)
    row = _claimed(session, subject, communication_id, _E.FAIL)
    again_at = next_try_at(row.attempt_count, at)
    if is_permanent or is_hard_bounce or again_at is None:
        _fail(session, subject, row, checks.clean_text("reason", reason, 500), at)
    else:
        row.next_attempt_at = again_at
        note(session, subject, "RETRY", row, at)
    if is_hard_bounce and row.customer_id is not None:
        consent.give_up_address(session, subject, row.customer_id, row.recipient, at)
    session.flush()
    return row


def receive_receipt(
    session: Session, subject: Subject, *, provider_message_id: str, receipt: Receipt, at: datetime
) -> Communication:
    """What a provider says, matched by its own id; what is known already changes nothing.

    Receipts come late, twice and in any order: the status only moves on. Raises `InvalidInput`
    for an id that no message has.
    """
    require(subject, Resource.COMMUNICATION, Action.UPDATE)
    row = session.scalars(
        select(Communication)
        .where(
            Communication.client_id == subject.client_id,
            Communication.provider_message_id == provider_message_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise InvalidInput("provider_message_id", "no message has it")
    # A provider's clock may be behind ours, and its receipts come in any order.
    moment = max(at, row.sent_at or at, row.delivered_at or at)
    for event in _STEPS[receipt]:
        if (COMMUNICATION.state_of(row), event) not in COMMUNICATION.moves:
            continue
        if event is _E.FAIL:
            _fail(session, subject, row, "came back as undeliverable", moment)
            continue
        _move(session, subject, row, event, moment)
        if event is _E.DELIVER:
            row.delivered_at = moment
        else:
            row.read_at = moment
        session.flush()  # each step is written by itself: the history knows both
    if receipt is Receipt.CLICKED and row.clicked_at is None:
        row.clicked_at = moment
    if receipt is Receipt.BOUNCED and row.customer_id is not None:
        consent.give_up_address(session, subject, row.customer_id, row.recipient, moment)
    if receipt is Receipt.COMPLAINED and row.customer_id is not None:
        consent.withdraw(session, subject, row.customer_id, CommunicationType(row.type), moment)
    session.flush()
    return row


def _claimed(
    session: Session, subject: Subject, communication_id: UUID, event: CommunicationEvent
) -> Communication:
    row = rows.get(session, subject, Communication, communication_id)
    if row.status == CommunicationStatus.DRAFT and (
        row.attempt_count == 0 or row.next_attempt_at is not None
    ):
        _refuse(row, event, "nobody claimed it for sending")
    if row.status != CommunicationStatus.DRAFT:
        _refuse(row, event, f"not allowed while {row.status}")
    return row


def _objection(session: Session, subject: Subject, row: Communication) -> str | None:
    """Consent and address as they are now, not as they were when the message was drafted."""
    if row.customer_id is None:
        return None
    customer = rows.get(session, subject, Customer, row.customer_id, lock=False)
    return consent.why_not(customer, CommunicationType(row.type))


def _fail(
    session: Session, subject: Subject, row: Communication, reason: str, at: datetime
) -> None:
    _move(session, subject, row, _E.FAIL, at, reason=reason)
    row.failed_at, row.failure_reason, row.next_attempt_at = at, reason, None
    session.flush()


def _refuse(row: Communication, event: CommunicationEvent, reason: str) -> NoReturn:
    raise TransitionRefused(COMMUNICATION.name, CommunicationStatus(row.status), event, reason)


def _move(
    session: Session,
    subject: Subject,
    row: Communication,
    event: CommunicationEvent,
    at: datetime,
    **details: Any,
) -> None:
    move(session, subject, COMMUNICATION, row, event, at, **details)
