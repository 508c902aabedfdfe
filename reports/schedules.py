"""Reports of people's own: made, copied, shared, scheduled, previewed, sent now, tried on oneself.

Saving and its rules are the core's; here a spec is held to the catalogue's own validator first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from crm_core import clock
from crm_core.database import tenant_session
from crm_core.enums import ReportFormat
from crm_core.errors import InvalidInput
from crm_core.models import Location, ReportDefinition
from crm_core.security.permissions import Action, Resource, Subject, require, system_subject
from crm_core.services.reporting import occasions, saved_reports
from crm_core.services.reporting.report_schedule import PREVIEWED, Schedule
from crm_core.services.reporting.saved_reports import EVERYONE, Audience, Offer, Timing
from reports.delivery.deliver import Delivery, send_now
from reports.delivery.drawing import Press
from reports.delivery.plan import FORMATS, Plan, plan_of_catalogue, plan_of_definition
from reports.delivery.rounds import Desk, work
from reports.delivery.transport import Transport
from reports.errors import FormatUnknown, ReportNameTaken
from reports.shelf import as_raw, checked
from reports.shelf import find as find_on_shelf
from reports.spec import ReportSpec, load_report, report_names


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

    Raises `SpecInvalid`, `ReportNotFound`, `ReportNameTaken`, `FormatUnknown`, `ActionRefused`.
    """
    if name in report_names():
        raise ReportNameTaken(f"{name} is one of the product's own reports: take another name")
    held = (
        checked(dict(spec), f"the report {name}")
        if spec is not None
        else load_report(catalogue_name or "")
    )
    _require_formats(held, name, formats)
    with tenant_session(subject, at) as session:
        return saved_reports.make(
            session, subject, name=name, at=at, catalogue_name=catalogue_name, formats=formats,
            spec=as_raw(held) if spec is not None else None,
            description=description,
        )  # fmt: skip


def change(
    subject: Subject,
    definition_id: UUID,
    spec: Mapping[str, Any],
    at: datetime,
    *,
    formats: Collection[ReportFormat] = (ReportFormat.PDF,),
) -> ReportDefinition:
    """Give a saved report another spec; its name, sharing and schedule stay.

    Raises `SpecInvalid`, `FormatUnknown`, `NotFound`, `ActionRefused`.
    """
    held = checked(dict(spec), "the report")
    _require_formats(held, "the report", formats)
    with tenant_session(subject, at) as session:
        return saved_reports.change(
            session, subject, definition_id=definition_id, spec=as_raw(held), formats=formats, at=at
        )


def copy(subject: Subject, source: str | UUID, name: str, at: datetime) -> ReportDefinition:
    """One's own report that begins as one of the shelf, to be changed: its spec, under this name.

    Schedule, recipients and sharing are not copied. Raises what `shelf.find` and `make` raise.
    """
    spec = find_on_shelf(subject, str(source)).require_spec()
    own = {file: each for each, file in FORMATS.items()}
    return make(
        subject, name, at,
        spec=as_raw(spec, name), formats=[ReportFormat(own[each]) for each in spec.formats],
    )  # fmt: skip


def share(
    subject: Subject, definition_id: UUID, is_shared: bool, at: datetime, offer: Offer = EVERYONE
) -> None:
    """Offer a report to others of the tenant, or no longer."""
    with tenant_session(subject, at) as session:
        saved_reports.share(
            session, subject, definition_id=definition_id, is_shared=is_shared, at=at, offer=offer
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


def branch_ids(subject: Subject, codes: Collection[str]) -> tuple[UUID, ...]:
    """The branches of these codes; raises `InvalidInput` for one that is not there."""
    with tenant_session(system_subject(subject.client_id)) as session:
        found = dict(
            session.execute(
                select(Location.code, Location.id).where(
                    Location.client_id == subject.client_id, Location.code.in_(codes)
                )
            )
            .tuples()
            .all()
        )
    if unknown := [code for code in codes if code not in found]:
        raise InvalidInput("branches", f"{unknown[0]!r} is no branch of this company")
    return tuple(found[code] for code in codes)


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
    """The plan of a report of the shelf; raises what `shelf.find` raises."""
    found = find_on_shelf(subject, name)
    if found.definition_id is not None:
        return _plan(subject, found.definition_id)
    return plan_of_catalogue(system_subject(subject.client_id), found.name)


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


def _require_formats(spec: ReportSpec, name: str, formats: Collection[ReportFormat]) -> None:
    for each in formats:
        if FORMATS[each.value] not in spec.formats:
            raise FormatUnknown(f"{name} is not made as {each}: use {', '.join(spec.formats)}")


def _require_own(subject: Subject, plan: Plan) -> None:
    if plan.owner_id is None or plan.owner_id != subject.user_id:
        require(subject, Resource.REPORT, Action.UPDATE)
