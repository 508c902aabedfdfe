"""Every page in a script run of its own, for the roles that have it, over made-up figures."""

from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import MagicMock

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app import access, workbench
from app import source as sources
from app.components.filters import toggle
from app.menu import page_names
from crm_core.enums import UserRole
from crm_core.services.tenancy.access import Account, SessionEnded
from reports import page as reports_page
from tests.unit.app.fake_source import FakeSource, account, fake_source
from transforms.lake.errors import QueryRefused

SCRIPT = Path(__file__).resolve().parents[3] / "app" / "streamlit_app.py"
Opened = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    st.cache_data.clear()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Runs the app as somebody, over their source, at a page and with what its address says."""

    def run(source: FakeSource, page: str | None = None, **query: str) -> AppTest:
        role = source.subject.role
        language = source.locale[:2]
        monkeypatch.setattr(access, "current_account", lambda: account(role, language))
        monkeypatch.setattr(sources, "open_source", lambda _account: source)
        test = AppTest.from_file(str(SCRIPT), default_timeout=60)
        for name, value in query.items():
            test.query_params[name] = value
        test.run()
        if page:
            go(test, page)
        return test

    return run


def go(test: AppTest, page: str) -> None:
    """Opens a page by its address, as a click in the menu does."""
    # AppTest switches to files only; our pages are functions, known by the hash of their address.
    test._page_hash = calc_hash(page)
    test.run()


def text_of(test: AppTest) -> str:
    """Everything that is written on the page, without the signs that protect it."""
    parts = [
        *(element.value for kind in ("title", "subheader", "markdown", "caption", "error", "info")
          for element in getattr(test, kind)),
        *(f"{metric.label} {metric.value}" for metric in test.metric),
    ]  # fmt: skip
    return "\n".join(parts).replace("\\", "")


def test_the_company_page_shows_every_widget_of_its_spec(opened: Opened) -> None:
    test = opened(fake_source())
    assert not test.exception
    assert [title.value for title in test.title] == ["Company"]
    assert [head.value for head in test.subheader] == [
        "At a glance", "Trend and outlook", "Branches"
    ]  # fmt: skip
    assert len(test.metric) == 10
    text = text_of(test)
    assert "Acme Movers · Whole company · Nov 9–15, 2026" in text
    assert "Data as of Nov 16, 2026, 07:00 (America/Toronto) · publication 12" in text
    assert "Every branch" in text
    assert "vs before" in text and "vs last year" in text


@pytest.fixture
def no_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Panels that read the core are met in the browser tests."""
    monkeypatch.setattr("app.page.draw_panel", lambda source, panel, question: None)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", reports_page.page_names())
def test_every_page_is_drawn_whole(opened: Opened, no_core: None, name: str, language: str) -> None:
    page = reports_page.load_page(name)
    test = opened(fake_source(language=language), name)
    assert not test.exception
    assert not test.error
    locale = "fr-CA" if language == "fr" else "en-CA"
    assert test.title[0].value.replace("\\", "") == page.title(locale)
    first = page.page.tabs[0].sections if page.page.tabs else [s.name for s in page.sections]
    heads = [section.title(locale) for section in page.sections if section.name in first]
    assert [head.value.replace("\\", "") for head in test.subheader] == heads
    assert not [c.value for c in test.caption if "no metric" in c.value or "dimension" in c.value]


def test_a_tab_asks_for_its_own_sections_only(opened: Opened) -> None:
    test = opened(fake_source(UserRole.FINANCE), tab="cash")
    assert not test.exception
    assert [head.value for head in test.subheader] == ["Cash", "How customers pay"]
    assert not [metric for metric in test.metric if metric.label == "Gross margin"]


def test_a_filter_narrows_the_page_and_is_said_in_its_head(opened: Opened) -> None:
    test = opened(fake_source(), branches="MONT", service_type="VANC")
    assert not test.exception
    text = text_of(test)
    assert "Branch: Montréal" in text and "Service: Vanc" in text
    # The made-up receivables know branches only: beside figures that know more they are left out.
    assert "left out: Receivables" in text
    test.multiselect(key="only_branch").set_value([]).run()
    assert "Branch: Montréal" not in text_of(test)
    assert "branches" not in test.query_params


def test_a_click_on_a_bar_narrows_and_a_second_one_widens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    toggle("province", "BC")
    assert state == {"only_province": ["BC"]}
    toggle("province", "ON")
    assert state == {"only_province": ["ON"]}
    toggle("province", "ON")
    assert state == {"only_province": []}


def test_what_was_clicked_can_be_let_go(opened: Opened, no_core: None) -> None:
    test = opened(fake_source(), "profit", job="J-1")
    assert not test.exception
    assert "Job: J-1" in text_of(test)
    test.button(key="picked_job").click().run()
    assert "Job: J-1" not in text_of(test)


def test_a_target_of_the_month_is_told_with_its_tile(opened: Opened) -> None:
    monthly = text_of(opened(fake_source(), period="2026-10"))
    assert "Reached" in monthly and "target 10.0%" in monthly
    assert "target 10.0%" not in text_of(opened(fake_source()))


def test_the_rows_behind_a_figure_are_two_clicks_away(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    def clicked(_label: str, options: Sequence[str], **_: object) -> object:
        return "rows_page" if "rows_page" in options else list(options)

    # AppTest runs the whole script after a click inside a dialog, which closes it.
    monkeypatch.setattr(st, "segmented_control", clicked)
    test = opened(fake_source())
    test.button(key="definition_headline_bookings").click().run()
    assert not test.exception
    assert "2 rows of the period" in text_of(test)
    assert test.dataframe[-1].value["booking_id"].to_list() == ["b-1", "b-2"]


def test_a_branch_page_shows_one_branch(opened: Opened) -> None:
    test = opened(fake_source(UserRole.MANAGER, branches=("VANC",)))
    assert not test.exception
    assert test.title[0].value == "Branch"
    assert test.selectbox(key="branch").options == ["Vancouver"]
    text = text_of(test)
    assert "Acme Movers · Vancouver · Nov 9–15, 2026" in text
    assert not any(name in text for name in ("Burnaby", "Toronto ·", "Montréal"))


def test_choosing_a_branch_narrows_every_figure(opened: Opened) -> None:
    source = fake_source()
    test = opened(source, "branch")
    first = [metric.value for metric in test.metric]
    test.selectbox(key="branch").set_value("MONT").run()
    assert not test.exception
    assert "Acme Movers · Montréal ·" in text_of(test)
    assert [metric.value for metric in test.metric] != first


def test_filters_stand_in_the_address(opened: Opened) -> None:
    test = opened(fake_source(), period="2026-10", compare="last_year")
    assert not test.exception
    text = text_of(test)
    assert "October 2026" in text
    assert "vs last year" in text and "vs before" not in text


def test_a_branch_that_is_not_in_the_door_cannot_be_asked_for(opened: Opened) -> None:
    test = opened(fake_source(UserRole.MANAGER, branches=("VANC",)), branch="MONT")
    assert not test.exception
    text = text_of(test)
    assert "Vancouver" in text and "Montréal" not in text and "MONT" not in text


def test_a_period_that_means_nothing_is_one_line(opened: Opened) -> None:
    test = opened(fake_source(), period="someday")
    assert not test.exception
    (error,) = test.error
    assert "no period 'someday'" in error.value.replace("\\", "")
    assert not test.metric


def test_sales_see_their_own_work_and_what_is_not_open_to_them(opened: Opened) -> None:
    hidden = ("cancellation_rate", "win_rate")
    test = opened(fake_source(UserRole.SALES_REP, branches=("VANC",), hidden=hidden))
    assert not test.exception
    assert test.title[0].value == "Sales"
    text = text_of(test)
    assert "Own records" in text
    assert "Not available to you: Win rate, Cancellation rate." in text
    assert len(test.metric) == 6
    assert all(box.key != "branch" for box in test.selectbox)


def test_without_a_branch_there_is_a_friendly_line(opened: Opened) -> None:
    test = opened(fake_source(UserRole.MANAGER, branches=()))
    assert not test.exception
    assert "No branch is open to you yet" in test.info[0].value


def test_quarantined_records_are_named(opened: Opened) -> None:
    text = text_of(opened(fake_source(refused=7)))
    assert "7 of 1,200 records from outside systems are in quarantine" in text
    assert "quarantine" not in text_of(opened(fake_source(refused=0)))


def test_a_definition_is_one_click_away(opened: Opened) -> None:
    test = opened(fake_source())
    test.button(key="definition_headline_bookings").click().run()
    assert not test.exception
    text = text_of(test)
    assert "S16_count" in text.replace(":gray[KPI] ", "")
    assert "Bookings, as the tests make it up." in text
    assert "publication 12, 3f9a2c71d0b4" in text
    assert "select count(*) as bookings" in test.code[0].value


def test_files_are_offered_to_those_who_may_take_them(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    buttons = {"download_pdf", "download_xlsx", "download_csv"}
    found = {button.key for button in opened(fake_source()).get("download_button")}
    assert buttons <= found
    # A driver may read reports but take none out, and has no figures at all: only daily work.
    drawn: list[str] = []
    monkeypatch.setattr("app.screens.show.show_screen", drawn.append)
    driver = opened(fake_source(UserRole.DRIVER))
    assert not driver.get("download_button")
    assert not driver.metric and len(drawn) == 1
    assert "no page for your role" in opened(fake_source(UserRole.DB_ADMIN)).info[0].value


def test_an_answer_is_remembered_for_its_door_and_for_no_other(opened: Opened) -> None:
    one, same, other = (
        fake_source(door="one"), fake_source(door="one"), fake_source(door="other")
    )  # fmt: skip
    first = text_of(opened(one))
    assert text_of(opened(same)) == first
    assert one.opened and not same.opened
    opened(other)
    assert len(other.opened) == len(one.opened)


def test_french_throughout(opened: Opened) -> None:
    text = text_of(opened(fake_source(language="fr")))
    assert "Entreprise" in text and "En bref" in text
    assert "Données au 16 nov. 2026" in text
    assert not any(word in text for word in ("Data as of", "vs before", "At a glance"))


def test_who_is_not_signed_in_is_sent_to_the_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended() -> Account:
        raise SessionEnded

    monkeypatch.setattr(access, "current_account", ended)
    test = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    assert not test.exception
    assert not test.title and not test.metric
    assert [mark.value for mark in test.markdown] == ["[Sign in again](/login)"]


def test_a_stand_in_for_a_cookie_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    # Outside a real server Streamlit's cookies are mocks, which count as true.
    monkeypatch.setattr(st, "context", MagicMock())
    with pytest.raises(SessionEnded):
        access.current_account()


def test_the_analyst_sees_the_tables_and_the_rows_of_a_statement(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(source: sources.Source, sql: str) -> workbench.Outcome:
        asked.append(sql)
        if "read_csv" in sql:
            return workbench.Outcome(
                source.door, None, QueryRefused("Reading files is not allowed").line
            )
        return workbench.Outcome(source.door, pl.DataFrame({"n": [1, 2]}), None)

    monkeypatch.setattr(workbench, "run", answer)
    test = opened(fake_source(UserRole.ANALYST), "analyst")
    assert not test.exception
    assert "booking_id" in text_of(test)
    assert not asked

    test.text_area(key="analyst_sql").set_value("select n from t")
    test.button[-1].click().run()
    assert asked == ["select n from t"]
    assert test.dataframe[0].value["n"].to_list() == [1, 2]
    assert "2 rows, 1 columns" in text_of(test)

    test.text_area(key="analyst_sql").set_value("select * from read_csv('/etc/passwd')")
    test.button[-1].click().run()
    assert test.error[0].value.replace("\\", "") == "Reading files is not allowed"
    assert not test.dataframe


HOMES = {
    UserRole.EXECUTIVE: "executive",
    UserRole.ADMIN: "executive",
    UserRole.ANALYST: "executive",
    UserRole.MANAGER: "branch",
    UserRole.DISPATCHER: "today",
    UserRole.SALES_REP: "sales",
    UserRole.FINANCE: "finance",
    UserRole.STORAGE_MANAGER: "storage",
    UserRole.FLEET_MANAGER: "fleet",
    UserRole.AUDITOR: "audit",
}


@pytest.mark.parametrize("role", HOMES)
def test_every_role_has_a_home(role: UserRole) -> None:
    assert page_names(account(role).subject)[0] == HOMES[role]


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        (UserRole.SALES_REP, {"sales", "quotes", "today", "operations", "inventory", "storage",
                              "messages"}),
        (UserRole.FLEET_MANAGER, {"fleet", "today", "operations", "inventory", "capacity"}),
        (UserRole.DRIVER, set()),
    ],
)  # fmt: skip
def test_pages_follow_permissions(role: UserRole, pages: set[str]) -> None:
    assert set(page_names(account(role).subject)) == pages


def test_who_may_take_figures_out_may_ask_in_sql() -> None:
    for role, asks in ((UserRole.ANALYST, True), (UserRole.DISPATCHER, False)):
        assert ("analyst" in page_names(account(role).subject)) is asks


def test_a_named_league_of_branches_is_for_those_who_see_all() -> None:
    assert "compare" in page_names(account(UserRole.FINANCE).subject)
    assert "compare" not in page_names(account(UserRole.MANAGER).subject)


def test_rows_asked_for_at_another_door_are_shown_no_more(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pl.DataFrame({"secret": [1]})
    monkeypatch.setattr(
        workbench, "run", lambda source, _sql: workbench.Outcome(source.door, rows, None)
    )
    test = opened(fake_source(UserRole.ANALYST, door="wide"), "analyst")
    test.button[-1].click().run()
    assert test.dataframe
    narrowed = fake_source(UserRole.ANALYST, door="narrow")
    monkeypatch.setattr(sources, "open_source", lambda _account: narrowed)
    test.run()
    assert not test.exception
    assert not test.dataframe


def said(test: AppTest, name: str) -> str:
    """What the address says of a filter; after a change of page AppTest holds it without a list."""
    value = test.query_params[name]
    return value if isinstance(value, str) else value[0]


def test_a_filter_goes_along_to_the_next_page_and_stands_in_its_address(opened: Opened) -> None:
    test = opened(fake_source())
    test.selectbox(key="period").set_value("last_month").run()
    assert said(test, "period") == "last_month"
    go(test, "branch")
    assert not test.exception
    assert "October 2026" in text_of(test)
    assert said(test, "period") == "last_month"
    test.selectbox(key="period").set_value("last_week").run()
    assert "period" not in test.query_params
