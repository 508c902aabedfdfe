"""Alerts on the demo company: rehearsed before they are saved, told once, silent when muted."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select, update

from crm_core.database import tenant_session
from crm_core.errors import InvalidInput
from crm_core.models import AlertRule, AlertStanding, Notification, User
from crm_core.security.permissions import Subject, system_subject
from crm_core.services.tenancy.access import subject_of
from reports.alerts import mute, rehearse, save_rule, switch_off, watch
from reports.alerts.rule import Event, Rule
from reports.alerts.watch import listed
from tests.conftest import TEST_NOW, Demo
from transforms.metrics.errors import UnknownMetric

LOW = Rule(metric="bookings", grain="week", per_branch=True, below=Decimal(100_000))


@pytest.fixture
def executive(own_demo: Demo) -> Subject:
    return subject_of("exec@northway.example")


def notes(system: Subject) -> list[Notification]:
    with tenant_session(system) as session:
        return list(
            session.scalars(select(Notification).where(Notification.entity == "alert_rules"))
        )


def forget_weeks(system: Subject, count: int) -> None:
    """As if the last weeks had not been judged yet."""
    with tenant_session(system) as session:
        session.execute(
            update(AlertStanding).values(
                bucket_on=AlertStanding.bucket_on - 7 * count, state="QUIET", raised_on=None
            )
        )


def test_a_rule_is_rehearsed_in_ones_own_scope(own_demo: Demo, executive: Subject) -> None:
    tried = rehearse(executive, LOW)
    assert tried.until_on == TEST_NOW.date() - timedelta(days=TEST_NOW.weekday())
    branches = {each.branch for each in tried.said}
    assert len(branches) > 2 and tried.raised_count == len(branches), "raised once and for all"
    manager = subject_of("manager.vanc@northway.example")
    assert {each.branch for each in rehearse(manager, LOW).said} == {"VANC"}
    with pytest.raises(UnknownMetric):
        rehearse(executive, Rule(metric="booking", below=Decimal(1)))


def test_an_alert_is_told_once_and_when_it_is_over(own_demo: Demo, executive: Subject) -> None:
    system = system_subject(executive.client_id)
    rule_id, tried = save_rule(executive, "few bookings", LOW, TEST_NOW)
    assert tried.raised_count and watch(system, TEST_NOW) == 0, "the rehearsal showed it"
    forget_weeks(system, 2)
    assert watch(system, TEST_NOW) == 1
    (note,) = notes(system)
    assert note.user_id == executive.user_id and note.title == "Alert: few bookings"
    assert "VANC: raised, bookings is" in (note.body or "")
    assert note.channels == ["IN_APP", "EMAIL"]
    assert watch(system, TEST_NOW) == 0

    # Muted nothing is said; what still stands afterwards is.
    mute(executive, rule_id, TEST_NOW + timedelta(days=1), TEST_NOW)
    forget_weeks(system, 2)
    assert watch(system, TEST_NOW) == 0 and len(notes(system)) == 1
    assert watch(system, TEST_NOW + timedelta(days=2)) == 1
    assert watch(system, TEST_NOW + timedelta(days=2)) == 0 and len(notes(system)) == 2

    # The limit falls: the next weeks recover.
    with tenant_session(system) as session:
        row = session.scalars(select(AlertRule).where(AlertRule.id == rule_id)).one()
        row.rule = Rule(metric="bookings", per_branch=True, below=Decimal(0)).model_dump(
            mode="json"
        )
        session.execute(
            update(AlertStanding)
            .where(AlertStanding.rule_id == rule_id)
            .values(bucket_on=AlertStanding.bucket_on - 7)
        )
    assert watch(system, TEST_NOW + timedelta(days=3)) == 1
    assert [each.title for each in notes(system)][-1] == "Over: few bookings"
    assert Event.RECOVERED.lower() in (notes(system)[-1].body or "")


def test_others_hear_what_their_own_door_shows_too(own_demo: Demo, executive: Subject) -> None:
    system = system_subject(executive.client_id)
    manager = subject_of("manager.vanc@northway.example")
    assert manager.user_id is not None
    with pytest.raises(InvalidInput, match="not at work here"):
        save_rule(executive, "x", LOW, TEST_NOW, recipient_user_ids=[UUID(int=7)])
    rule_id, _ = save_rule(executive, "shared", LOW, TEST_NOW, recipient_user_ids=[manager.user_id])
    forget_weeks(system, 2)
    before = {note.id for note in notes(system)}
    watch(system, TEST_NOW)
    told = {n.user_id: n.body or "" for n in notes(system) if n.id not in before}
    assert "VANC: raised" in told[manager.user_id] and "\n" not in told[manager.user_id]
    assert executive.user_id is not None and "\n" in told[executive.user_id]
    switch_off(executive, rule_id, TEST_NOW)
    forget_weeks(system, 2)
    assert rule_id not in {rule.id for rule, _ in listed(executive)}


def test_the_alert_of_somebody_who_left_is_switched_off(own_demo: Demo) -> None:
    analyst = subject_of("analyst@northway.example")
    system = system_subject(analyst.client_id)
    rule_id, _ = save_rule(analyst, "mine", Rule(metric="bookings", above=Decimal(1)), TEST_NOW)
    with tenant_session(system) as session:
        session.execute(update(User).where(User.id == analyst.user_id).values(status="INACTIVE"))
    assert watch(system, TEST_NOW) == 1
    with tenant_session(system) as session:
        assert not session.scalars(select(AlertRule).where(AlertRule.id == rule_id)).one().is_active
