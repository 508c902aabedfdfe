"""Notes to members of staff: written as an effect of something, sent, read, purged when unread.

Messages to customers are `communication.communications`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import (
    NotificationChannel,
    NotificationPriority,
    NotificationStatus,
    NotificationType,
    UserRole,
    UserStatus,
)
from crm_core.ids import new_id
from crm_core.models import Notification, User
from crm_core.security import audit
from crm_core.security.permissions import Action, ActionRefused, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.machines.communication import NOTIFICATION, NotificationEvent
from crm_core.services.moves import move

UNREAD_FOR = timedelta(days=30)
_E = NotificationEvent
_BEFORE_READ = (_E.SEND, _E.DELIVER, _E.READ)


@dataclass(frozen=True)
class Note:
    """What staff are told; `entity` and `entity_id` name the row that it is about."""

    type: NotificationType
    title: str
    body: str | None = None
    priority: NotificationPriority = NotificationPriority.NORMAL
    channels: tuple[NotificationChannel, ...] = (NotificationChannel.IN_APP,)
    location_id: UUID | None = None
    entity: str | None = None
    entity_id: UUID | None = None
    data: dict[str, Any] | None = None


def tell(
    session: Session, subject: Subject, note: Note, user_ids: Collection[UUID], *, at: datetime
) -> list[Notification]:
    """Write a note to each of these people; an effect, so whoever acts needs no right to it.

    Somebody who is not active is told nothing.
    """
    checks.instant("at", at)
    with as_system(session):
        active = select(User.id).where(
            User.client_id == subject.client_id,
            User.id.in_(user_ids),
            User.status == UserStatus.ACTIVE.value,
        )
        notes = [
            Notification(
                client_id=subject.client_id,
                id=new_id(at),
                location_id=note.location_id,
                user_id=user_id,
                type=note.type.value,
                priority=note.priority.value,
                status=NotificationStatus.PENDING.value,
                channels=[channel.value for channel in note.channels],
                title=checks.clean_text("title", note.title, 200),
                body=checks.optional_text("body", note.body, 2000),
                data=note.data,
                entity=note.entity,
                entity_id=note.entity_id,
                expires_at=at + UNREAD_FOR,
            )
            for user_id in session.scalars(active.order_by(User.id))
        ]
        set_moment(session, at)
        session.add_all(notes)
        for row in notes:
            audit.record(
                session, subject, "CREATE", Resource.NOTIFICATION, row.id, at, row.location_id,
                details={"type": row.type, "entity_id": row.entity_id},
            )  # fmt: skip
        session.flush()
    return notes


def tell_role(
    session: Session,
    subject: Subject,
    note: Note,
    *,
    at: datetime,
    roles: Collection[UserRole] = (UserRole.ADMIN,),
) -> list[Notification]:
    """Write a note to everybody of these roles, by default the administrators."""
    with as_system(session):
        people = session.scalars(
            select(User.id).where(
                User.client_id == subject.client_id,
                User.role.in_([role.value for role in roles]),
                User.location_id == note.location_id if note.location_id else User.id.is_not(None),
            )
        ).all()
    return tell(session, subject, note, people, at=at)


def dispatch(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Deliver what only shows in the application: being written is all that it takes.

    Others wait for the edge that pushes, mails or texts them: `send`, then `deliver` or `fail`.
    """
    require(subject, Resource.NOTIFICATION, Action.CREATE)
    pending = session.scalars(
        select(Notification)
        .where(
            Notification.client_id == subject.client_id,
            Notification.status == NotificationStatus.PENDING.value,
            Notification.channels == [NotificationChannel.IN_APP.value],
        )
        .order_by(Notification.id)
        .with_for_update(skip_locked=True)
    ).all()
    for row in pending:
        _step(session, subject, row, _E.SEND, as_of)
        _step(session, subject, row, _E.DELIVER, as_of)
    return len(pending)


def by_mail(
    session: Session, subject: Subject, limit: int = 50
) -> list[tuple[UUID, str, str, str | None]]:
    """What waits to go by mail: id, address, title and body; the oldest first."""
    require(subject, Resource.NOTIFICATION, Action.CREATE)
    found = session.execute(
        select(Notification.id, User.email, Notification.title, Notification.body)
        .join(User, (User.client_id == Notification.client_id) & (User.id == Notification.user_id))
        .where(
            Notification.client_id == subject.client_id,
            Notification.status == NotificationStatus.PENDING.value,
            Notification.channels.contains([NotificationChannel.EMAIL.value]),
            User.status == UserStatus.ACTIVE.value,
        )
        .order_by(Notification.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3]) for row in found]


def send(
    session: Session, subject: Subject, *, notification_id: UUID, at: datetime
) -> Notification:
    """Handed to the channels that it goes by."""
    return _act(session, subject, notification_id, _E.SEND, at)


def deliver(
    session: Session, subject: Subject, *, notification_id: UUID, at: datetime
) -> Notification:
    """A channel says that it arrived."""
    return _act(session, subject, notification_id, _E.DELIVER, at)


def fail(
    session: Session, subject: Subject, *, notification_id: UUID, reason: str, at: datetime
) -> Notification:
    """No channel could deliver it; the reason stands in the audit."""
    reason = checks.clean_text("reason", reason, 500)
    return _act(session, subject, notification_id, _E.FAIL, at, reason=reason)


def read(
    session: Session, subject: Subject, *, notification_id: UUID, at: datetime
) -> Notification:
    """The person it is for has seen it, by whatever way; a second time changes nothing."""
    require(subject, Resource.NOTIFICATION, Action.UPDATE)
    row = rows.get(session, subject, Notification, notification_id)
    if row.user_id != subject.user_id:
        raise ActionRefused("only the person it is for can read a notification")
    if row.status == NotificationStatus.READ:
        return row
    for event in _BEFORE_READ:
        if event is _E.READ or (NOTIFICATION.state_of(row), event) in NOTIFICATION.moves:
            _step(session, subject, row, event, at)
    return row


def purge(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Remove what nobody read in 30 days; says how many."""
    require(subject, Resource.NOTIFICATION, Action.DELETE)
    gone = session.scalars(
        delete(Notification)
        .where(
            Notification.client_id == subject.client_id,
            Notification.read_at.is_(None),
            Notification.expires_at <= as_of,
        )
        .returning(Notification.id)
        .execution_options(synchronize_session=False)
    ).all()
    if gone:
        audit.record(
            session, subject, "DELETE", Resource.NOTIFICATION, None, as_of,
            details={"purged": len(gone)},
        )  # fmt: skip
        session.flush()
    return len(gone)


def _act(
    session: Session,
    subject: Subject,
    notification_id: UUID,
    event: NotificationEvent,
    at: datetime,
    **details: str,
) -> Notification:
    """A step that the platform takes, or whoever may write notes."""
    require(subject, Resource.NOTIFICATION, Action.CREATE)
    row = rows.get(session, subject, Notification, notification_id)
    _step(session, subject, row, event, at, **details)
    return row


def _step(
    session: Session,
    subject: Subject,
    row: Notification,
    event: NotificationEvent,
    at: datetime,
    **details: str,
) -> None:
    move(session, subject, NOTIFICATION, row, event, at, **details)
    match event:
        case _E.SEND:
            row.sent_at = at
        case _E.DELIVER:
            row.delivered_at = at
        case _E.READ:
            row.read_at = at
    session.flush()  # each step is written by itself: the history knows all of them
