"""The process of `crm up` that brings out what happened: webhooks, messages, notifications.

What is owed to whom is decided by the services of the core; letters leave as reports do.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from crm_core import clock
from crm_core.config import settings
from crm_core.database import tenant_session
from crm_core.enums import CommunicationType
from crm_core.security.permissions import Subject
from crm_core.services.communication import notifications
from crm_core.services.communication.message_delivery import (
    Carrier,
    CarrierBusy,
    CarrierRefused,
    CarrierSilent,
    Outgoing,
    send_due,
)
from crm_core.services.integration import outbox, webhooks
from crm_core.services.integration.webhook_delivery import deliver_due, new_client
from crm_core.services.reporting import report_runs
from crm_core.services.upkeep import platforms
from orchestration.loop import PASSING, forever
from reports.delivery.message import DOMAIN, SENDER, Letter, address, one_line
from reports.delivery.transport import Transport, transport_of
from reports.errors import NotSent, Refused, Uncertain

EVERY_SECONDS = 5.0

Carriers = Mapping[CommunicationType, Carrier]


@dataclass(frozen=True)
class MailCarrier:
    """Customers' mail by the way that reports leave: SMTP where configured, else the outbox."""

    transport: Transport

    def carry(self, message: Outgoing) -> str | None:
        """Send one message; its own id is the provider's, so that a receipt can name it."""
        identifier = f"<{message.id}@{DOMAIN}>"
        try:
            letter = EmailMessage(policy=SMTP)
            letter["From"], letter["To"] = SENDER, address(message.recipient, message.recipient)
            letter["Subject"] = one_line(message.subject or "")
            letter["Message-ID"] = identifier
            letter.set_content(message.content)
            self.transport.send(Letter(letter, message.recipient, f"message-{message.id}"))
        except NotSent as error:
            raise CarrierBusy(error.line) from error
        except Refused as error:
            raise CarrierRefused(error.line) from error
        except Uncertain as error:
            raise CarrierSilent(error.line) from error
        return identifier


def relay(subject: Subject, carriers: Carriers, now: Callable[[], datetime] = clock.now) -> None:
    """One round for one tenant: queue what the outbox holds, then hand over what is due."""
    at = now()
    with tenant_session(subject, at) as session:
        outbox.publish(session, subject, as_of=at)
        notifications.dispatch(session, subject, as_of=at)
        webhooks.recover(session, subject, as_of=at)
        report_runs.recover(session, subject, as_of=at)
    asyncio.run(_deliver(subject, now))
    send_due(subject, carriers, now)
    if CommunicationType.EMAIL in carriers:
        mail_notes(subject, carriers[CommunicationType.EMAIL], now)


def mail_notes(subject: Subject, carrier: Carrier, now: Callable[[], datetime]) -> int:
    """Notes to staff that go by mail as well; each is tried once, the page shows it in any case."""
    with tenant_session(subject) as session:
        waiting = notifications.by_mail(session, subject)
    for note_id, address_, title, body in waiting:
        with tenant_session(subject) as session:
            # Sent before it goes: after a crash a note is on the page, never twice in the mail.
            notifications.send(session, subject, notification_id=note_id, at=now())
        mail = Outgoing(note_id, CommunicationType.EMAIL, address_, title, body or title)
        try:
            carrier.carry(mail)
        except (CarrierBusy, CarrierRefused, CarrierSilent) as error:
            with tenant_session(subject) as session:
                notifications.fail(
                    session, subject, notification_id=note_id, reason=error.line, at=now()
                )
            continue
        with tenant_session(subject) as session:
            notifications.deliver(session, subject, notification_id=note_id, at=now())
    return len(waiting)


async def _deliver(subject: Subject, now: Callable[[], datetime]) -> None:
    async with new_client() as client:
        await deliver_due(subject, client, now)


def round_of_all() -> None:
    """One round for every tenant."""
    carriers = {CommunicationType.EMAIL: MailCarrier(transport_of(settings()))}
    problems: list[Exception] = []
    for subject in platforms():
        try:
            relay(subject, carriers)
        except PASSING as problem:  # one tenant's trouble must not keep the others waiting
            problems.append(problem)
    if problems:
        raise problems[0]


def main() -> None:
    """Relay until stopped."""
    forever(EVERY_SECONDS, round_of_all)


if __name__ == "__main__":
    main()
