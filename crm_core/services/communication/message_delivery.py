"""The edge that hands messages over: claim and commit, carry, report the outcome.

What becomes of a message is `communication.sending`; a carrier knows one provider.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import httpx

from crm_core.database import tenant_session
from crm_core.enums import CommunicationType
from crm_core.errors import CrmError
from crm_core.security.permissions import Subject
from crm_core.services.communication import communications, sending


class CarrierBusy(CrmError):
    """The carrier did not take it now; nothing was sent."""


class CarrierRefused(CrmError):
    """The carrier will never take it; `is_hard_bounce` blames the address."""

    def __init__(self, reason: str, *, is_hard_bounce: bool = False) -> None:
        super().__init__(reason)
        self.is_hard_bounce = is_hard_bounce


class CarrierSilent(CrmError):
    """The carrier may or may not have taken it: the message is parked for a person."""


@dataclass(frozen=True)
class Outgoing:
    """What a carrier is given."""

    id: UUID
    type: CommunicationType
    recipient: str
    subject: str | None
    content: str


class Carrier(Protocol):
    """A way to the outside: gives the provider's id of the message, or raises one of the above."""

    def carry(self, message: Outgoing) -> str | None: ...


@dataclass(frozen=True)
class Handed:
    """How many messages of a round went which way."""

    sent: int = 0
    failed: int = 0
    parked: int = 0


def send_due(
    subject: Subject,
    carriers: Mapping[CommunicationType, Carrier],
    now: Callable[[], datetime],
    limit: int = 100,
) -> Handed:
    """Hand over what is due, as the platform, each message between two short transactions."""
    with tenant_session(subject) as session:
        waiting = communications.due(session, subject, as_of=now(), limit=limit)
    counts = {"sent": 0, "failed": 0, "parked": 0}
    for communication_id in waiting:
        with tenant_session(subject) as session:
            row = sending.claim(session, subject, communication_id=communication_id, at=now())
        if row is not None:
            message = Outgoing(
                row.id, CommunicationType(row.type), row.recipient, row.subject, row.content
            )
            counts[_hand_over(subject, carriers, message, now)] += 1
    return Handed(**counts)


def _hand_over(
    subject: Subject,
    carriers: Mapping[CommunicationType, Carrier],
    message: Outgoing,
    now: Callable[[], datetime],
) -> str:
    try:
        if message.type not in carriers:
            raise CarrierBusy(f"no carrier for {message.type} is set up")
        provider_id = carriers[message.type].carry(message)
    except CarrierSilent:
        return "parked"
    except (CarrierBusy, CarrierRefused) as error:
        with tenant_session(subject) as session:
            sending.try_failed(
                session,
                subject,
                communication_id=message.id,
                reason=error.line,
                at=now(),
                is_permanent=isinstance(error, CarrierRefused),
                is_hard_bounce=isinstance(error, CarrierRefused) and error.is_hard_bounce,
            )
        return "failed"
    with tenant_session(subject) as session:
        sending.sent(
            session,
            subject,
            communication_id=message.id,
            at=now(),
            provider_message_id=provider_id,
        )
    return "sent"


@dataclass(frozen=True)
class HttpCarrier:
    """A provider that takes a message as one JSON POST and answers with its id.

    422 means that the address is no good; other 4xx that the message is not; 429 and 5xx, later.
    """

    client: httpx.Client
    url: str

    def carry(self, message: Outgoing) -> str | None:
        body = {
            "to": message.recipient,
            "channel": message.type.value,
            "subject": message.subject,
            "text": message.content,
        }
        headers = {"Idempotency-Key": str(message.id)}
        try:
            answer = self.client.post(self.url, json=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise CarrierBusy("the carrier cannot be reached") from error
        except httpx.HTTPError as error:
            raise CarrierSilent("the carrier took the message and did not answer") from error
        if answer.status_code == 429 or answer.status_code >= 500:
            raise CarrierBusy(f"the carrier answered {answer.status_code}")
        if not answer.is_success:
            is_address = answer.status_code == 422
            what = "address" if is_address else "message"
            raise CarrierRefused(
                f"the carrier refused the {what}: {answer.status_code}", is_hard_bounce=is_address
            )
        return _provider_id(answer)


def _provider_id(answer: httpx.Response) -> str | None:
    """The id in the answer; a carrier that gives none is taken at its word."""
    try:
        said = answer.json()
    except ValueError:
        return None
    found = said.get("id") if isinstance(said, dict) else None
    return found if isinstance(found, str) else None
