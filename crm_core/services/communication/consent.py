"""Whether a customer may be written to, and by which address: consent, and addresses that are dead.

Messages themselves are `communication.communications`.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.enums import CommunicationType
from crm_core.errors import CrmError, InvalidInput
from crm_core.models import Customer
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import rows

UNDELIVERABLE = "undeliverable"
"""Key in a customer's preferences: the addresses that came back for good."""
ADDRESS = {CommunicationType.EMAIL: "email", CommunicationType.SMS: "phone"}
OPT_OUT = {
    CommunicationType.EMAIL: "is_email_opted_out",
    CommunicationType.SMS: "is_sms_opted_out",
}


class RecipientUnreachable(CrmError):
    """No channel asked for leads to the customer: no address, or no consent."""


def why_not(customer: Customer, channel: CommunicationType) -> str | None:
    """Why a customer may not or cannot be written to in this way; None when nothing is against."""
    if channel not in ADDRESS:
        return f"{channel} is not sent from here"
    if customer.erased_at is not None or not customer.is_active:
        return "the customer is no longer served"
    if getattr(customer, OPT_OUT[channel]):
        return f"opted out of {channel}"
    address = getattr(customer, ADDRESS[channel])
    if not address:
        return f"no {ADDRESS[channel]} is known"
    if address in customer.preferences.get(UNDELIVERABLE, ()):
        return f"the {ADDRESS[channel]} came back as undeliverable"
    return None


def open_channel(customer: Customer, channels: Sequence[CommunicationType]) -> CommunicationType:
    """The first channel that leads to the customer; raises `RecipientUnreachable`."""
    reasons = []
    for channel in channels:
        reason = why_not(customer, channel)
        if reason is None:
            return channel
        reasons.append(reason)
    raise RecipientUnreachable(f"customer {customer.id}: {'; '.join(reasons)}")


def opt_out(
    session: Session,
    subject: Subject,
    *,
    customer_id: UUID,
    channel: CommunicationType,
    at: datetime,
) -> None:
    """The customer wants no more of this channel; drafts that wait fail when their turn comes."""
    require(subject, Resource.CUSTOMER, Action.UPDATE)
    if channel not in OPT_OUT:
        raise InvalidInput("channel", f"{channel} has no opt-out; EMAIL and SMS have")
    withdraw(session, subject, customer_id, channel, at)


def withdraw(
    session: Session, subject: Subject, customer_id: UUID, channel: CommunicationType, at: datetime
) -> None:
    """As `opt_out`, for an effect of what somebody else said."""
    customer = rows.get(session, subject, Customer, customer_id)
    if channel in OPT_OUT and not getattr(customer, OPT_OUT[channel]):
        setattr(customer, OPT_OUT[channel], True)
        _note_customer(session, subject, customer, at, [OPT_OUT[channel]])
    session.flush()


def give_up_address(
    session: Session, subject: Subject, customer_id: UUID, address: str, at: datetime
) -> None:
    """An address came back for good: nothing is sent there until the customer has another."""
    customer = rows.get(session, subject, Customer, customer_id)
    known: list[str] = customer.preferences.get(UNDELIVERABLE, [])
    if customer.erased_at is None and address not in known:
        customer.preferences = customer.preferences | {UNDELIVERABLE: [*known, address]}
        _note_customer(session, subject, customer, at, ["preferences"])
    session.flush()


def _note_customer(
    session: Session, subject: Subject, customer: Customer, at: datetime, fields: list[str]
) -> None:
    audit.record(
        session, subject, "UPDATE", Resource.CUSTOMER, customer.id, at, customer.location_id,
        details={"fields": fields},
    )  # fmt: skip
