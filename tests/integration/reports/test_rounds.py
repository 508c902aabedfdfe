"""Rounds of a scheduler: what opens when, who gets what, and who hears of what went wrong."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from crm_core.database import tenant_session
from crm_core.enums import DeadlinePolicy, DeliveryState, UserRole
from crm_core.models import (
    AuditEntry,
    Notification,
    ReportDefinition,
    ReportDelivery,
    ReportOccasion,
    User,
    UserLocation,
)
from crm_core.security.permissions import Subject, system_subject
from crm_core.services.reporting.saved_reports import Audience, Timing
from reports import schedules
from reports.delivery.drawing import Commission, Drawn
from reports.delivery.rounds import LEFT, NOT_NAMED, Delivery, Desk, run_round
from reports.delivery.transport import Smtp
from reports.delivery.worker import Worker, worker
from tests.factories import Tenant
from tests.integration.reports.postal import (
    DAILY,
    OUTSIDE,
    Office,
    TinyPress,
    save_report,
)
from tests.mail import mail_server

MONDAY = datetime(2026, 11, 23, 18, tzinfo=UTC)
"""Until the next Monday no report of the catalogue is due."""
SEVEN = datetime(2026, 11, 24, 12, tzinfo=UTC)
"""The next seven o'clock in Toronto."""


@dataclass
class House:
    """A company, its post office, and a scheduler."""

    tenant: Tenant
    system: Subject
    worker: Worker
    way_out: Smtp
    office: Office
    press: TinyPress = field(default_factory=lambda: TinyPress(SEVEN + timedelta(days=60)))

    def desk(self, at: datetime) -> Desk:
        return Desk(self.system, self.worker, self.press, self.way_out, at)

    def round(self, at: datetime) -> list[Delivery]:
        """The deliveries of a saved report: those of the catalogue have their own schedules."""
        return [d for d in run_round(self.desk(at)) if d.is_new]

    def user(self, role: str) -> UUID:
        user_id = self.tenant.subjects[role].user_id
        assert user_id is not None
        return user_id

    def leaves(self, role: str) -> None:
        with tenant_session(self.system) as session:
            session.execute(
                update(User).where(User.id == self.user(role)).values(status="INACTIVE")
            )

    def rows(self) -> list[ReportDelivery]:
        with tenant_session(self.system) as session:
            return list(session.scalars(select(ReportDelivery).order_by(ReportDelivery.id)))

    def occasions(self, definition_id: UUID) -> list[ReportOccasion]:
        with tenant_session(self.system) as session:
            return list(
                session.scalars(
                    select(ReportOccasion)
                    .where(ReportOccasion.definition_id == definition_id)
                    .order_by(ReportOccasion.due_at, ReportOccasion.is_asked)
                )
            )

    def notes(self) -> list[tuple[UUID, str]]:
        with tenant_session(self.system) as session:
            found = session.scalars(select(Notification).order_by(Notification.id)).all()
            return [(note.user_id, note.title) for note in found]


@pytest.fixture
def house(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr("reports.delivery.plan.catalogue", tuple)  # its reports have their own days
    office = Office()
    with mail_server(office) as way_out, worker() as mine:
        yield House(company, system_subject(company.client_id), mine, way_out, office)


def test_a_schedule_opens_each_due_time_once_and_makes_up_for_the_last(house: House) -> None:
    report = save_report(house.tenant, MONDAY)
    assert house.round(MONDAY + timedelta(hours=1)) == []
    sent = house.round(SEVEN)
    assert {d.recipient for d in sent} == {f"executive@{house.tenant.slug}.example", OUTSIDE}
    assert house.round(SEVEN + timedelta(minutes=1)) == []
    # Three days asleep: one letter each, about the last day, not three.
    assert len(house.round(SEVEN + timedelta(days=3, hours=1))) == 2
    due = [row.due_at for row in house.occasions(report)]
    assert due == [MONDAY, SEVEN, SEVEN + timedelta(days=3)]
    assert [len(ids) for ids in house.office.kept.values()] == [1] * 4


def test_a_clock_that_ran_ahead_does_not_silence_the_days_between(house: House) -> None:
    report = save_report(house.tenant, MONDAY)
    assert len(house.round(SEVEN + timedelta(days=5))) == 2
    assert len(house.round(SEVEN)) == 2
    for day in (1, 2):
        assert len(house.round(SEVEN + timedelta(days=day))) == 2
    assert house.round(SEVEN + timedelta(days=5)) == [], "the last one missed has gone already"
    due = [(row.due_at - SEVEN).days for row in house.occasions(report)[1:]]
    assert due == [0, 1, 2, 5]
    assert all(len(ids) == 1 for ids in house.office.kept.values())


def test_a_schedule_that_is_set_anew_does_not_run_for_the_past(house: House) -> None:
    report = save_report(house.tenant, MONDAY)
    admin = house.tenant.subjects["admin"]
    audience = Audience(roles=(UserRole.EXECUTIVE,))
    later = SEVEN + timedelta(hours=5)
    schedules.schedule(admin, report, Timing(DAILY), audience, later)
    assert house.round(later) == []
    assert len(house.round(SEVEN + timedelta(days=1))) == 1


def test_who_left_gets_nothing_and_the_owner_hears_of_it(house: House) -> None:
    people = (house.user("finance"), house.user("executive"))
    save_report(house.tenant, MONDAY, audience=Audience(user_ids=people))
    house.leaves("finance")
    sent = house.round(SEVEN)
    assert [d.recipient for d in sent] == [f"executive@{house.tenant.slug}.example"]
    refused = [row for row in house.rows() if row.state == DeliveryState.REFUSED]
    assert [(row.recipient_user_id, row.detail) for row in refused] == [(people[0], LEFT)]
    told = [who for who, title in house.notes() if title.endswith("1 not delivered")]
    assert told == [house.user("manager")], "the owner"
    house.round(SEVEN + timedelta(minutes=1))
    assert len(house.notes()) == len(told), "once"


def test_an_outsider_gets_what_the_owner_sees_until_the_owner_leaves(house: House) -> None:
    report = save_report(house.tenant, MONDAY, audience=Audience(emails=(OUTSIDE,)))
    assert [d.recipient for d in house.round(SEVEN)] == [OUTSIDE]
    house.leaves("manager")
    assert house.round(SEVEN + timedelta(days=1)) == []
    with tenant_session(house.system) as session:
        row = session.scalars(select(ReportDefinition).where(ReportDefinition.id == report)).one()
    assert (row.is_scheduled, row.next_run_at) == (False, None)
    assert [who for who, title in house.notes() if "off its schedule" in title] == [
        house.user("admin")
    ]


class Meddling(TinyPress):
    """While it draws, something changes."""

    def __init__(self, act: object) -> None:
        super().__init__(SEVEN + timedelta(days=60))
        self.act = act

    def draw(self, commission: Commission) -> Drawn:
        drawn = super().draw(commission)
        if callable(self.act):
            self.act()
        return drawn


def test_rights_that_change_while_it_is_drawn_count(house: House) -> None:
    save_report(house.tenant, MONDAY, audience=Audience(roles=(UserRole.MANAGER,)))

    def moves() -> None:
        with tenant_session(house.system) as session:
            session.execute(
                update(UserLocation)
                .where(UserLocation.user_id == house.user("manager"))
                .values(location_id=house.tenant.locations["DTOR"])
            )

    house.press = Meddling(moves)
    assert house.round(SEVEN) == []
    (row,) = house.rows()
    assert (row.state, row.detail) == ("DUE", "the recipient's rights changed: drawn anew")
    assert len(house.round(SEVEN + timedelta(seconds=15))) == 1 and house.press.drawn == 2


def test_who_leaves_while_it_is_drawn_gets_nothing(house: House) -> None:
    save_report(house.tenant, MONDAY, audience=Audience(roles=(UserRole.EXECUTIVE,)))
    house.press = Meddling(lambda: house.leaves("executive"))
    assert house.round(SEVEN) == [] and house.office.kept == {}
    assert [(row.state, row.detail) for row in house.rows()] == [("REFUSED", LEFT)]


class Leaky(TinyPress):
    """Draws figures of a branch that the recipient may not see."""

    def draw(self, commission: Commission) -> Drawn:
        return replace(super().draw(commission), branches=frozenset({"VANC", "DTOR"}))


def test_a_letter_that_shows_too_much_is_never_sent(house: House) -> None:
    roles = (UserRole.MANAGER, UserRole.EXECUTIVE)
    save_report(house.tenant, MONDAY, audience=Audience(roles=roles))
    house.press = Leaky(SEVEN + timedelta(days=60))
    assert [d.recipient for d in house.round(SEVEN)] == [f"executive@{house.tenant.slug}.example"]
    stopped = [row for row in house.rows() if row.state == DeliveryState.REFUSED]
    assert [row.recipient_user_id for row in stopped] == [house.user("manager")]
    assert "names DTOR, beyond the reach" in (stopped[0].detail or "")
    with tenant_session(house.system) as session:
        (noted,) = session.scalars(
            select(AuditEntry.resource_id).where(AuditEntry.action == "SCOPE_EXCEEDED")
        )
    assert noted == stopped[0].id


def test_a_try_that_failed_sends_the_same_bytes_later(house: House) -> None:
    save_report(house.tenant, MONDAY, audience=Audience(roles=(UserRole.EXECUTIVE,)))
    house.office.moods = lambda step, _: "later" if step == "data" else ""
    assert house.round(SEVEN) == [] and house.notes() == []
    assert house.round(SEVEN + timedelta(minutes=1)) == []
    assert len(house.notes()) == 1, "after the second try a person hears of it"
    house.office.moods = None
    assert house.round(SEVEN + timedelta(minutes=2)) == [], "five minutes are not over"
    assert len(house.round(SEVEN + timedelta(minutes=6))) == 1
    (row,) = house.rows()
    assert house.press.drawn == 1 and row.attempt_count == 3
    assert house.office.kept[row.message_id] == [row.content_hash]


def test_what_cannot_be_handed_over_for_a_day_is_given_up_and_told(house: House) -> None:
    save_report(house.tenant, MONDAY, audience=Audience(roles=(UserRole.EXECUTIVE,)))
    house.office.moods = lambda step, _: "later"
    house.round(SEVEN)
    house.round(SEVEN + timedelta(hours=23))
    with tenant_session(house.system) as session:
        session.execute(update(ReportDefinition).values(is_scheduled=False))
    house.round(SEVEN + timedelta(hours=25))
    (row,) = house.rows()
    assert row.state == "REFUSED" and (row.detail or "").startswith("given up after 2 tries: ")


def test_a_report_that_is_held_is_told_and_released_by_a_person(house: House) -> None:
    timing = Timing(DAILY, DeadlinePolicy.HOLD, 60)
    audience = Audience(roles=(UserRole.EXECUTIVE,))
    report = save_report(house.tenant, MONDAY, timing=timing, audience=audience)
    house.press.until = MONDAY - timedelta(days=30)
    assert house.round(SEVEN) == [] and house.notes() == []
    assert house.round(SEVEN + timedelta(hours=1)) == []
    held = house.occasions(report)[-1]
    assert held.state == "HELD" and "the data end on" in (held.detail or "")
    assert [title for _, title in house.notes()] == [f"Report mine, {held.window_key}: held"]
    done = schedules.release(
        house.tenant.subjects["manager"], held.id, house.desk(SEVEN + timedelta(hours=2))
    )
    assert [(d.state, d.is_new) for d in done] == [(DeliveryState.SENT, True)]
    assert house.office.subjects[-1].startswith("stale ")


def test_a_saved_report_is_sent_now_once_a_minute_and_tried_on_oneself(house: House) -> None:
    save_report(house.tenant, MONDAY)
    manager = house.tenant.subjects["manager"]
    plan = schedules.find(manager, "mine")
    how = {"transport": house.way_out, "press": house.press}
    mine = schedules.test(manager, plan, SEVEN, **how)  # type: ignore[arg-type]
    assert [d.recipient for d in mine] == [f"manager@{house.tenant.slug}.example"]
    assert house.office.subjects == ["test Executive weekly"]
    for seconds, new in ((0, 2), (20, 0), (60, 2)):
        at = SEVEN + timedelta(hours=1, seconds=seconds)
        done = schedules.send(manager, plan, at, **how)  # type: ignore[arg-type]
        assert sum(d.is_new for d in done) == new and len(done) == 2
    assert len(house.office.kept) == 5, "each has an id of its own"
    for week in ("2026-W40", "2026-W41"):
        done = schedules.send(manager, plan, at, window=week, **how)  # type: ignore[arg-type]
        assert [d.is_new for d in done] == [True, True], "another window is another report"


def test_a_name_taken_off_the_list_gets_nothing_more(house: House) -> None:
    report = save_report(house.tenant, MONDAY)
    house.office.moods = lambda step, _: "later"
    house.round(SEVEN)
    house.office.moods = None
    with tenant_session(house.system) as session:
        session.execute(
            update(ReportDefinition)
            .where(ReportDefinition.id == report)
            .values(recipient_emails=[], emails_approved_by_id=None)
        )
    assert len(house.round(SEVEN + timedelta(minutes=2))) == 1
    gone = [row for row in house.rows() if row.recipient_address == OUTSIDE]
    assert [(row.state, row.detail) for row in gone] == [("REFUSED", NOT_NAMED)]


def test_one_report_that_breaks_does_not_stop_the_others(house: House) -> None:
    broken = save_report(house.tenant, MONDAY, name="broken")
    save_report(house.tenant, MONDAY, name="whole")
    with tenant_session(house.system) as session:
        session.execute(
            update(ReportDefinition)
            .where(ReportDefinition.id == broken)
            .values(catalogue_name=None, spec={"name": "x"})
        )
    assert len(house.round(SEVEN)) == 2
    assert [title for _, title in house.notes()] == ["Report broken was taken off its schedule"]
