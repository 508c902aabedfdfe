"""The ledger: one row per report, window, recipient, formats and revision; each is sent once.

A row is worked on by one scheduler at a time, whose number it carries; every step says which state
and which number it found, so that a word that comes too late changes nothing. What the states mean
for a round is decided in `rounds`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from crm_core.database import as_system, tenant_session
from crm_core.enums import DeliveryState, Resource
from crm_core.ids import new_id
from crm_core.models import ReportDelivery, ReportOccasion
from crm_core.security import audit
from crm_core.security.permissions import Action, Subject, require
from crm_core.services import rows
from reports.delivery.people import Person
from reports.delivery.worker import Worker
from reports.errors import DeliveryNotParked

DETAIL_LENGTH: Final = 500
PAUSES: Final = tuple(timedelta(minutes=n) for n in (1, 5, 15, 30, 60))
"""Before the next try, by how many there were; the last for all that follow."""
STOPPED: Final = "the sender stopped while sending"
_S = DeliveryState
AT_WORK: Final = (_S.CLAIMED.value, _S.SENDING.value)
OPEN: Final = (_S.DUE.value, *AT_WORK)


@dataclass(frozen=True)
class Entry:
    """A row as it stands."""

    id: UUID
    state: DeliveryState
    detail: str | None
    attempts: int
    next_attempt_at: datetime | None
    file_key: str | None
    content_hash: str | None
    scope_hash: str | None

    @classmethod
    def of(cls, row: ReportDelivery) -> "Entry":
        """From the table."""
        return cls(
            row.id, DeliveryState(row.state), row.detail, row.attempt_count, row.next_attempt_at,
            row.file_key, row.content_hash, row.scope_hash,
        )  # fmt: skip


def open_entry(
    system: Subject,
    occasion: ReportOccasion,
    recipient: Person | UUID,
    message_id: str,
    formats: str,
    *,
    at: datetime,
) -> Entry:
    """The row of this delivery, made DUE when there is none; for a person, or one who left."""
    user_id = recipient.user_id if isinstance(recipient, Person) else recipient
    address = recipient.email if isinstance(recipient, Person) and user_id is None else None
    row = {
        "client_id": system.client_id,
        "id": new_id(at),
        "occasion_id": occasion.id,
        "report_name": occasion.report_name,
        "definition_id": occasion.definition_id,
        "window_key": occasion.window_key,
        "revision": occasion.revision,
        "recipient_user_id": user_id,
        "recipient_address": address,
        "formats": formats,
        "state": _S.DUE.value,
        "message_id": message_id,
    }
    key = (
        ReportDelivery.client_id == system.client_id,
        ReportDelivery.report_name == occasion.report_name,
        ReportDelivery.definition_id.is_not_distinct_from(occasion.definition_id),
        ReportDelivery.window_key == occasion.window_key,
        ReportDelivery.revision == occasion.revision,
        ReportDelivery.recipient_user_id.is_not_distinct_from(user_id),
        ReportDelivery.recipient_address.is_not_distinct_from(address),
        ReportDelivery.formats == formats,
    )
    with tenant_session(system) as session:
        found = session.scalars(select(ReportDelivery).where(*key)).one_or_none()
        if found is None:
            session.execute(insert(ReportDelivery).values(**row).on_conflict_do_nothing())
            found = session.scalars(select(ReportDelivery).where(*key)).one()
        return Entry.of(found)


def entries(system: Subject, occasion_id: UUID) -> list[ReportDelivery]:
    """The rows of an occasion."""
    with tenant_session(system) as session:
        return list(
            session.scalars(
                select(ReportDelivery)
                .where(
                    ReportDelivery.client_id == system.client_id,
                    ReportDelivery.occasion_id == occasion_id,
                )
                .order_by(ReportDelivery.id)
            )
        )


def recover(system: Subject, worker: Worker) -> int:
    """Take back what schedulers left that are gone: prepared is due again, sending is unknown.

    It may have been sent, so nobody sends again without a person's word. Says how many rows.
    """
    mine = ReportDelivery.client_id == system.client_id
    with tenant_session(system) as session:
        numbers = session.scalars(
            select(ReportDelivery.claimed_by)
            .where(mine, ReportDelivery.state.in_(AT_WORK))
            .distinct()
        ).all()
    gone = [number for number in numbers if number is None or worker.is_gone(number)]
    if not gone:
        return 0
    left = or_(
        ReportDelivery.claimed_by.in_([n for n in gone if n is not None]),
        ReportDelivery.claimed_by.is_(None) if None in gone else ReportDelivery.claimed_by == 0,
    )
    with tenant_session(system) as session:
        parked = session.execute(
            update(ReportDelivery)
            .where(mine, left, ReportDelivery.state == _S.SENDING.value)
            .values(state=_S.UNKNOWN.value, detail=STOPPED)
        )
        back = session.execute(
            update(ReportDelivery)
            .where(mine, left, ReportDelivery.state == _S.CLAIMED.value)
            .values(state=_S.DUE.value, claimed_by=None)
        )
    return _count(parked) + _count(back)


def claim(
    system: Subject, entry_id: UUID, worker: Worker, *, at: datetime, is_asked: bool = False
) -> bool:
    """Take a DUE row whose time has come; False when somebody else has taken it."""
    # A clock that ran ahead must not keep a row waiting for days: no pause is longer than the last.
    ready = or_(
        ReportDelivery.next_attempt_at.is_(None),
        ReportDelivery.next_attempt_at <= at,
        ReportDelivery.next_attempt_at > at + PAUSES[-1],
    )
    statement = (
        update(ReportDelivery)
        .where(
            ReportDelivery.client_id == system.client_id,
            ReportDelivery.id == entry_id,
            ReportDelivery.state == _S.DUE.value,
        )
        .values(
            state=_S.CLAIMED.value,
            claimed_by=worker.number,
            attempt_count=ReportDelivery.attempt_count + 1,
            attempted_at=at,
        )
    )
    with tenant_session(system) as session:
        return _count(session.execute(statement if is_asked else statement.where(ready))) == 1


def keep_drawn(
    system: Subject,
    entry_id: UUID,
    worker: Worker,
    *,
    file_key: str,
    digest: str,
    publication_id: int,
    scope_hash: str,
    at: datetime,
) -> bool:
    """The letter is drawn and kept; False when the row is no longer this scheduler's."""
    return _change(
        system, entry_id, worker, _S.CLAIMED, file_key=file_key, content_hash=digest,
        publication_id=publication_id, scope_hash=scope_hash, rendered_at=at,
    )  # fmt: skip


def begin_sending(system: Subject, entry_id: UUID, worker: Worker, *, at: datetime) -> bool:
    """The last word before the letter goes; False when the row is no longer this scheduler's."""
    return _change(
        system, entry_id, worker, _S.CLAIMED,
        state=_S.SENDING.value, attempted_at=at, detail=None, next_attempt_at=None,
    )  # fmt: skip


def settle(
    system: Subject,
    entry_id: UUID,
    worker: Worker,
    state: DeliveryState,
    *,
    detail: str,
    at: datetime,
    retry_at: datetime | None = None,
) -> bool:
    """The outcome of a row at work; False when it is not this scheduler's any more."""
    values: dict[str, Any] = {"state": state.value, "detail": detail[:DETAIL_LENGTH]}
    values["next_attempt_at"] = retry_at
    if state is _S.SENT:
        values["sent_at"] = at
    return _change(system, entry_id, worker, *(_S(each) for each in AT_WORK), **values)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many tries."""
    return PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]


def refuse(system: Subject, entry_id: UUID, detail: str) -> bool:
    """Close a DUE row for good: nobody may receive it."""
    with tenant_session(system) as session:
        changed = session.execute(
            update(ReportDelivery)
            .where(
                ReportDelivery.client_id == system.client_id,
                ReportDelivery.id == entry_id,
                ReportDelivery.state == _S.DUE.value,
            )
            .values(state=_S.REFUSED.value, detail=detail[:DETAIL_LENGTH])
        )
        return _count(changed) == 1


def note(system: Subject, entry_id: UUID, detail: str) -> None:
    """Say on a DUE row why nothing went yet."""
    with tenant_session(system) as session:
        session.execute(
            update(ReportDelivery)
            .where(
                ReportDelivery.client_id == system.client_id,
                ReportDelivery.id == entry_id,
                ReportDelivery.state == _S.DUE.value,
                ReportDelivery.detail.is_distinct_from(detail[:DETAIL_LENGTH]),
            )
            .values(detail=detail[:DETAIL_LENGTH])
        )


def listed(
    session: Session, subject: Subject, states: Sequence[DeliveryState], limit: int = 200
) -> list[ReportDelivery]:
    """Deliveries in these states, the newest first."""
    require(subject, Resource.REPORT, Action.READ)
    return list(
        session.scalars(
            select(ReportDelivery)
            .where(
                ReportDelivery.client_id == subject.client_id,
                ReportDelivery.state.in_([state.value for state in states]),
            )
            .order_by(ReportDelivery.id.desc())
            .limit(limit)
        )
    )


def resolve(
    session: Session, subject: Subject, *, entry_id: UUID, arrived: bool, at: datetime
) -> ReportDelivery:
    """A person says whether a parked letter arrived; one that did not is due again, the same."""
    require(subject, Resource.REPORT, Action.UPDATE)
    with as_system(session):
        row = rows.get(session, subject, ReportDelivery, entry_id)
        if row.state != _S.UNKNOWN:
            raise DeliveryNotParked(f"the delivery {entry_id} is {row.state}: only UNKNOWN is open")
        if arrived:
            row.state, row.sent_at = _S.SENT.value, row.attempted_at
        else:
            row.state, row.next_attempt_at, row.attempt_count = _S.DUE.value, None, 0
            session.execute(
                update(ReportOccasion)
                .where(
                    ReportOccasion.client_id == subject.client_id,
                    ReportOccasion.id == row.occasion_id,
                )
                .values(state="OPEN", finished_at=None)
            )
        row.detail = "a person said that it arrived" if arrived else "a person asked for it again"
        audit.record(
            session, subject, "RESOLVE", Resource.REPORT, row.id, at, details={"arrived": arrived}
        )
        session.flush()
    return row


def is_settled(system: Subject, occasion_id: UUID) -> bool:
    """Whether an occasion has rows, and no one of them needs more of a scheduler."""
    with tenant_session(system) as session:
        total, still = session.execute(
            select(
                func.count(),
                func.count().filter(ReportDelivery.state.in_(OPEN)),
            ).where(
                ReportDelivery.client_id == system.client_id,
                ReportDelivery.occasion_id == occasion_id,
            )
        ).one()
        return bool(total) and not still


def _change(
    system: Subject, entry_id: UUID, worker: Worker, *states: DeliveryState, **values: Any
) -> bool:
    """Change a row if it is this scheduler's and still in one of the states; whether it was."""
    statement = (
        update(ReportDelivery)
        .where(
            ReportDelivery.client_id == system.client_id,
            ReportDelivery.id == entry_id,
            ReportDelivery.claimed_by == worker.number,
            ReportDelivery.state.in_([state.value for state in states]),
        )
        .values(**values)
    )
    with tenant_session(system) as session:
        return _count(session.execute(statement)) == 1


def _count(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
