"""Delivering a report: each recipient's own scope, each window once, every outcome on record.

When a report is due is said in its spec and acted on by the orchestration.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from crm_core import clock
from crm_core.config import settings
from crm_core.database import tenant_session
from crm_core.enums import DeliveryState
from crm_core.errors import CrmError
from crm_core.security.permissions import Subject
from crm_core.services.tenancy.access import timezone_of
from crm_core.services.tenancy.staff import Recipient, recipients
from reports.delivery import ledger
from reports.delivery.message import Letter, build_letter, message_id
from reports.delivery.transport import Transport, transport_of
from reports.errors import Held, Refused, Uncertain
from reports.renderers import render_all
from reports.run import as_period, run_report
from reports.spec import ReportSpec, load_report
from transforms.metrics.period import Period


@dataclass(frozen=True)
class Delivery:
    """What became of one recipient's copy."""

    recipient: str
    state: DeliveryState
    is_new: bool
    """Whether this run sent it."""
    detail: str | None = None


@dataclass(frozen=True)
class Window:
    """One due delivery: a report over a period, for one tenant."""

    spec: ReportSpec
    period: Period
    system: Subject
    """The platform at work in the tenant; it keeps the ledger."""
    at: datetime

    @property
    def key(self) -> str:
        """The period as the ledger knows it."""
        return str(self.period)


def deliver_report(
    system: Subject,
    name: str,
    at: datetime,
    *,
    window: str | None = None,
    transport: Transport | None = None,
    publication_id: int | None = None,
) -> tuple[Delivery, ...]:
    """Send a report to everybody its spec names, once per window.

    `system` acts for the tenant, `at` is the time of sending, `window` the period in words (the
    report's own when absent). One recipient's failure does not keep the others from theirs: it is
    in that recipient's `Delivery`, and on the ledger.
    """
    spec = load_report(name)
    today = clock.local_date(at, timezone_of(system))
    due = Window(spec, as_period(window or spec.period, today), system, at)
    way_out = transport or transport_of(settings())
    return tuple(_deliver(due, person, way_out, publication_id) for person in _recipients(due))


def _recipients(due: Window) -> Iterator[Recipient]:
    """The active staff of the spec's roles, resolved now: who left receives nothing."""
    if due.spec.recipients is None:
        return
    with tenant_session(due.system) as session:
        found = [
            person
            for role in due.spec.recipients.roles
            for person in recipients(session, due.system, role, due.at)
        ]
    yield from found


def _deliver(
    due: Window, person: Recipient, way_out: Transport, publication_id: int | None
) -> Delivery:
    identifier = message_id(due.system.client_id, due.spec.name, due.key, person.user_id)
    key = ledger.LedgerKey(due.system, due.spec.name, due.key, person.user_id)
    entry = ledger.open_entry(key, identifier, at=due.at)
    if entry.state is not DeliveryState.DUE:
        return Delivery(person.email, entry.state, is_new=False, detail=entry.detail)
    try:
        letter, published = _letter(due, person, identifier, publication_id)
    except Refused as error:
        ledger.refuse(key, error.line)
        return Delivery(person.email, DeliveryState.REFUSED, is_new=False, detail=error.line)
    except CrmError as error:
        ledger.note(key, error.line)
        return Delivery(person.email, DeliveryState.DUE, is_new=False, detail=error.line)
    digest = hashlib.sha256(letter.content).hexdigest()
    if not ledger.claim(key, digest=digest, publication_id=published, at=due.at):
        return Delivery(person.email, DeliveryState.SENDING, is_new=False)
    return _send(due, person, letter, way_out, key)


def _letter(
    due: Window, person: Recipient, identifier: str, publication_id: int | None
) -> tuple[Letter, int]:
    """The recipient's own rendering, and its publication; raises `Held` when it should wait."""
    locale = "fr-CA" if person.language.startswith("fr") else "en-CA"
    result = run_report(person.subject, due.spec.name, due.period, locale, publication_id)
    header = result.header
    known_until = clock.local_date(header.as_of, header.timezone)
    if known_until < due.period.end <= clock.local_date(due.at, header.timezone):
        raise Held(f"held: the data end on {known_until}, before the period {due.key} is complete")
    if result.is_empty and due.spec.when_empty == "skip":
        raise Held("held: there is nothing to report")
    files = render_all(result, due.spec.attach)
    letter = build_letter(
        result, files, name=person.name, email=person.email, identifier=identifier, at=due.at
    )
    return letter, header.publication_id


def _send(
    due: Window, person: Recipient, letter: Letter, way_out: Transport, key: ledger.LedgerKey
) -> Delivery:
    """Hand the letter over and put on record what is known of it."""
    state, detail = DeliveryState.SENT, ""
    try:
        detail = way_out.send(letter)
    except Refused as error:
        state, detail = DeliveryState.REFUSED, error.line
    except Uncertain as error:
        state, detail = DeliveryState.UNKNOWN, error.line
    except CrmError as error:
        # Surely not sent: due again, so that the next run tries it.
        state, detail = DeliveryState.DUE, error.line
    ledger.settle(key, state, detail=detail, at=due.at)
    return Delivery(person.email, state, is_new=state is DeliveryState.SENT, detail=detail)
