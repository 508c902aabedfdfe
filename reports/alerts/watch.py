"""Alerts at work: figures at the owner's door, where each alert stands, and who is told.

Judging is in `rule`. A standing and the note about it are written in one transaction, under the
lock of the rule: whoever watches beside us finds the bucket judged.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, tenant_session
from crm_core.enums import (
    AlertState,
    NotificationType,
)
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import AlertRule, AlertStanding
from crm_core.security import audit
from crm_core.security.permissions import Action, ActionRefused, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.communication import notifications
from crm_core.services.communication.notifications import Note
from crm_core.services.tenancy.staff import recipients_among
from reports.alerts.figures import complete_until
from reports.alerts.figures import figures as figures_of
from reports.alerts.rule import Event, Point, Rule, Said, Standing, read_rule, told, walk
from reports.alerts.tell import tell
from transforms.lake import publication
from transforms.metrics.period import Grain, floor, shift

REHEARSED_MONTHS = 12
FOUR = Decimal("0.0001")


@dataclass(frozen=True)
class Rehearsal:
    """A rule on the twelve months before."""

    first_on: date
    until_on: date
    bucket_count: int
    said: tuple[Said, ...]
    standings: Mapping[str, Standing]
    """By branch, where it stands at the end."""

    @property
    def raised_count(self) -> int:
        """How often it would have been raised."""
        return sum(each.event is Event.RAISED for each in self.said)


def rehearse(subject: Subject, rule: Rule) -> Rehearsal:
    """The rule on the last twelve months of complete buckets, as `subject` may see them.

    Raises what door and metric layer raise.
    """
    until = complete_until(subject, rule)
    first = floor(shift(until, Grain.MONTH, -REHEARSED_MONTHS), rule.unit)
    said: list[Said] = []
    standings, count = {}, 0
    for branch, all_points in figures_of(subject, rule, first, until).items():
        judged = [point for point in all_points if point.on >= first]
        count += len(judged)
        standings[branch], events = walk(rule, Standing(), judged)
        said += [Said(branch, event, point) for point, event in events]
    said.sort(key=lambda each: (each.point.on, each.branch))
    return Rehearsal(first, until, count, tuple(said), standings)


def save_rule(
    subject: Subject,
    name: str,
    rule: Rule,
    at: datetime,
    *,
    recipient_user_ids: Collection[UUID] = (),
) -> tuple[UUID, Rehearsal]:
    """Rehearse a rule and save it: what is raised already stays untold, the rehearsal showed it."""
    require(subject, Resource.REPORT, Action.CREATE)
    if subject.user_id is None:
        raise ActionRefused("an alert belongs to a person")
    tried = rehearse(subject, rule)
    last = shift(tried.until_on, rule.unit, -1)
    row = AlertRule(
        client_id=subject.client_id,
        id=new_id(at),
        owner_id=subject.user_id,
        location_id=min(subject.location_ids, default=None, key=str),
        name=checks.clean_text("name", name, 120),
        metric=rule.metric,
        rule=rule.model_dump(mode="json"),
        recipient_user_ids=list(recipient_user_ids),
        rehearsed_at=at,
        rehearsed_count=tried.raised_count,
    )
    with tenant_session(subject, at) as session:
        _require_known(session, subject, row.recipient_user_ids, at)
        rows.add(session, subject, row, Resource.REPORT)
        audit.record(
            session, subject, "CREATE", Resource.REPORT, row.id, at, row.location_id,
            details={"alert": row.metric, "rehearsed": row.rehearsed_count},
        )  # fmt: skip
        session.flush()
        with as_system(session):
            for branch, standing in tried.standings.items():
                session.add(_row(subject, row.id, branch, standing, last, None, at))
            session.flush()
    return row.id, tried


def mute(subject: Subject, rule_id: UUID, until: datetime | None, at: datetime) -> None:
    """Say nothing until then; what is raised and still stands is told afterwards."""
    with tenant_session(subject, at) as session, as_system(session):
        row = rows.get(session, subject, AlertRule, rule_id)
        if row.owner_id != subject.user_id:
            require(subject, Resource.REPORT, Action.UPDATE, rows.facts(row))
        row.muted_until_at = until
        audit.record(session, subject, "MUTE", Resource.REPORT, row.id, at, row.location_id)
        session.flush()


def switch_off(subject: Subject, rule_id: UUID, at: datetime) -> None:
    """End an alert; its owner, and whoever may change reports."""
    with tenant_session(subject, at) as session, as_system(session):
        row = rows.get(session, subject, AlertRule, rule_id)
        if row.owner_id != subject.user_id:
            require(subject, Resource.REPORT, Action.UPDATE, rows.facts(row))
        row.is_active = False
        audit.record(session, subject, "SWITCH_OFF", Resource.REPORT, row.id, at, row.location_id)
        session.flush()


def listed(subject: Subject) -> list[tuple[AlertRule, list[str]]]:
    """Rules in one's reach, each with where it is raised: branch codes, or `all`."""
    require(subject, Resource.REPORT, Action.READ)
    with tenant_session(subject) as session:
        rules = session.scalars(
            select(AlertRule)
            .where(AlertRule.client_id == subject.client_id, AlertRule.is_active)
            .order_by(AlertRule.name, AlertRule.id)
        ).all()
        return [
            (
                rule,
                [
                    branch or "all"
                    for branch, row in sorted(_standings(session, subject, rule.id).items())
                    if row.state == AlertState.RAISED
                ],
            )
            for rule in rules
        ]


def watch(system: Subject, at: datetime) -> int:
    """Judge the buckets that are complete since the last time; says how many notes were written."""
    newest = publication.current()
    if newest is None:
        return 0
    with tenant_session(system) as session:
        found = session.scalars(
            select(AlertRule)
            .where(AlertRule.client_id == system.client_id, AlertRule.is_active)
            .order_by(AlertRule.id)
        ).all()
    notes, problems = 0, []
    for row in found:
        try:
            notes += _watch_one(system, row, at)
        except CrmError as problem:  # one rule must not silence the others
            problems.append(problem)
    if problems:
        raise problems[0]
    return notes


def _watch_one(system: Subject, row: AlertRule, at: datetime) -> int:
    assert row.owner_id is not None
    with tenant_session(system) as session:
        owners, _ = recipients_among(session, system, at, ids=[row.owner_id])
        standings = _standings(session, system, row.id)
    if not owners:
        _stop(system, row, at)
        return 1
    owner, rule = owners[0].subject, read_rule(row.rule)
    until = complete_until(owner, rule)
    last = shift(until, rule.unit, -1)
    seen = min((each.bucket_on for each in standings.values()), default=shift(last, rule.unit, -1))
    is_new = last > seen
    untold = any(not each.is_told for each in standings.values())
    if not (is_new or (untold and not _is_muted(row, at))):
        return 0
    figures = figures_of(owner, rule, shift(seen, rule.unit, 1), until) if is_new else {}
    with tenant_session(system, at) as session:
        locked = session.scalars(
            select(AlertRule)
            .where(AlertRule.client_id == system.client_id, AlertRule.id == row.id)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if locked is None or not locked.is_active:
            return 0
        said = list(_judge(session, system, locked, rule, figures, last, at))
        return tell(session, system, locked, rule, said, at)


def _judge(
    session: Session,
    system: Subject,
    row: AlertRule,
    rule: Rule,
    figures: Mapping[str, list[Point]],
    last: date,
    at: datetime,
) -> Iterator[Said]:
    """Move every standing past the new buckets, and say what is to be told."""
    muted = _is_muted(row, at)
    standings = _standings(session, system, row.id)
    for branch in sorted({*figures, *standings}):
        before = standings.get(branch)
        judged = [
            point
            for point in figures.get(branch, [])
            if point.on <= last and (before is None or point.on > before.bucket_on)
        ]
        stood = Standing(
            before is not None and before.state == AlertState.RAISED,
            before.run_length if before else 0,
            before.raised_on if before else None,
        )
        after, events = walk(rule, stood, judged)
        value = judged[-1].value if judged else None
        was_told = before.is_told if before else True
        if before is None:
            before = _row(system, row.id, branch, after, last, value, at)
            session.add(before)
        elif judged:
            _move(before, after, judged[-1].on, value)
        before.is_told, event = told(stood, after, events, was_told=was_told, muted=muted)
        if event is not None:
            point = events[-1][0] if events else Point(after.raised_on or last, before.value)
            yield Said(branch, event, point)


def _stop(system: Subject, row: AlertRule, at: datetime) -> None:
    with tenant_session(system, at) as session:
        held = rows.get(session, system, AlertRule, row.id)
        held.is_active = False
        note = Note(
            NotificationType.SYSTEM_ALERT,
            f"Alert {row.name} was switched off",
            "Its owner is no longer an active member of staff.",
            entity="alert_rules",
            entity_id=row.id,
        )
        session.flush()
        notifications.tell_role(session, system, note, at=at)


def _require_known(
    session: Session, subject: Subject, user_ids: Collection[UUID], at: datetime
) -> None:
    with as_system(session):
        people, _ = recipients_among(session, subject, at, ids=list(user_ids))
    if unknown := set(user_ids) - {person.subject.user_id for person in people}:
        raise InvalidInput("recipient_user_ids", f"{min(map(str, unknown))} is not at work here")


def _is_muted(row: AlertRule, at: datetime) -> bool:
    return row.muted_until_at is not None and at < row.muted_until_at


def _standings(session: Session, system: Subject, rule_id: UUID) -> dict[str, AlertStanding]:
    found = session.scalars(
        select(AlertStanding)
        .where(AlertStanding.client_id == system.client_id, AlertStanding.rule_id == rule_id)
        .execution_options(populate_existing=True)
    )
    return {row.branch_code: row for row in found}


def _row(
    subject: Subject,
    rule_id: UUID,
    branch: str,
    standing: Standing,
    last: date,
    value: Decimal | None,
    at: datetime,
) -> AlertStanding:
    made = AlertStanding(
        client_id=subject.client_id,
        id=new_id(at),
        rule_id=rule_id,
        branch_code=branch,
        is_told=True,
    )
    _move(made, standing, last, value)
    return made


def _move(row: AlertStanding, standing: Standing, on: date, value: Decimal | None) -> None:
    row.state = (AlertState.RAISED if standing.is_raised else AlertState.QUIET).value
    row.run_length, row.raised_on = standing.run_length, standing.raised_on
    row.bucket_on, row.value = on, value if value is None else value.quantize(FOUR)
