"""The ledger of report deliveries, and the one-row clock that live views read.

Report definitions are files in `reports/catalogue`.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped

from crm_core.enums import DeliveryState
from crm_core.models.base import (
    Base,
    Instant,
    Owned,
    Stamped,
    in_set,
    kept,
    one_of,
    private,
    tenant_fk,
    tracked,
)


class ReportDelivery(Owned, Base):
    """One report, one window, one recipient: a second run for the window sends nothing."""

    __tablename__ = "report_deliveries"
    __table_args__ = tracked(
        "report_deliveries",
        in_set("state", DeliveryState),
        tenant_fk("recipient_user_id", "users"),
        UniqueConstraint("client_id", "report_name", "window_key", "recipient_user_id"),
        scoped=False,
    )

    report_name: Mapped[str] = kept(String(100))
    window_key: Mapped[str] = kept(String(60))
    recipient_user_id: Mapped[UUID] = kept(Uuid())
    state: Mapped[str] = one_of(DeliveryState, server_default=text("'DUE'"))
    message_id: Mapped[str] = kept(String(200))
    content_hash: Mapped[str | None] = kept(String(64))
    publication_id: Mapped[int | None] = kept(BigInteger)
    attempted_at: Mapped[datetime | None] = kept(Instant)
    sent_at: Mapped[datetime | None] = kept(Instant)
    detail: Mapped[str | None] = private(String(500))


class BusinessClock(Stamped, Base):
    """The instant that live views take for now; one row, moved by the edge."""

    __tablename__ = "business_clock"
    __table_args__ = (CheckConstraint("is_only", name="one_row"),)

    is_only: Mapped[bool] = private(Boolean, primary_key=True, server_default=text("true"))
    as_of: Mapped[datetime] = kept(Instant)
