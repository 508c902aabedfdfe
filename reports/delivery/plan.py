"""What is to be delivered: a report of the catalogue or a saved one, as one plan.

When its occasions open is asked in `rounds`, who receives it in `people`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import tenant_session
from crm_core.enums import DeadlinePolicy, ReportFormat, UserRole
from crm_core.errors import CrmError
from crm_core.models import Location, ReportDefinition
from crm_core.security.permissions import Subject
from crm_core.services.reporting import saved_reports
from crm_core.services.reporting.occasions import Report
from crm_core.services.reporting.report_schedule import Rhythm, Schedule
from crm_core.services.reporting.saved_reports import Audience
from reports.shelf import spec_of
from reports.spec import FileFormat, ReportSpec, catalogue, load_report
from transforms.metrics.period import Period, parse_period

FORMATS: dict[str, FileFormat] = {
    ReportFormat.PDF.value: "pdf",
    ReportFormat.EXCEL.value: "xlsx",
    ReportFormat.CSV.value: "csv",
    ReportFormat.JSON.value: "json",
}
LATE = {"hold": DeadlinePolicy.HOLD, "send_stale": DeadlinePolicy.STAMP}


@dataclass(frozen=True)
class Plan:
    """A report with all that its delivery needs."""

    report: Report
    spec: ReportSpec
    audience: Audience
    attach: tuple[FileFormat, ...]
    schedule: Schedule | None = None
    owner_id: UUID | None = None
    owner_role: UserRole = UserRole.ADMIN
    """Who is told where no person owns it."""
    policy: DeadlinePolicy = DeadlinePolicy.WAIT
    deadline: timedelta = timedelta(hours=2)
    is_whole: bool = True
    """Whether the data must reach the end of the period."""

    def window(self, due_at: datetime, timezone: str) -> Period:
        """The period that an occasion due at that instant is about."""
        day = clock.local_date(due_at, self.schedule.timezone if self.schedule else timezone)
        covered = self.schedule.covers(day) if self.schedule else None
        if covered is not None:
            return Period(covered[0], covered[1] + timedelta(days=1))
        return parse_period(self.spec.period, day)


def plan_of_catalogue(system: Subject, name: str) -> Plan:
    """The plan of a report as its file says; raises `ReportNotFound` or `SpecInvalid`."""
    spec = load_report(name)
    with tenant_session(system) as session:
        return _of_catalogue(session, system, spec)


def plan_of_definition(system: Subject, definition_id: UUID) -> Plan:
    """The plan of a saved report; raises `SpecInvalid` when its spec no longer stands."""
    with tenant_session(system) as session:
        return _of_definition(saved_reports.find(session, system, definition_id))


def plan_of(system: Subject, report: Report) -> Plan:
    """The plan behind an occasion."""
    if report.definition_id is not None:
        return plan_of_definition(system, report.definition_id)
    return plan_of_catalogue(system, report.name)


def scheduled_plans(session: Session, system: Subject, at: datetime) -> Iterator[Plan]:
    """Everything on a schedule; a saved report that no longer stands is taken off it."""
    for spec in catalogue():
        if spec.schedule is not None:
            yield _of_catalogue(session, system, spec)
    for row in saved_reports.scheduled(session, system, as_of=at):
        try:
            yield _of_definition(row)
        except CrmError as error:
            saved_reports.pause(session, system, row, error.line, at=at)


def _of_catalogue(session: Session, system: Subject, spec: ReportSpec) -> Plan:
    # Read as data: what a file may say about recipients and lateness is the vocabulary's business.
    said: dict[str, Any] = spec.model_dump()
    to: dict[str, Any] = said.get("recipients") or {}
    needs: dict[str, Any] = said.get("needs") or {}
    return Plan(
        Report(spec.name),
        spec,
        Audience(
            roles=tuple(to.get("roles", ())),
            location_ids=_branches(session, system, to.get("branches", ())),
            emails=tuple(to.get("addresses", ())),
        ),
        spec.attach,
        Schedule(Rhythm.CRON, time(0), spec.schedule.timezone, cron=spec.schedule.cron)
        if spec.schedule
        else None,
        owner_role=said.get("owner", UserRole.ADMIN),
        policy=LATE.get(needs.get("late", ""), DeadlinePolicy.WAIT),
        deadline=timedelta(minutes=needs.get("wait_minutes", 120)),
        is_whole=needs.get("complete", True),
    )


def _of_definition(row: ReportDefinition) -> Plan:
    report = Report(row.name, row.id)
    spec = spec_of(row)
    wanted = tuple(FORMATS[each] for each in row.formats)
    schedule = Schedule.of(row.schedule) if row.schedule else None
    policy = DeadlinePolicy(row.deadline_policy)
    if schedule and schedule.after_data:
        policy = DeadlinePolicy.WAIT
    return Plan(
        report,
        spec,
        Audience(
            roles=tuple(UserRole(role) for role in row.recipient_roles),
            location_ids=tuple(row.recipient_location_ids),
            user_ids=tuple(row.recipient_user_ids),
            emails=tuple(row.recipient_emails),
        ),
        wanted,
        schedule,
        owner_id=row.owner_id,
        policy=policy,
        deadline=timedelta(minutes=row.deadline_minutes),
    )


def only_for(plan: Plan, user_id: UUID) -> Plan:
    """The same report as a test to one person."""
    return replace(plan, audience=Audience(user_ids=(user_id,)))


def _branches(session: Session, system: Subject, codes: tuple[str, ...]) -> tuple[UUID, ...]:
    if not codes:
        return ()
    found = session.scalars(
        select(Location.id)
        .where(Location.client_id == system.client_id, Location.code.in_(codes))
        .order_by(Location.id)
    ).all()
    # Codes that this company does not have narrow to nobody, never to everybody.
    return tuple(found) or (UUID(int=0),)
