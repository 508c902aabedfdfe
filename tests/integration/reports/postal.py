"""A post office for tests: a mail server with moods, and letters that cost nothing to draw.

Everything between the two, ledger, claims, files and SMTP, is the product's own.
"""

import asyncio
import hashlib
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from uuid import UUID

from crm_core.database import tenant_session
from crm_core.enums import ReportFormat, UserRole
from crm_core.security.permissions import Subject, system_subject
from crm_core.services.reporting import occasions, saved_reports
from crm_core.services.reporting.saved_reports import Audience, Timing
from reports.delivery.drawing import Commission, Drawn
from reports.delivery.message import Letter
from reports.delivery.plan import Plan, plan_of_definition
from tests.factories import Tenant

OUTSIDE = "auditor@outside.example"


class TinyPress:
    """Letters of one line; two drawings of the same differ, so that a second one shows."""

    def __init__(self, until: datetime | None = None) -> None:
        self.until = until
        self.drawn = 0

    def data_until(self, system: Subject, publication_id: int | None) -> datetime | None:
        return self.until

    def draw(self, commission: Commission) -> Drawn:
        self.drawn += 1
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = "reports@cc-crm.example", commission.person.email
        title = " ".join([*commission.stamps, commission.plan.spec.title_en])
        message["Subject"], message["Message-ID"] = title, commission.identifier
        message.set_content(f"{random.random()}\n.\nThe dot above is part of the letter.\n")
        name = commission.identifier.strip("<>").partition("@")[0]
        assert self.until is not None
        return Drawn(
            Letter(message, commission.person.email, name), 1, self.until, "America/Toronto",
            False, frozenset(),
        )  # fmt: skip


@dataclass
class Office:
    """The handler of the mail server: what it kept, by message id, as hashes of the bytes."""

    moods: Any = None
    """Called per letter with the step (rcpt or data); gives what happens."""
    kept: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    subjects: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        mood = self.moods("rcpt", address) if self.moods else ""
        if mood == "later":
            return "451 come back later"
        if mood == "never":
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mood = self.moods("data", envelope.rcpt_tos[0]) if self.moods else ""
        if mood == "later":
            return "451 come back later"
        if mood == "never":
            return "554 not wanted"
        if mood == "drop":  # the letter is lost, the sender cannot know
            server.transport.close()
            return "250 never heard"
        head = envelope.content.partition(b"\r\n\r\n")[0].decode()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n") if ": " in line)
        self.kept[fields["Message-ID"]].append(hashlib.sha256(envelope.content).hexdigest())
        self.subjects.append(fields["Subject"])
        if mood == "hang up":
            server.transport.close()
        if mood == "slow":
            await asyncio.sleep(1)
        return "250 taken"


DAILY = {"rhythm": "DAILY", "at": "07:00", "timezone": "America/Toronto"}


def save_report(
    tenant: Tenant,
    at: datetime,
    *,
    name: str = "mine",
    owner: str = "manager",
    audience: Audience | None = None,
    timing: Timing | None = None,
) -> UUID:
    """A catalogue report saved by its owner and put on a schedule by an administrator."""
    owner_subject, admin = tenant.subjects[owner], tenant.subjects["admin"]
    with tenant_session(owner_subject) as session:
        row = saved_reports.make(
            session, owner_subject, name=name, at=at, catalogue_name="executive_weekly",
            formats=[ReportFormat.PDF],
        )  # fmt: skip
    with tenant_session(admin) as session:
        saved_reports.schedule(
            session, admin, definition_id=row.id, at=at, timing=timing or Timing(DAILY),
            audience=audience or Audience(roles=(UserRole.EXECUTIVE,), emails=(OUTSIDE,)),
        )  # fmt: skip
    return row.id


def ask(system: Subject, plan: Plan, at: datetime, number: int) -> Any:
    """An occasion of a window of its own."""
    day = (at - timedelta(days=8 + number)).date()
    with tenant_session(system) as session:
        return occasions.ask(session, system, plan.report, at=at, window=f"{day}..{day}")


def plan_for(tenant: Tenant, definition_id: UUID) -> Plan:
    """The plan of a saved report."""
    return plan_of_definition(system_subject(tenant.client_id), definition_id)
