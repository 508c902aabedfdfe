"""Panels over a small door and a made-up calendar: what they say, draw and refuse."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app import access
from app import source as sources
from app.grid_figures import calendar_figure, heat_figure
from app.palette import LIGHT
from app.panels import slot_calendar
from app.panels.insights import contributions
from app.scenario_figure import scenario_figure
from crm_core.enums import ScheduleStatus, ScheduleType, UserRole
from crm_core.services.scheduling.calendar import CalendarDay, CalendarSlot
from reports.format import formatter
from reports.result import Cell, Figures, Key, Row, Span
from tests.unit.app.fake_source import FakeSource, account, fake_source
from tests.unit.reports import samples
from tests.unit.transforms.insight.insight_door import InsightDoor
from transforms.insight.scenario import scenario
from transforms.insight.told import moves

SCRIPT = Path(__file__).resolve().parents[3] / "app" / "streamlit_app.py"
SHOW = formatter("en-CA")
MONDAY = date(2026, 11, 16)
DAYS = [CalendarDay(date(2026, 11, 17), 12, 0), CalendarDay(date(2026, 11, 20), 16, 2)]
SLOT = CalendarSlot(
    date(2026, 11, 20), datetime(2026, 11, 20, 8), datetime(2026, 11, 20, 12, 30), "Vancouver",
    ScheduleType.JOURNEY, ScheduleStatus.SCHEDULED, "J-2026-000012",
    "HARD: a member of the crew is away; SOFT: it is outside business hours",
)  # fmt: skip

Opened = Callable[..., AppTest]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Runs a page of the app over the small door, as what the address says."""

    def run(
        page: str, source: FakeSource, door: InsightDoor | None = None, **query: str
    ) -> AppTest:
        st.cache_data.clear()
        held = door or InsightDoor()

        @contextmanager
        def shown(_self: FakeSource) -> Iterator[InsightDoor]:
            yield held

        monkeypatch.setattr(FakeSource, "door_of_run", shown)
        who = account(source.subject.role, source.locale[:2])
        monkeypatch.setattr(access, "current_account", lambda: who)
        monkeypatch.setattr(sources, "open_source", lambda _account: source)
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        for name, value in query.items():
            test.query_params[name] = value
        test.run()
        test._page_hash = calc_hash(page)
        test.run()
        assert not test.exception
        return test

    return run


def text_of(test: AppTest) -> str:
    parts = [element.value for kind in ("markdown", "caption", "info") for element in
             getattr(test, kind)]  # fmt: skip
    return "\n".join(parts).replace("\\", "")


@pytest.mark.parametrize(
    ("language", "first", "cause"),
    [
        ("en", "booked_amount at the company fell", "Volume ($)"),
        ("fr", "booked_amount, the company : baisse", "Volume ($)"),
    ],
)
def test_sentences_of_the_company_stand_first_and_every_place_in_the_table(
    opened: Opened, language: str, first: str, cause: str
) -> None:
    test = opened("insights", fake_source(language=language))
    text = text_of(test)
    assert first in text and "Halifax fell" not in text
    (table,) = test.dataframe
    assert len(table.value) == 3
    assert cause in table.value.columns
    assert "(/branch?" not in text
    test.selectbox(key="moves_place").set_value("HALI").run()
    assert "(/branch?branch=HALI&period=2026-10)" in text_of(test)


def test_a_branch_alone_is_told_of_its_own(opened: Opened) -> None:
    text = text_of(opened("insights", fake_source(), branches="VANC"))
    assert "booked_amount at Vancouver fell" in text and "the company fell" not in text
    assert "New leads were high" in text and "Bookings were low" not in text


def test_where_nothing_is_told_it_is_said_why(opened: Opened) -> None:
    door = InsightDoor("marts.fct_kpi_moves", "marts.fct_findings")
    text = text_of(opened("insights", fake_source(), door))
    assert "Two whole months are needed" in text
    assert "Nothing lately was unlike" in text


def test_a_lever_is_moved_and_one_that_the_past_does_not_know_is_not_there(opened: Opened) -> None:
    test = opened("forecasts", fake_source(), tab="whatif")
    assert [slider.label for slider in test.slider] == ["Price"]
    text = text_of(test)
    assert "Price: one per cent more brings -1.50 per cent (-1.90 to -1.10" in text
    assert "Marketing cannot be moved: the past does not tell" in text
    assert "All in all" not in text
    test.slider(key="lever_price").set_value(10).run()
    assert not test.exception
    assert "All in all 1,200 as forecast, 1,040 under these levers: -13.3%." in text_of(test)
    assert test.query_params["lever_price"] == "10"
    test.selectbox(key="whatif_metric").set_value("jobs_completed").run()
    assert "no forecast of jobs_completed of the whole company" in text_of(test)


def test_the_levers_of_an_address_count_and_nonsense_in_it_does_not(opened: Opened) -> None:
    moved = opened("forecasts", fake_source(), tab="whatif", lever_price="-20")
    assert moved.slider(key="lever_price").value == -20
    beyond = opened("forecasts", fake_source(), tab="whatif", lever_price="900")
    assert beyond.slider(key="lever_price").value == 0


def test_whom_estimates_are_not_open_to_is_told_so(opened: Opened) -> None:
    door = InsightDoor("marts.fct_elasticities")
    source = fake_source(UserRole.MANAGER, branches=("VANC",))
    text = text_of(opened("forecasts", source, door, tab="whatif"))
    assert "No lever can be moved here" in text
    several = fake_source(UserRole.MANAGER, branches=("VANC", "BURN"))
    assert "Choose one branch" in text_of(opened("forecasts", several, tab="whatif"))


def test_the_calendar_lists_conflicts_first_and_a_day_when_it_is_chosen(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []

    @contextmanager
    def session(_subject: object) -> Iterator[None]:
        yield None

    def slots_of(_session: object, _subject: object, **query: object) -> list[CalendarSlot]:
        asked.append(query)
        return [SLOT]

    monkeypatch.setattr(slot_calendar, "tenant_session", session)
    monkeypatch.setattr(slot_calendar, "days_of", lambda *_a, **_k: DAYS)
    monkeypatch.setattr(slot_calendar, "slots_of", slots_of)
    test = opened("capacity", fake_source())
    assert asked[-1]["only_conflicts"] is True
    assert (asked[-1]["first_on"], asked[-1]["until_on"]) == (MONDAY, date(2026, 12, 14))
    row = test.dataframe[0].value.iloc[0].to_dict()
    assert row["From"] == "08:00" and row["Job"] == "J-2026-000012"
    assert row["What stands against it"] == (
        "Cannot stand: a member of the crew is away; it is outside business hours"
    )
    test.selectbox(key="calendar_day").set_value("2026-11-17").run()
    assert asked[-1] == {
        "first_on": date(2026, 11, 17), "until_on": date(2026, 11, 18), "branches": [],
        "only_conflicts": False,
    }  # fmt: skip


# figures


def test_the_calendar_has_a_cell_per_day_with_its_slots_and_conflicts() -> None:
    figure = calendar_figure(DAYS, MONDAY, date(2026, 11, 28), SHOW, LIGHT)
    (field,) = figure.data
    assert [list(week) for week in field.text] == [
        ["16", "17<br><b>12</b>", "18", "19", "20<br><b>16</b><br>⚠ 2", "21", "22"],
        ["23", "24", "25", "26", "27", "", ""],
    ]
    assert figure.layout.xaxis.ticktext[0] == "Mon"
    assert field.z[1][5] is None and field.z[0][0] == 0


def test_a_field_of_percents_is_full_at_a_hundred() -> None:
    def row(name: str, day: date, value: str | None) -> Row:
        number = None if value is None else Decimal(value)
        text = SHOW.percent(number)
        cell = Cell(metric="win_rate", value=number, text=text, bare=text, exact=text)
        keys = (Key(dimension="branch", value=name, text=name),
                Key(dimension="day", on=day, text=SHOW.day(day)))  # fmt: skip
        return Row(keys=keys, cells=(cell,))

    days = (date(2026, 11, 16), date(2026, 11, 17))
    rows = (row("<b>", days[0], "0.5"), row("<b>", days[1], None), row("B", days[1], "0.25"))
    widget = Figures(kind="heat", name="h", title="h", metrics=("win_rate",), rows=rows,
                     span=Span(start=days[0], end=days[1], text=""), by=("branch",))  # fmt: skip
    measure = samples.measure("booked_amount").model_copy(update={"unit": "percent"})
    figure = heat_figure(widget, measure, SHOW, LIGHT)
    (field,) = figure.data
    assert [list(line) for line in field.z] == [[0.5, None], [None, 0.25]]
    assert (field.zmin, field.zmax) == (0, 1.0)
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;  "
    assert field.customdata[0][1].endswith("–")


def test_contributions_leave_out_causes_that_were_not_at_work() -> None:
    source, measure = fake_source(), samples.measure("booked_amount")
    company = moves(InsightDoor())[:1]
    widget, labels = contributions(source, company, measure)
    assert [labels[name].label for name in widget.metrics] == [
        "September 2026", "Volume", "Mix of work", "Rate", "October 2026"
    ]  # fmt: skip
    assert [cell.text for cell in widget.rows[0].cells] == [
        "$3,000", "-$450", "+$60", "+$90", "$2,700"
    ]  # fmt: skip


def test_a_forecast_under_levers_is_drawn_beside_the_published_one() -> None:
    measure = samples.measure("booked_amount")
    still = scenario_figure(scenario(InsightDoor(), "bookings", {}), measure, SHOW, LIGHT)
    assert [trace.name for trace in still.data if trace.mode == "lines"] == ["Forecast"]
    made = scenario(InsightDoor(), "bookings", {"price": 0.1})
    moved = scenario_figure(made, measure, SHOW, LIGHT)
    forecast, changed = (trace for trace in moved.data if trace.mode == "lines")
    assert (forecast.line.dash, changed.line.dash) == ("solid", "dot")
    assert list(changed.y) == [float(point.changed) for point in made.points]
    assert "–" in changed.customdata[0]
