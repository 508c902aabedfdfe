"""What went wrong with deliveries, told to a person: once for each, on the page and by mail.

It is found in the ledger, not told where it happens: what a dead scheduler left is told as well.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm_core.database import tenant_session
from crm_core.enums import (
    DeliveryState,
    NotificationChannel,
    NotificationPriority,
    NotificationType,
    OccasionState,
    UserRole,
)
from crm_core.models import ReportDefinition, ReportDelivery, ReportOccasion
from crm_core.security.permissions import Subject
from crm_core.services.communication import notifications
from crm_core.services.communication.notifications import Note
from reports.errors import ReportError
from reports.spec import load_report

TRIES_UNTOLD: Final = 2
"""The first failed try is tried again a minute later; after the second a person hears of it."""
MOST_NAMED: Final = 10
_S = DeliveryState
WORDS: Final = {
    _S.REFUSED: "was refused",
    _S.UNKNOWN: "may or may not have arrived: look, then say so in `crm report deliveries`",
    _S.DUE: "has not gone yet and is tried again",
}


def tell(system: Subject, at: datetime) -> int:
    """Tell of everything that nobody was told of; says how many notes were written."""
    with tenant_session(system, at) as session:
        return _deliveries(session, system, at) + _occasions(session, system, at)


def _deliveries(session: Session, system: Subject, at: datetime) -> int:
    failed = session.scalars(
        select(ReportDelivery)
        .where(
            ReportDelivery.client_id == system.client_id,
            ReportDelivery.told_at.is_(None),
            or_(
                ReportDelivery.state.in_([_S.REFUSED.value, _S.UNKNOWN.value]),
                (ReportDelivery.state == _S.DUE.value)
                & (ReportDelivery.attempt_count >= TRIES_UNTOLD),
            ),
        )
        .order_by(ReportDelivery.id)
        .with_for_update(skip_locked=True)
    ).all()
    # One note per report and outcome: a mail server that is down is one piece of news, not forty.
    groups: dict[tuple[UUID | None, str], list[ReportDelivery]] = defaultdict(list)
    for row in failed:
        row.told_at = at
        groups[row.occasion_id, row.state].append(row)
    for (occasion_id, state), rows in groups.items():
        occasion = _occasion(session, system, occasion_id)
        title = f"Report {rows[0].report_name}, {rows[0].window_key}: {len(rows)} not delivered"
        _note(session, system, occasion, rows[0].report_name, title, _body(rows, state), at)
    return len(groups)


def _body(rows: Sequence[ReportDelivery], state: str) -> str:
    lines = [f"The letter {WORDS[_S(state)]}."]
    lines += [f"{row.id}: {row.detail or 'no reason is known'}"[:170] for row in rows[:MOST_NAMED]]
    if len(rows) > MOST_NAMED:
        lines.append(f"and {len(rows) - MOST_NAMED} more")
    return "\n".join(lines)


def _occasions(session: Session, system: Subject, at: datetime) -> int:
    late = session.scalars(
        select(ReportOccasion)
        .where(
            ReportOccasion.client_id == system.client_id,
            ReportOccasion.told_at.is_(None),
            ReportOccasion.detail.is_not(None),
            ReportOccasion.state != OccasionState.SKIPPED.value,
        )
        .order_by(ReportOccasion.id)
        .with_for_update(skip_locked=True)
    ).all()
    for row in late:
        row.told_at = at
        what = "held" if row.state == OccasionState.HELD else "late"
        title = f"Report {row.report_name}, {row.window_key}: {what}"
        _note(session, system, row, row.report_name, title, row.detail or "", at)
    return len(late)


def _note(
    session: Session,
    system: Subject,
    occasion: ReportOccasion | None,
    report_name: str,
    title: str,
    body: str,
    at: datetime,
) -> None:
    note = Note(
        NotificationType.SYSTEM_ALERT,
        title[:200],
        body[:2000],
        NotificationPriority.HIGH,
        channels=(NotificationChannel.IN_APP, NotificationChannel.EMAIL),
        entity="report_occasions",
        entity_id=occasion.id if occasion else None,
    )
    people = _owners(session, system, occasion)
    if people and notifications.tell(session, system, note, people, at=at):
        return
    # Nobody owns it, or who did has left: the role that the report names, then administrators.
    roles = [_role(report_name), UserRole.ADMIN]
    for role in dict.fromkeys(roles):
        if notifications.tell_role(session, system, note, at=at, roles=[role]):
            return


def _owners(session: Session, system: Subject, occasion: ReportOccasion | None) -> list[UUID]:
    if occasion is None:
        return []
    if occasion.requested_by_id is not None:
        return [occasion.requested_by_id]
    owner = session.scalar(
        select(ReportDefinition.owner_id).where(
            ReportDefinition.client_id == system.client_id,
            ReportDefinition.id == occasion.definition_id,
        )
    )
    return [owner] if owner else []


def _role(report_name: str) -> UserRole:
    try:
        return UserRole(load_report(report_name).model_dump().get("owner", UserRole.ADMIN))
    except ReportError:
        return UserRole.ADMIN


def _occasion(session: Session, system: Subject, occasion_id: UUID | None) -> ReportOccasion | None:
    if occasion_id is None:
        return None
    return session.get(ReportOccasion, (system.client_id, occasion_id))
