"""Reports of people's own: made, copied, shared, scheduled, previewed, sent now, tried on oneself.

Saving and its rules are the core's; here a spec is held to the catalogue's own validator first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm_core import clock
from crm_core.database import tenant_session
from crm_core.enums import ReportFormat
from crm_core.models import ReportDefinition
from crm_core.security.permissions import Action, Resource, Subject, require, system_subject
from crm_core.services.reporting import occasions, saved_reports
from crm_core.services.reporting.report_schedule import PREVIEWED, Schedule
from crm_core.services.reporting.saved_reports import Audience, Timing
from reports.delivery.deliver import Delivery, send_now
from reports.delivery.drawing import Press
from reports.delivery.plan import FORMATS, Plan, plan_of_catalogue, plan_of_definition
from reports.delivery.rounds import Desk, work
from reports.delivery.transport import Transport
from reports.errors import FormatUnknown
from reports.spec import load_report, validate_report


@dataclass(frozen=True)
class Run:
    """A run to come: the instant, the wall-clock time of its zone, the period it is about."""

    due_at: datetime
    local: datetime
    window: str


def make(
    subject: Subject,
    name: str,
    at: datetime,
    *,
    spec: Mapping[str, Any] | None = None,
    catalogue_name: str | None = None,
    formats: Collection[ReportFormat] = (ReportFormat.PDF,),
    description: str | None = None,
) -> ReportDefinition:
    """Save a spec of one's own, or a catalogue report as it stands.

    Raises `SpecInvalid`, `ReportNotFound`, `FormatUnknown`, `ActionRefused`.
    """
    held = (
        validate_report(spec, f"the report {name}")
        if spec is not None
        else load_report(catalogue_name or "")
    )
    for each in formats:
        if FORMATS[each.value] not in held.formats:
            raise FormatUnknown(f"{name} is not made as {each}: use {', '.join(held.formats)}")
    with tenant_session(subject, at) as session:
        return saved_reports.make(
            session, subject, name=name, at=at, catalogue_name=catalogue_name, formats=formats,
            spec=held.model_dump(mode="json") if spec is not None else None,
            description=description,
        )  # fmt: skip


def copy(subject: Subject, definition_id: UUID, name: str, at: datetime) -> ReportDefinition:
    """One's own report that begins as another's."""
    with tenant_session(subject, at) as session:
        return saved_reports.copy(session, subject, definition_id=definition_id, name=name, at=at)


def share(subject: Subject, definition_id: UUID, is_shared: bool, at: datetime) -> None:
    """Offer a report to everyone of the tenant, or no longer."""
    with tenant_session(subject, at) as session:
        saved_reports.share(
            session, subject, definition_id=definition_id, is_shared=is_shared, at=at
        )


def schedule(
    subject: Subject, definition_id: UUID, timing: Timing, audience: Audience, at: datetime
) -> list[Run]:
    """Put a report on a schedule; gives its next runs."""
    with tenant_session(subject, at) as session:
        saved_reports.schedule(
            session, subject, definition_id=definition_id, timing=timing, audience=audience, at=at
        )
    return preview(_plan(subject, definition_id), at)


def unschedule(subject: Subject, definition_id: UUID, at: datetime) -> None:
    """Take a report off its schedule."""
    with tenant_session(subject, at) as session:
        saved_reports.unschedule(session, subject, definition_id=definition_id, at=at)


def offered(subject: Subject) -> list[ReportDefinition]:
    """One's own reports and those that are shared."""
    with tenant_session(subject) as session:
        return saved_reports.offered(session, subject)


def preview(plan: Plan, at: datetime, count: int = PREVIEWED) -> list[Run]:
    """The next runs of a plan, each with the period it will be about; none without a schedule."""
    if plan.schedule is None:
        return []
    zone = plan.schedule.timezone
    return [
        Run(due_at, clock.local_naive(due_at, zone), str(plan.window(due_at, zone)))
        for due_at in plan.schedule.preview(at, count)
    ]


def preview_of(stored: Mapping[str, Any], at: datetime, count: int = PREVIEWED) -> list[datetime]:
    """The next runs of a schedule that is not saved yet; raises `InvalidInput`."""
    return Schedule.of(stored).preview(at, count)


def find(subject: Subject, name: str) -> Plan:
    """The plan of a report by its name: one's own or shared, else the catalogue's."""
    for row in offered(subject):
        if row.name == name:
            return _plan(subject, row.id)
    return plan_of_catalogue(system_subject(subject.client_id), name)


def send(
    subject: Subject,
    plan: Plan,
    at: datetime,
    *,
    window: str | None = None,
    transport: Transport | None = None,
    press: Press | None = None,
) -> tuple[Delivery, ...]:
    """Send to all recipients now, once more if it went before.

    For the owner of a saved report, and whoever may change reports.
    """
    _require_own(subject, plan)
    return send_now(
        system_subject(subject.client_id), plan, at,
        by=subject, window=window, transport=transport, press=press,
    )  # fmt: skip


def test(
    subject: Subject,
    plan: Plan,
    at: datetime,
    *,
    window: str | None = None,
    transport: Transport | None = None,
    press: Press | None = None,
) -> tuple[Delivery, ...]:
    """Send to oneself only, in one's own scope, marked as a test."""
    return send_now(
        system_subject(subject.client_id), plan, at,
        by=subject, window=window, transport=transport, press=press, is_test=True,
    )  # fmt: skip


def release(subject: Subject, occasion_id: UUID, desk: Desk) -> tuple[Delivery, ...]:
    """Let a held report go with the data that there are, stamped; for whoever may make reports."""
    with tenant_session(subject, desk.at) as session:
        occasion = occasions.release(session, subject, occasion_id=occasion_id, at=desk.at)
    report = occasions.Report(occasion.report_name, occasion.definition_id)
    plan = (
        plan_of_definition(desk.system, report.definition_id)
        if report.definition_id
        else plan_of_catalogue(desk.system, report.name)
    )
    return tuple(work(desk, plan, occasion))


def _plan(subject: Subject, definition_id: UUID) -> Plan:
    with tenant_session(subject) as session:
        saved_reports.find(session, subject, definition_id)  # in one's reach, or shared
    return plan_of_definition(system_subject(subject.client_id), definition_id)


def _require_own(subject: Subject, plan: Plan) -> None:
    if plan.owner_id is None or plan.owner_id != subject.user_id:
        require(subject, Resource.REPORT, Action.UPDATE)
