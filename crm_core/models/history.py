"""The history of every status: one row per change, written by trigger, never changed.

The trigger is in `crm_core.migrations.history`; which steps are allowed, in `crm_core.services`.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, String, Uuid, text
from sqlalchemy.orm import Mapped

from crm_core.models.base import Base, Instant, Scoped, indexes, kept, local_of, tracked


class StatusEvent(Scoped, Base):
    """One change of a status: of which row, from what to what, when, by whom.

    Changes of one instant are in the order of `created_at`, which reads the clock for each.
    """

    __tablename__ = "status_events"
    __table_args__ = tracked(
        "status_events",
        CheckConstraint("from_status is distinct from to_status", name="changes_the_status"),
        *indexes("status_events", ["entity_id", "occurred_at"]),
        # Branch and person are copied from a row that was held to its keys: not checked twice.
        scoped=False,
    )

    entity: Mapped[str] = kept(String(63))
    """Table of the row."""
    entity_id: Mapped[UUID] = kept(Uuid())
    """Id of the row; no key, because the history stays when a row goes."""
    status_column: Mapped[str] = kept(String(63), server_default=text("'status'"))
    """Column that changed: `status`, or e.g. `approval_status`."""
    from_status: Mapped[str | None] = kept(String(40))
    """Empty when the row was made."""
    to_status: Mapped[str] = kept(String(40))
    occurred_at: Mapped[datetime] = kept(Instant)
    """The instant that the service was told; the time of the transaction for anybody else."""
    occurred_on: Mapped[date | None] = local_of("occurred_at", Date)
    by_user_id: Mapped[UUID | None] = kept(Uuid())
    """Who did it; empty for the system."""
