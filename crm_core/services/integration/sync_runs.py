"""Runs of an integration: started, logged by stream, ended, given up after three failures.

Pulling and landing are `transforms.sources`; whoever runs one holds the advisory lock of the
integration, so that one run is on its way at a time.
"""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import set_moment
from crm_core.enums import (
    AuditSeverity,
    IntegrationStatus,
    NotificationPriority,
    NotificationType,
    SyncStatus,
    SyncType,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Integration, IntegrationSyncLog
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.communication import notifications
from crm_core.services.communication.notifications import Note
from crm_core.services.machines.integration import (
    INTEGRATION,
    SYNC_RUN,
    IntegrationEvent,
    SyncEvent,
)
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.moves import move

FAILURES_IN_A_ROW = 3
"""So many failed runs put an integration into ERROR."""
TRY_AGAIN_AFTER = timedelta(minutes=5)
DEFAULT_INTERVAL = timedelta(hours=2)
_OPEN = (SyncStatus.PENDING.value, SyncStatus.IN_PROGRESS.value)
_I, _S = IntegrationEvent, SyncEvent


@dataclass(frozen=True)
class Counts:
    """What a stream brought; `failed` were refused and stand in quarantine."""

    processed: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0


def start(session: Session, subject: Subject, *, integration_id: UUID, at: datetime) -> Integration:
    """A run begins; streams that a run left open, whose process died, have failed.

    Raises `TransitionRefused` for an integration that is switched off.
    """
    require(subject, Resource.INTEGRATION, Action.UPDATE)
    checks.instant("at", at)
    integration = rows.get(session, subject, Integration, integration_id)
    move(session, subject, INTEGRATION, integration, _I.START, at)
    for log in _open_streams(session, subject, integration_id):
        _close(session, subject, log, _S.FAIL, at, error="the run broke off")
    session.flush()
    return integration


def open_stream(
    session: Session,
    subject: Subject,
    *,
    integration_id: UUID,
    run_id: UUID,
    stream: str,
    type: SyncType,  # noqa: A002 - the column's name
    at: datetime,
    window: tuple[datetime, datetime] | None = None,
) -> IntegrationSyncLog:
    """A stream of a run waits for its turn; refused while the integration is not syncing."""
    require(subject, Resource.INTEGRATION, Action.CREATE)
    integration = rows.get(session, subject, Integration, integration_id, lock=False)
    if integration.status != IntegrationStatus.SYNCING:
        raise InvalidInput("integration_id", f"no run is on its way: it is {integration.status}")
    log = IntegrationSyncLog(
        client_id=subject.client_id,
        id=new_id(at),
        integration_id=integration_id,
        run_id=run_id,
        stream=checks.clean_text("stream", stream, 60),
        window_from_at=window[0] if window else None,
        window_to_at=window[1] if window else None,
        type=type.value,
        status=SyncStatus.PENDING.value,
        started_at=at,
    )
    set_moment(session, at)
    session.add(log)
    session.flush()
    return log


def begin_stream(
    session: Session, subject: Subject, *, log_id: UUID, at: datetime
) -> IntegrationSyncLog:
    """The stream is being read."""
    require(subject, Resource.INTEGRATION, Action.UPDATE)
    log = rows.get(session, subject, IntegrationSyncLog, log_id)
    move(session, subject, SYNC_RUN, log, _S.BEGIN, at)
    log.started_at = at
    session.flush()
    return log


def complete_stream(
    session: Session,
    subject: Subject,
    *,
    log_id: UUID,
    counts: Counts,
    at: datetime,
    note: str | None = None,
) -> IntegrationSyncLog:
    """It was read to its end; single rows may have been refused, which `note` can tell."""
    return _end_stream(session, subject, log_id, _S.COMPLETE, counts, at, note)


def fail_stream(
    session: Session,
    subject: Subject,
    *,
    log_id: UUID,
    counts: Counts,
    error: str,
    at: datetime,
) -> IntegrationSyncLog:
    """It broke off; what it had brought by then still counts."""
    return _end_stream(session, subject, log_id, _S.FAIL, counts, at, error)


def finish(
    session: Session,
    subject: Subject,
    *,
    integration_id: UUID,
    at: datetime,
    error: str | None = None,
) -> Integration:
    """The run is over: it went well, or `error` says why not.

    The third failure in a row puts the integration into ERROR and tells the administrators. One
    that was switched off meanwhile stays off. Refused while a stream is open.
    """
    require(subject, Resource.INTEGRATION, Action.UPDATE)
    integration = rows.get(session, subject, Integration, integration_id)
    event = _I.END
    if _open_streams(session, subject, integration_id):
        _refuse(integration, event, "a stream of the run is still open")
    is_off = integration.status == IntegrationStatus.INACTIVE
    failures = 0 if error is None else integration.error_count + 1
    if failures >= FAILURES_IN_A_ROW:
        event = _I.GIVE_UP
    if not is_off:
        move(session, subject, INTEGRATION, integration, event, at, failures=failures)
    integration.error_count, integration.last_error = failures, error
    if error is None:
        integration.last_sync_at = at
    wait = TRY_AGAIN_AFTER if 0 < failures < FAILURES_IN_A_ROW else _interval(integration)
    integration.next_sync_at = None if is_off else at + wait
    session.flush()
    if event is _I.GIVE_UP and failures == FAILURES_IN_A_ROW:
        _tell(session, subject, integration, at)
    return integration


def switch(
    session: Session, subject: Subject, *, integration_id: UUID, is_active: bool, at: datetime
) -> Integration:
    """On or off by hand; a run on its way ends by itself, and none follows."""
    require(subject, Resource.INTEGRATION, Action.UPDATE)
    integration = rows.get(session, subject, Integration, integration_id)
    move(session, subject, INTEGRATION, integration, _I.ENABLE if is_active else _I.DISABLE, at)
    integration.error_count = 0
    integration.next_sync_at = at if is_active else None
    session.flush()
    return integration


def _open_streams(
    session: Session, subject: Subject, integration_id: UUID
) -> list[IntegrationSyncLog]:
    query = select(IntegrationSyncLog).where(
        IntegrationSyncLog.client_id == subject.client_id,
        IntegrationSyncLog.integration_id == integration_id,
        IntegrationSyncLog.status.in_(_OPEN),
    )
    return list(session.scalars(query.order_by(IntegrationSyncLog.id).with_for_update()))


def _end_stream(
    session: Session,
    subject: Subject,
    log_id: UUID,
    event: SyncEvent,
    counts: Counts,
    at: datetime,
    error: str | None,
) -> IntegrationSyncLog:
    require(subject, Resource.INTEGRATION, Action.UPDATE)
    log = rows.get(session, subject, IntegrationSyncLog, log_id)
    for each in fields(counts):
        setattr(log, f"records_{each.name}", checks.count(each.name, getattr(counts, each.name), 0))
    _close(session, subject, log, event, at, error)
    session.flush()
    return log


def _close(
    session: Session,
    subject: Subject,
    log: IntegrationSyncLog,
    event: SyncEvent,
    at: datetime,
    error: str | None,
) -> None:
    move(session, subject, SYNC_RUN, log, event, at)
    log.completed_at, log.error = max(at, log.started_at), error


def _interval(integration: Integration) -> timedelta:
    minutes = integration.sync_interval_minutes
    return DEFAULT_INTERVAL if minutes is None else timedelta(minutes=minutes)


def _refuse(integration: Integration, event: IntegrationEvent, reason: str) -> NoReturn:
    status = IntegrationStatus(integration.status)
    raise TransitionRefused(INTEGRATION.name, status, event, reason)


def _tell(session: Session, subject: Subject, integration: Integration, at: datetime) -> None:
    audit.record(
        session, subject, "ALERT", Resource.INTEGRATION, integration.id, at,
        severity=AuditSeverity.WARNING, details={"failures": integration.error_count},
    )  # fmt: skip
    note = Note(
        NotificationType.SYSTEM_ALERT,
        f"{integration.name} cannot be read",
        f"{integration.error_count} runs in a row failed. Last: {integration.last_error}"[:2000],
        NotificationPriority.HIGH,
        entity="integrations",
        entity_id=integration.id,
    )
    notifications.tell_role(session, subject, note, at=at)
