"""The ledger of deliveries: one row per report, window and recipient, claimed before sending.

What the states mean for a run is decided in `deliver`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import CursorResult

from crm_core.database import tenant_session
from crm_core.enums import DeliveryState
from crm_core.ids import new_id
from crm_core.models import ReportDelivery
from crm_core.security.permissions import Subject

LOST_AFTER = timedelta(minutes=15)
"""A claim older than this belongs to a process that is gone."""

DETAIL_LENGTH = 500


@dataclass(frozen=True)
class LedgerKey:
    """Which row, and on whose behalf it is written."""

    system: Subject
    report: str
    window: str
    user_id: UUID

    @property
    def where(self) -> tuple[Any, ...]:
        """The row's key as conditions."""
        return (
            ReportDelivery.client_id == self.system.client_id,
            ReportDelivery.report_name == self.report,
            ReportDelivery.window_key == self.window,
            ReportDelivery.recipient_user_id == self.user_id,
        )


@dataclass(frozen=True)
class Entry:
    """A row as it stands."""

    state: DeliveryState
    detail: str | None


def open_entry(key: LedgerKey, message_id: str, *, at: datetime) -> Entry:
    """The row of this delivery, made DUE when there is none.

    A claim left behind by a process that is gone becomes UNKNOWN: it may have sent, so nobody
    sends again without a person's word.
    """
    row = {
        "client_id": key.system.client_id,
        "id": new_id(at),
        "report_name": key.report,
        "window_key": key.window,
        "recipient_user_id": key.user_id,
        "state": DeliveryState.DUE.value,
        "message_id": message_id,
    }
    with tenant_session(key.system) as session:
        session.execute(insert(ReportDelivery).values(**row).on_conflict_do_nothing())
        session.execute(
            update(ReportDelivery)
            .where(*key.where, ReportDelivery.state == DeliveryState.SENDING.value)
            .where(ReportDelivery.attempted_at < at - LOST_AFTER)
            .values(state=DeliveryState.UNKNOWN.value, detail="the sender stopped while sending")
        )
        found = session.scalars(select(ReportDelivery).where(*key.where)).one()
        return Entry(DeliveryState(found.state), found.detail)


def claim(key: LedgerKey, *, digest: str, publication_id: int, at: datetime) -> bool:
    """Take a DUE row for sending; False when somebody else has taken it."""
    return _change(
        key,
        DeliveryState.DUE,
        state=DeliveryState.SENDING.value,
        content_hash=digest,
        publication_id=publication_id,
        attempted_at=at,
        detail=None,
    )


def settle(key: LedgerKey, state: DeliveryState, *, detail: str, at: datetime) -> None:
    """Record the outcome of a claimed row."""
    sent_at = at if state is DeliveryState.SENT else None
    _change(
        key,
        DeliveryState.SENDING,
        state=state.value,
        sent_at=sent_at,
        detail=detail[:DETAIL_LENGTH],
    )


def refuse(key: LedgerKey, detail: str) -> None:
    """Close a DUE row for good: its recipient cannot be written to."""
    refused = DeliveryState.REFUSED.value
    _change(key, DeliveryState.DUE, state=refused, detail=detail[:DETAIL_LENGTH])


def note(key: LedgerKey, detail: str) -> None:
    """Say on a DUE row why nothing went yet."""
    _change(key, DeliveryState.DUE, detail=detail[:DETAIL_LENGTH])


def _change(key: LedgerKey, from_state: DeliveryState, **values: Any) -> bool:
    """Change the row if it is still in a state; whether it was."""
    statement = (
        update(ReportDelivery)
        .where(*key.where, ReportDelivery.state == from_state.value)
        .values(**values)
    )
    with tenant_session(key.system) as session:
        changed = session.execute(statement)
        return isinstance(changed, CursorResult) and changed.rowcount == 1
