"""Occasions of reports: each due time opened once, whichever scheduler sees it first.

When a report is due is said by `report_schedule`; what is sent to whom belongs to `reports`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_core.enums import OccasionState, Resource
from crm_core.errors import CrmError
from crm_core.ids import new_id
from crm_core.models import ReportOccasion
from crm_core.security import audit
from crm_core.security.permissions import Action, Subject, require
from crm_core.services import rows
from crm_core.services.reporting.report_schedule import Schedule

DETAIL_LENGTH = 500
TRIES = 5


class OccasionNotHeld(CrmError):
    """Only what is held can be released."""


@dataclass(frozen=True)
class Report:
    """Which report: the catalogue's of that name, or the saved one."""

    name: str
    definition_id: UUID | None = None

    def where(self, subject: Subject) -> tuple[ColumnElement[bool], ...]:
        """Its occasions."""
        return (
            ReportOccasion.client_id == subject.client_id,
            # A saved report keeps its occasions when it is renamed.
            ReportOccasion.definition_id == self.definition_id
            if self.definition_id
            else (ReportOccasion.report_name == self.name) & ReportOccasion.definition_id.is_(None),
        )


def begin(session: Session, subject: Subject, report: Report, *, at: datetime) -> None:
    """A schedule begins, or begins anew: nothing that was due before is made up for."""
    _insert(session, subject, report, due_at=at, state=OccasionState.SKIPPED.value)


def due(
    session: Session, subject: Subject, report: Report, schedule: Schedule, *, as_of: datetime
) -> datetime | None:
    """The last due time that nobody opened yet; of several that were missed only the last.

    Occasions that lie ahead do not count: a clock that was wrong must not silence the days between.
    A schedule that is seen for the first time begins now.
    """
    last = session.scalar(
        select(func.max(ReportOccasion.due_at)).where(
            *report.where(subject),
            ReportOccasion.is_asked.is_(False),
            ReportOccasion.due_at <= as_of,
        )
    )
    if last is None:
        begin(session, subject, report, at=as_of)
        return None
    return schedule.latest(last, as_of)


def open_due(
    session: Session, subject: Subject, report: Report, *, due_at: datetime, window: str
) -> None:
    """Open what a schedule asks for; nothing when it is open already.

    What somebody asked for by hand since the due time before has done the work of this one.
    """
    before = session.scalar(
        select(func.max(ReportOccasion.due_at)).where(
            *report.where(subject),
            ReportOccasion.is_asked.is_(False),
            ReportOccasion.due_at < due_at,
        )
    )
    asked = select(ReportOccasion.id).where(
        *report.where(subject),
        ReportOccasion.is_asked,
        ReportOccasion.only_user_id.is_(None),
        ReportOccasion.window_key == window,
        ReportOccasion.due_at.between(before or due_at, due_at),
    )
    if session.scalar(asked.limit(1)):
        state, detail = OccasionState.SKIPPED, "it was sent by hand"
        _insert(
            session, subject, report, due_at=due_at, window_key=window, state=state.value,
            detail=detail,
        )  # fmt: skip
        return
    _open(session, subject, report, due_at=due_at, window_key=window)


def ask(
    session: Session,
    subject: Subject,
    report: Report,
    *,
    at: datetime,
    window: str,
    by: UUID | None = None,
    only_user_id: UUID | None = None,
) -> ReportOccasion:
    """Open an occasion by hand, as the next revision of its window."""
    return _open(
        session, subject, report, due_at=at, window_key=window, is_asked=True,
        requested_by_id=by, only_user_id=only_user_id,
    )  # fmt: skip


def of_window(
    session: Session, subject: Subject, report: Report, window: str
) -> ReportOccasion | None:
    """The last occasion of a window that was for everybody, if there was one."""
    return session.scalars(
        select(ReportOccasion)
        .where(
            *report.where(subject),
            ReportOccasion.window_key == window,
            ReportOccasion.only_user_id.is_(None),
            ReportOccasion.state != OccasionState.SKIPPED.value,
        )
        .order_by(ReportOccasion.revision.desc())
        .limit(1)
    ).one_or_none()


def open_ones(session: Session, subject: Subject) -> list[ReportOccasion]:
    """What is open, the oldest first."""
    return list(
        session.scalars(
            select(ReportOccasion)
            .where(
                ReportOccasion.client_id == subject.client_id,
                ReportOccasion.state == OccasionState.OPEN.value,
            )
            .order_by(ReportOccasion.due_at, ReportOccasion.id)
        )
    )


def end(
    session: Session,
    subject: Subject,
    occasion_id: UUID,
    state: OccasionState,
    *,
    at: datetime,
    detail: str | None = None,
) -> bool:
    """Nothing more is to be done, or it is held; whether it was open."""
    changed = session.execute(
        update(ReportOccasion)
        .where(
            ReportOccasion.client_id == subject.client_id,
            ReportOccasion.id == occasion_id,
            ReportOccasion.state == OccasionState.OPEN.value,
        )
        .values(state=state.value, finished_at=at, detail=detail and detail[:DETAIL_LENGTH])
        .returning(ReportOccasion.id)
    )
    return changed.first() is not None


def note(session: Session, subject: Subject, occasion_id: UUID, detail: str) -> None:
    """Say why an open occasion waits."""
    session.execute(
        update(ReportOccasion)
        .where(ReportOccasion.client_id == subject.client_id, ReportOccasion.id == occasion_id)
        .where(ReportOccasion.detail.is_distinct_from(detail[:DETAIL_LENGTH]))
        .values(detail=detail[:DETAIL_LENGTH])
    )


def release(
    session: Session, subject: Subject, *, occasion_id: UUID, at: datetime
) -> ReportOccasion:
    """A person lets go what was held, with the data that there are."""
    require(subject, Resource.REPORT, Action.CREATE)
    row = rows.get_for_effect(session, subject, ReportOccasion, occasion_id)
    if row.state != OccasionState.HELD:
        raise OccasionNotHeld(f"the report {row.report_name} is {row.state}, not held")
    row.state, row.finished_at, row.released_at = OccasionState.OPEN.value, None, at
    audit.record(session, subject, "RELEASE", Resource.REPORT, row.id, at)
    session.flush()
    return row


def _open(session: Session, subject: Subject, report: Report, **values: object) -> ReportOccasion:
    """The occasion of that due time, made when there is none, with the window's next revision."""
    same = select(ReportOccasion).where(
        *report.where(subject),
        ReportOccasion.due_at == values["due_at"],
        ReportOccasion.is_asked == values.get("is_asked", False),
        ReportOccasion.only_user_id.is_not_distinct_from(values.get("only_user_id")),
    )
    if values.get("is_asked"):  # one may ask for several windows at once, a schedule for one
        same = same.where(ReportOccasion.window_key == values["window_key"])
    for _ in range(TRIES):
        found = session.scalars(same).one_or_none()
        if found is not None:
            return found
        revisions = select(func.coalesce(func.max(ReportOccasion.revision), 0) + 1).where(
            *report.where(subject),
            ReportOccasion.window_key == values["window_key"],
            ReportOccasion.state != OccasionState.SKIPPED.value,
        )
        # Another who opens the same, or the same revision, makes this insert do nothing.
        _insert(session, subject, report, revision=session.scalar(revisions), **values)
    raise CrmError(f"the report {report.name} is asked for too often at once: try again")


def _insert(session: Session, subject: Subject, report: Report, **values: object) -> None:
    at = values["due_at"]
    assert isinstance(at, datetime)
    row = {
        "client_id": subject.client_id,
        "id": new_id(at),
        "report_name": report.name,
        "definition_id": report.definition_id,
        **values,
    }
    session.execute(insert(ReportOccasion).values(**row).on_conflict_do_nothing())
