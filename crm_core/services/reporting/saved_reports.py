"""Reports that people save: made, changed, shared, put on a schedule and taken off it.

What a spec may say is checked by whoever calls, with the validator of the catalogue's own files;
when it is due is in `report_schedule`, what became of it in `occasions`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import (
    DeadlinePolicy,
    NotificationChannel,
    NotificationPriority,
    NotificationType,
    ReportFormat,
    UserRole,
    UserStatus,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Location, ReportDefinition, User
from crm_core.security import audit
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Resource,
    Subject,
    can,
    require,
)
from crm_core.services import checks, rows
from crm_core.services.communication import notifications
from crm_core.services.communication.notifications import Note
from crm_core.services.reporting import occasions
from crm_core.services.reporting.occasions import Report
from crm_core.services.reporting.report_schedule import Schedule

OWNER_LEFT: Final = "its owner is no longer an active member of staff"
MOST_RECIPIENTS: Final = 200


@dataclass(frozen=True)
class Audience:
    """To whom: roles, perhaps of some branches only, people, and addresses outside."""

    roles: tuple[UserRole, ...] = ()
    location_ids: tuple[UUID, ...] = ()
    user_ids: tuple[UUID, ...] = ()
    emails: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nobody is named."""
        return not (self.roles or self.user_ids or self.emails)


@dataclass(frozen=True)
class Offer:
    """With whom a report is shared: everyone, or only some roles, only the staff of branches."""

    roles: tuple[UserRole, ...] = ()
    location_ids: tuple[UUID, ...] = ()


EVERYONE: Final = Offer()


@dataclass(frozen=True)
class Timing:
    """When it is due, and what becomes of it when its data are not complete in time."""

    schedule: Mapping[str, Any]
    policy: DeadlinePolicy = DeadlinePolicy.WAIT
    deadline_minutes: int = 240


def make(
    session: Session,
    subject: Subject,
    *,
    name: str,
    at: datetime,
    spec: Mapping[str, Any] | None = None,
    catalogue_name: str | None = None,
    formats: Collection[ReportFormat] = (ReportFormat.PDF,),
    description: str | None = None,
) -> ReportDefinition:
    """Save a report of one's own: a spec, or one of the catalogue as it stands."""
    require(subject, Resource.REPORT, Action.CREATE)
    if subject.user_id is None:
        raise InvalidInput("owner_id", "a saved report belongs to a person")
    if (spec is None) == (catalogue_name is None):
        raise InvalidInput("spec", "give a spec or the name of a catalogue report, not both")
    if not formats:
        raise InvalidInput("formats", "name at least one")
    row = ReportDefinition(
        client_id=subject.client_id,
        id=new_id(at),
        owner_id=subject.user_id,
        location_id=min(subject.location_ids, default=None, key=str),
        name=checks.clean_text("name", name, 100),
        description=checks.optional_text("description", description, 500),
        spec=dict(spec or {}),
        catalogue_name=catalogue_name,
        formats=[each.value for each in ReportFormat if each in formats],
    )
    rows.add(session, subject, row, Resource.REPORT)
    _record(session, subject, "CREATE", row, at)
    return row


def change(
    session: Session,
    subject: Subject,
    *,
    definition_id: UUID,
    spec: Mapping[str, Any],
    formats: Collection[ReportFormat],
    at: datetime,
) -> ReportDefinition:
    """Give a report another spec; name, sharing and schedule stay. One of the catalogue's becomes
    one of its owner's own."""
    if not formats:
        raise InvalidInput("formats", "name at least one")
    with as_system(session):
        row = _to_change(session, subject, definition_id)
        row.spec, row.catalogue_name = dict(spec), None
        row.formats = [each.value for each in ReportFormat if each in formats]
        _record(session, subject, "UPDATE", row, at)
    return row


def share(
    session: Session,
    subject: Subject,
    *,
    definition_id: UUID,
    is_shared: bool,
    at: datetime,
    offer: Offer = EVERYONE,
) -> ReportDefinition:
    """Offer a report to others of the tenant, or no longer; each sees their own figures."""
    with as_system(session):
        row = _to_change(session, subject, definition_id)
        _check_known(session, subject, (("branches", Location, offer.location_ids),))
        row.is_shared = is_shared
        row.shared_roles = [role.value for role in offer.roles]
        row.shared_location_ids = list(offer.location_ids)
        _record(session, subject, "SHARE" if is_shared else "UNSHARE", row, at)
    return row


def schedule(
    session: Session,
    subject: Subject,
    *,
    definition_id: UUID,
    timing: Timing,
    audience: Audience,
    at: datetime,
) -> ReportDefinition:
    """Put a report on a schedule from now on; what was due before is not made up for.

    Addresses outside get what the owner may see, so an administrator must approve them.
    """
    made = Schedule.of(timing.schedule)
    minutes = checks.count("deadline_minutes", timing.deadline_minutes, 0)
    emails = tuple(_address(each) for each in audience.emails)
    if audience.is_empty:
        raise InvalidInput("recipients", "name a role, a person or an address")
    if len(audience.user_ids) + len(emails) > MOST_RECIPIENTS:
        raise InvalidInput("recipients", f"at most {MOST_RECIPIENTS}: name a role instead")
    with as_system(session):
        row = _to_change(session, subject, definition_id)
        outside = _outside(session, subject, emails)
        if outside and not _may_approve(subject):
            raise ActionRefused(
                f"{outside[0]} is no address of this company: only an administrator may approve it"
            )
        _check_known(
            session,
            subject,
            (
                ("recipient_user_ids", User, audience.user_ids),
                ("recipient_location_ids", Location, audience.location_ids),
            ),
        )
        row.is_scheduled, row.schedule = True, dict(timing.schedule)
        row.next_run_at = made.after(at)
        row.deadline_policy, row.deadline_minutes = timing.policy.value, minutes or 0
        row.recipient_roles = [role.value for role in audience.roles]
        row.recipient_location_ids = list(audience.location_ids)
        row.recipient_user_ids = list(audience.user_ids)
        row.recipient_emails = list(emails)
        row.emails_approved_by_id = subject.user_id if emails else None
        occasions.begin(session, subject, Report(row.name, row.id), at=at)
        _record(session, subject, "SCHEDULE", row, at)
    return row


def unschedule(
    session: Session, subject: Subject, *, definition_id: UUID, at: datetime
) -> ReportDefinition:
    """Take a report off its schedule."""
    with as_system(session):
        row = _to_change(session, subject, definition_id)
        row.is_scheduled, row.next_run_at = False, None
        _record(session, subject, "UNSCHEDULE", row, at)
    return row


def find(session: Session, subject: Subject, definition_id: UUID) -> ReportDefinition:
    """A report in one's reach, or one that is shared; raises `NotFound`."""
    require(subject, Resource.REPORT, Action.READ)
    with as_system(session):
        row = rows.get(session, subject, ReportDefinition, definition_id, lock=False)
    is_seen = can(subject, Resource.REPORT, Action.READ, rows.facts(row))
    if not (is_seen or _is_offered(row, subject) or row.owner_id == subject.user_id):
        raise rows.NotFound(ReportDefinition, definition_id)
    return row


def offered(session: Session, subject: Subject) -> list[ReportDefinition]:
    """One's own reports and those that are shared with one, by name."""
    require(subject, Resource.REPORT, Action.READ)
    with as_system(session):
        found = session.scalars(
            select(ReportDefinition)
            .where(
                ReportDefinition.client_id == subject.client_id,
                ReportDefinition.is_active,
                or_(ReportDefinition.owner_id == subject.user_id, ReportDefinition.is_shared),
            )
            .order_by(ReportDefinition.name, ReportDefinition.id)
        ).all()
    return [r for r in found if r.owner_id == subject.user_id or _is_offered(r, subject)]


def scheduled(session: Session, subject: Subject, *, as_of: datetime) -> list[ReportDefinition]:
    """What is on a schedule; a report whose owner left is taken off it, administrators are told."""
    require(subject, Resource.REPORT, Action.UPDATE)
    found = session.execute(
        select(ReportDefinition, User.status)
        .join(
            User,
            (User.client_id == ReportDefinition.client_id) & (User.id == ReportDefinition.owner_id),
        )
        .where(
            ReportDefinition.client_id == subject.client_id,
            ReportDefinition.is_active,
            ReportDefinition.is_scheduled,
        )
        .order_by(ReportDefinition.id)
    ).all()
    for row, status in found:
        if status != UserStatus.ACTIVE:
            pause(session, subject, row, OWNER_LEFT, at=as_of)
    return [row for row, status in found if status == UserStatus.ACTIVE]


def pause(
    session: Session, subject: Subject, row: ReportDefinition, reason: str, *, at: datetime
) -> None:
    """Take a report off its schedule because of something, and tell the administrators."""
    row.is_scheduled, row.next_run_at = False, None
    _record(session, subject, "PAUSE", row, at)
    note = Note(
        NotificationType.SYSTEM_ALERT,
        f"Report {row.name} was taken off its schedule",
        f"Refused: {reason}. Give it another owner and schedule it again."
        if reason == OWNER_LEFT
        else reason,
        NotificationPriority.HIGH,
        channels=(NotificationChannel.IN_APP, NotificationChannel.EMAIL),
        entity="report_definitions",
        entity_id=row.id,
    )
    notifications.tell_role(session, subject, note, at=at)


def _to_change(session: Session, subject: Subject, definition_id: UUID) -> ReportDefinition:
    """The locked row: one's own is one's own, another's takes the right to change reports."""
    row = rows.get(session, subject, ReportDefinition, definition_id)
    if subject.user_id is not None and row.owner_id == subject.user_id:
        require(subject, Resource.REPORT, Action.CREATE)
        return row
    is_seen = can(subject, Resource.REPORT, Action.READ, rows.facts(row))
    if not (is_seen or _is_offered(row, subject)):
        raise rows.NotFound(ReportDefinition, definition_id)
    require(subject, Resource.REPORT, Action.UPDATE, rows.facts(row))
    return row


def _is_offered(row: ReportDefinition, subject: Subject) -> bool:
    """Whether it is shared with this subject; the platform sees all that is shared."""
    if not row.is_shared or subject.is_system:
        return row.is_shared
    is_role = not row.shared_roles or subject.role.value in row.shared_roles
    places = set(row.shared_location_ids)
    return is_role and (not places or not places.isdisjoint(subject.location_ids))


def _check_known(
    session: Session,
    subject: Subject,
    named: Iterable[tuple[str, type[User] | type[Location], Collection[UUID]]],
) -> None:
    for field, model, ids in named:
        known = session.scalars(
            select(model.id).where(model.client_id == subject.client_id, model.id.in_(ids))
        ).all()
        if missing := set(ids) - set(known):
            raise InvalidInput(field, f"{min(map(str, missing))} is not known here")


def _outside(session: Session, subject: Subject, emails: Collection[str]) -> list[str]:
    inside = session.scalars(
        select(User.email).where(User.client_id == subject.client_id, User.email.in_(emails))
    ).all()
    return [email for email in emails if email not in set(inside)]


def _may_approve(subject: Subject) -> bool:
    return subject.is_system or subject.role in (UserRole.ADMIN, UserRole.SUPER_ADMIN)


def _address(email: str) -> str:
    cleaned = checks.clean_text("recipients", email, 320).lower()
    name, sign, host = cleaned.rpartition("@")
    if not sign or not name or "." not in host or not cleaned.isprintable() or " " in cleaned:
        raise InvalidInput("recipients", f"{email!r} is not a mail address")
    return cleaned


def _record(
    session: Session, subject: Subject, action: str, row: ReportDefinition, at: datetime
) -> None:
    session.flush()
    audit.record(
        session, subject, action, Resource.REPORT, row.id, at, row.location_id,
        details={"report": row.name},
    )  # fmt: skip
    session.flush()
