"""Runs of reports: queued by hand, tried three times, their owner told of the end.

Drawing a report is the business of `reports`; what a schedule asks for is an occasion.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import set_moment
from crm_core.enums import (
    NotificationType,
    ReportFormat,
    ReportStatus,
    UserStatus,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import ReportDefinition, ReportRun, User
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.communication import notifications
from crm_core.services.communication.notifications import Note
from crm_core.services.machines.reporting import REPORT_RUN, ReportEvent
from crm_core.services.moves import move

MOST_TRIES: Final = 3
LOST_AFTER: Final = timedelta(hours=1)
"""A run that is generated for so long has lost its process."""
OWNER_LEFT: Final = "its owner is no longer an active member of staff"
_E = ReportEvent


@dataclass(frozen=True)
class Product:
    """The file that a run made, and the state of the world that it shows."""

    file_key: str
    content_hash: str
    file_bytes: int
    row_count: int
    as_of: datetime
    publication_id: int | None = None


def request(
    session: Session,
    subject: Subject,
    *,
    format: ReportFormat,  # noqa: A002 - the column's name
    at: datetime,
    definition_id: UUID | None = None,
    report_name: str | None = None,
) -> ReportRun:
    """Queue a run by hand, for whoever asks: of a saved report, or of one of the catalogue."""
    require(subject, Resource.REPORT, Action.CREATE)
    checks.instant("at", at)
    if (definition_id is None) == (report_name is None):
        raise InvalidInput("report_name", "name a saved report or one of the catalogue, not both")
    if not _is_active(session, subject, subject.user_id):
        raise InvalidInput("owner_id", OWNER_LEFT)
    if definition_id is not None:
        definition = rows.get(session, subject, ReportDefinition, definition_id, lock=False)
        report_name = definition.name
    name = checks.clean_text("report_name", report_name or "", 100)
    home = min(subject.location_ids, default=None, key=str)
    return _queue(session, subject, name, format, at, subject.user_id, home, definition_id)


def start(session: Session, subject: Subject, *, run_id: UUID, at: datetime) -> ReportRun:
    """A worker takes a queued run; it comes back FAILED when its owner is no longer active."""
    require(subject, Resource.REPORT, Action.UPDATE)
    run = rows.get(session, subject, ReportRun, run_id)
    if run.status == ReportStatus.PENDING and not _is_active(session, subject, run.owner_id):
        return _fail(session, subject, run, OWNER_LEFT, at)
    move(session, subject, REPORT_RUN, run, _E.START, at)
    run.attempt_count, run.started_at, run.error = run.attempt_count + 1, at, None
    session.flush()
    return run


def complete(
    session: Session, subject: Subject, *, run_id: UUID, product: Product, at: datetime
) -> ReportRun:
    """The file is there."""
    require(subject, Resource.REPORT, Action.UPDATE)
    run = rows.get(session, subject, ReportRun, run_id)
    move(session, subject, REPORT_RUN, run, _E.COMPLETE, at)
    run.finished_at = at
    run.file_key = checks.clean_text("file_key", product.file_key, 300)
    run.content_hash = checks.clean_text("content_hash", product.content_hash, 64)
    run.file_bytes, run.row_count = product.file_bytes, product.row_count
    run.as_of, run.publication_id = checks.instant("as_of", product.as_of), product.publication_id
    session.flush()
    return run


def fail(
    session: Session, subject: Subject, *, run_id: UUID, error: str, at: datetime
) -> ReportRun:
    """A try broke off: it waits for the next, and after the third the owner is told."""
    require(subject, Resource.REPORT, Action.UPDATE)
    run = rows.get(session, subject, ReportRun, run_id)
    error = checks.clean_text("error", error, 1000)
    if run.status == ReportStatus.GENERATING and run.attempt_count < MOST_TRIES:
        move(session, subject, REPORT_RUN, run, _E.RETRY, at, tries=run.attempt_count)
        run.error = error
        session.flush()
        return run
    return _fail(session, subject, run, error, at)


def recover(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Count runs whose process died as failed tries; says how many there were."""
    require(subject, Resource.REPORT, Action.UPDATE)
    lost = session.scalars(
        select(ReportRun.id)
        .where(
            ReportRun.client_id == subject.client_id,
            ReportRun.status == ReportStatus.GENERATING.value,
            ReportRun.started_at <= as_of - LOST_AFTER,
        )
        .order_by(ReportRun.id)
    ).all()
    for run_id in lost:
        fail(session, subject, run_id=run_id, error="the process that drew it ended", at=as_of)
    return len(lost)


def _queue(
    session: Session,
    subject: Subject,
    name: str,
    format: ReportFormat,  # noqa: A002 - the column's name
    at: datetime,
    owner_id: UUID | None,
    location_id: UUID | None,
    definition_id: UUID | None,
) -> ReportRun:
    run = ReportRun(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=location_id,
        owner_id=owner_id,
        definition_id=definition_id,
        report_name=name,
        format=format.value,
        status=ReportStatus.PENDING.value,
        attempt_count=0,
    )
    set_moment(session, at)
    rows.add(session, subject, run, Resource.REPORT)
    audit.record(
        session, subject, "CREATE", Resource.REPORT, run.id, at, location_id,
        details={"report": name, "format": run.format},
    )  # fmt: skip
    session.flush()
    return run


def _fail(
    session: Session, subject: Subject, run: ReportRun, error: str, at: datetime
) -> ReportRun:
    move(session, subject, REPORT_RUN, run, _E.FAIL, at, tries=run.attempt_count)
    run.error = error
    run.finished_at = at if run.started_at is not None else None
    session.flush()
    note = Note(
        NotificationType.SYSTEM_ALERT,
        f"Report {run.report_name} was not made",
        error,
        entity="report_runs",
        entity_id=run.id,
        location_id=run.location_id,
    )
    if run.owner_id is not None:
        notifications.tell(session, subject, note, [run.owner_id], at=at)
    return run


def _is_active(session: Session, subject: Subject, user_id: UUID | None) -> bool:
    if user_id is None:
        return subject.is_system
    status = session.scalar(
        select(User.status).where(User.client_id == subject.client_id, User.id == user_id)
    )
    return status == UserStatus.ACTIVE
