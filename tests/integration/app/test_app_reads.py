"""What pages read beside figures at the demo company: rows, names, lists, targets, in scope."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.question import Question
from app.source import Source, open_source
from crm_core import clock
from crm_core.database import tenant_session
from crm_core.enums import JourneyStage
from crm_core.enums_office import PeriodGrain
from crm_core.security.permissions import ActionRefused
from crm_core.security.trail import recent_acts
from crm_core.services.equipment.fleet_list import fleet_of
from crm_core.services.operations.day_board import jobs_of_today
from crm_core.services.reporting.marks import targets_of
from crm_core.services.scheduling.calendar import days_of, slots_of
from crm_core.services.tenancy.access import account_of, subject_of
from reports.page import load_page
from reports.result import Figures
from tests.conftest import Demo
from transforms.insight.scenario import levers_of, scenario
from transforms.insight.told import moves
from transforms.insight.whatif import LeverTooFar
from transforms.metrics.period import parse_period
from transforms.metrics.query import Filter, MetricQuery
from transforms.metrics.result import MetricResult
from transforms.metrics.rows import rows_behind

EXECUTIVE, MANAGER = "exec@northway.example", "manager.vanc@northway.example"
SALES, AUDITOR = "sales.vanc@northway.example", "auditor@northway.example"


def source_of(email: str) -> Source:
    return open_source(account_of(email))


def asked(source: Source, *where: Filter) -> Question:
    return Question(parse_period("trailing_2_months", source.as_of_on), where)


def total(source: Source, metric: str, question: Question) -> Decimal | None:
    with source.desk() as desk:
        found: MetricResult = desk.ask(
            MetricQuery((metric,), question.period, where=question.where)
        )
    return found.totals[metric]


@pytest.mark.parametrize(
    "where",
    [
        (),
        (Filter("branch", ("VANC",)),),
        (Filter("province", ("BC",)), Filter("source", ("repeat",))),
    ],
)
def test_the_rows_behind_a_count_are_as_many_as_it_says(
    demo: Demo, where: tuple[Filter, ...]
) -> None:
    with source_of(EXECUTIVE) as source:
        question = asked(source, *where)
        with source.desk() as desk, source.door_of_run() as door:
            query = MetricQuery(("bookings",), question.period, where=question.where)
            (behind,) = rows_behind(door, "bookings", query, 5000)
            assert behind.rows.height == desk.ask(query).totals["bookings"]
    assert behind.rows.height > 0 and not behind.is_cut
    assert not {"client_id", "access_location_id", "location_id"} & set(behind.rows.columns)


def test_the_rows_of_a_figure_as_of_a_day_are_those_of_the_last_day(demo: Demo) -> None:
    with source_of(EXECUTIVE) as source:
        question = asked(source)
        (behind,) = source.rows("stock_value", question)
        assert behind.rows["stock_value_amount"].sum() == total(source, "stock_value", question)
        assert behind.rows["as_of_on"].n_unique() == 1


def test_rows_stay_within_the_door(demo: Demo) -> None:
    with source_of(MANAGER) as source:
        (behind,) = source.rows("bookings", asked(source))
        assert behind.is_cut and behind.rows.height == 200
        assert set(behind.rows["branch"]) == {"VANC"}


def test_ids_are_shown_by_the_names_that_people_know(demo: Demo) -> None:
    with source_of(EXECUTIVE) as source:
        question = asked(source)
        jobs = next(w for w in load_page("profit").widgets if w.name == "worst_jobs")
        leads = next(w for w in load_page("crews").widgets if w.name == "leads")
        worst, crews = source.widget(jobs, question), source.widget(leads, question)
    assert isinstance(worst, Figures) and isinstance(crews, Figures)
    assert all(row.keys[0].text.startswith("J-") for row in worst.rows)
    names = {row.keys[0].text for row in crews.data_rows}
    assert len(names) > 3
    assert not names & {row.keys[0].value for row in crews.data_rows}
    profits = [row.cell("job_profit").value for row in worst.rows]
    assert profits == sorted(profits, key=lambda value: value or Decimal(0))


def test_the_jobs_of_today_are_those_the_live_tile_counts(demo: Demo) -> None:
    for email in (EXECUTIVE, MANAGER):
        with source_of(email) as source, source.live_desk() as desk:
            today = parse_period("today", desk.as_of_on)
            counted = desk.ask(MetricQuery(("jobs_today",), today)).totals["jobs_today"]
            subject, now = source.subject, desk.publication.as_of
            with tenant_session(subject) as session:
                jobs = jobs_of_today(session, subject, at=now)
        standing = [job for job in jobs if job.stage is not JourneyStage.CANCELLED]
        assert len(standing) == counted
        assert email == EXECUTIVE or {job.branch for job in jobs} <= {"Vancouver"}


def test_the_fleet_is_listed_in_scope_and_what_is_due_first(demo: Demo) -> None:
    listed = {}
    for email in (EXECUTIVE, MANAGER):
        subject = subject_of(email)
        with tenant_session(subject) as session:
            listed[email] = fleet_of(session, subject)
    assert {item.branch for item in listed[MANAGER]} == {"Vancouver"}
    assert len(listed[MANAGER]) < len(listed[EXECUTIVE])
    due = [item.next_maintenance_on for item in listed[EXECUTIVE] if item.next_maintenance_on]
    assert due and due == sorted(due)


def test_the_calendar_counts_the_slots_it_lists_and_stays_in_scope(demo: Demo) -> None:
    with source_of(EXECUTIVE) as source:
        weeks = parse_period("next_4_weeks", source.as_of_on)
    span = {"first_on": weeks.start, "until_on": weeks.end}
    listed, counted = {}, {}
    for email in (EXECUTIVE, MANAGER):
        subject = subject_of(email)
        with tenant_session(subject) as session:
            listed[email] = slots_of(session, subject, **span)
            counted[email] = days_of(session, subject, **span)
            against = slots_of(session, subject, **span, only_conflicts=True)
        assert sum(day.slots for day in counted[email]) == len(listed[email]) > 0
        assert sum(day.conflicts for day in counted[email]) == len(against)
        assert all(slot.conflict is not None for slot in against)
    assert {slot.branch for slot in listed[MANAGER]} == {"Vancouver"}
    assert len(listed[MANAGER]) < len(listed[EXECUTIVE])
    subject = subject_of(EXECUTIVE)
    with tenant_session(subject) as session:
        one = slots_of(session, subject, **span, branches=["VANC"])
    assert one == listed[MANAGER]


def test_moves_are_told_of_what_the_door_holds(demo: Demo) -> None:
    with source_of(EXECUTIVE) as source, source.door_of_run() as door:
        company = moves(door)
        levers = levers_of(door, "bookings")
        made = scenario(door, "bookings", {})
        refused = next(lever.name for lever in levers if not lever.is_known)
        with pytest.raises(LeverTooFar, match="nothing is known"):
            scenario(door, "bookings", {refused: 0.1})
    with source_of(MANAGER) as source, source.door_of_run() as door:
        own = moves(door)
        assert not any(lever.is_known for lever in levers_of(door, "bookings"))
    assert {move.place for move in own} == {"Vancouver"}
    assert [move for move in company if move.branch == "VANC"] == own
    assert company[0].branch is None
    for move in company:
        assert sum(move.effects.values()) == move.change
    assert all(point.low <= point.value <= point.high for point in made.points)


def test_the_trail_is_read_by_those_who_may(demo: Demo) -> None:
    auditor, sales = subject_of(AUDITOR), subject_of(SALES)
    with tenant_session(auditor) as session:
        acts = recent_acts(session, auditor, count=20)
    assert len(acts) == 20
    assert [act.at for act in acts] == sorted((act.at for act in acts), reverse=True)
    with tenant_session(sales) as session, pytest.raises(ActionRefused):
        recent_acts(session, sales, count=20)


def test_targets_of_a_month_are_the_companys(demo: Demo) -> None:
    subject = subject_of(EXECUTIVE)
    with source_of(EXECUTIVE) as source:
        month = parse_period("last_month", source.as_of_on)
    with tenant_session(subject) as session:
        found = targets_of(session, subject, grain=PeriodGrain.MONTH, period_on=month.start)
        none = targets_of(
            session, subject, grain=PeriodGrain.MONTH, period_on=month.start - timedelta(days=4000)
        )
    assert found["S08"].value == Decimal("0.3750")
    assert found["S08"].is_met(Decimal("0.3750")) and not found["S08"].is_met(Decimal("0.37"))
    assert none == {}
    assert clock.local_date(source.publication.as_of, "America/Toronto") >= month.end
