"""The app as people meet it: log-in, their own scope and nobody else's, SQL, phone, files."""

import csv
import http.client
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.access import COOKIE
from crm_core.database import tenant_session
from crm_core.models import Location
from crm_core.postgres import ServerAddress
from crm_core.services.tenancy.access import subject_of
from reports.page import pages
from tests.browser.conftest import NEWCOMER, PASSWORD, PATIENCE, Open, Server
from tests.conftest import Demo, installation

pytestmark = [pytest.mark.browser, pytest.mark.long]

EXECUTIVE = "exec@northway.example"
MANAGER = "manager.vanc@northway.example"
SALES = "sales.vanc@northway.example"
ANALYST = "analyst@northway.example"
STRANGER = "exec@riverbend.example"


@pytest.fixture(scope="session")
def branches(cluster: ServerAddress, demo_installation: Demo) -> dict[str, str]:
    """Names of the demo company's branches by code."""
    with installation(demo_installation.var, cluster, demo_installation.suffix):
        subject = subject_of(EXECUTIVE)
        with tenant_session(subject) as session:
            return {row.code: row.name for row in session.scalars(select(Location))}


def test_a_wrong_password_is_one_line_for_people(window: Open) -> None:
    opened = window("/branch?period=2026-10")
    page = opened.page
    assert page.url.endswith("/login?next=/branch%3Fperiod%3D2026-10")
    page.get_by_label("E-mail").fill(EXECUTIVE)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Address or password is wrong")
    expect(page.get_by_label("E-mail")).to_have_value(EXECUTIVE)
    assert not page.context.cookies()
    opened.shot("login_refused")


def test_a_one_time_password_must_be_changed_before_anything_is_shown(
    window: Open, server: Server
) -> None:
    page = window("/").page
    page.get_by_label("E-mail").fill(NEWCOMER)
    page.get_by_label("Password").fill(server.one_time)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading")).to_have_text("Choose your password")
    page.goto(f"{server.url}/executive")
    assert "/login/password" in page.url

    def choose(current: str, new: str, again: str) -> None:
        page.get_by_label("One-time password").fill(current)
        page.get_by_label("New password", exact=True).fill(new)
        page.get_by_label("New password, again").fill(again)
        page.get_by_role("button", name="Save password").click()

    choose("not-the-one-time", PASSWORD, PASSWORD)
    expect(page.get_by_role("alert")).to_have_text("The current password is not right.")
    choose(server.one_time, PASSWORD, PASSWORD + "!")
    expect(page.get_by_role("alert")).to_have_text("The two new passwords differ.")
    choose(server.one_time, PASSWORD, PASSWORD)
    # The page that was asked for while the password still had to be chosen.
    expect(page.get_by_role("heading", name="Company")).to_be_visible(timeout=PATIENCE)
    (cookie,) = [each for each in page.context.cookies() if each["name"] == COOKIE]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


def test_the_executive_sees_the_whole_company(window: Open) -> None:
    opened = window("/", EXECUTIVE)
    page = opened.page
    expect(page.get_by_role("heading", name="Company")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stMetric")).to_have_count(10)
    expect(page.locator(".js-plotly-plot")).to_have_count(4, timeout=PATIENCE)
    text = opened.text
    assert "Northway" in text and "Whole company" in text
    assert "Traceback" not in text
    opened.shot("executive")
    assert opened.complaints == []


def test_a_manager_sees_the_own_branch_and_no_other_ones_name(
    window: Open, server: Server, branches: dict[str, str]
) -> None:
    opened = window("/", MANAGER)
    expect(opened.page.get_by_role("heading", name="Branch")).to_be_visible(timeout=PATIENCE)
    expect(opened.page.locator(".js-plotly-plot")).to_have_count(3, timeout=PATIENCE)
    own = branches.pop("VANC")
    received = b"\n".join(opened.frames).decode("utf-8", errors="replace")
    assert own in opened.text
    assert len(branches) >= 2
    for code, name in branches.items():
        assert name not in opened.page.content()
        assert name not in received and code not in received
    opened.shot("branch_manager")
    # What is not theirs cannot be had by an address either.
    opened.page.goto(f"{server.url}/branch?branch={next(iter(branches))}")
    opened.wait()
    expect(opened.page.get_by_role("heading", name="Branch")).to_be_visible(timeout=PATIENCE)
    assert own in opened.text


def test_a_stranger_sees_nothing_of_this_company(window: Open, branches: dict[str, str]) -> None:
    opened = window("/", STRANGER)
    received = b"\n".join(opened.frames).decode("utf-8", errors="replace")
    assert "Riverbend" in opened.text
    assert "Northway" not in received


def test_sales_see_their_own_work(window: Open, server: Server) -> None:
    opened = window("/", SALES)
    expect(opened.page.get_by_role("heading", name="Sales", exact=True)).to_be_visible(
        timeout=PATIENCE
    )
    assert "Own records" in opened.text
    opened.page.goto(f"{server.url}/quotes")
    opened.wait()
    expect(opened.page.get_by_role("heading", name="Quote results", exact=True)).to_be_visible(
        timeout=PATIENCE
    )
    assert "Not available to you" in opened.text
    assert opened.complaints == []


def test_the_analyst_asks_in_sql_and_cannot_read_files(window: Open) -> None:
    opened = window("/analyst", ANALYST)
    page = opened.page
    statement, run = (
        page.get_by_role("textbox", name="Statement"),
        page.get_by_role("button", name="Run"),
    )
    run.click()
    expect(page.get_by_text("3 columns")).to_be_visible(timeout=PATIENCE)
    opened.shot("analyst")
    for sql, refusal in (
        ("select * from read_csv('/etc/passwd')", "Reading files is not allowed"),
        ("attach '/tmp/x.db'", "Attaching databases is not allowed"),
        ("select nonsense from marts.dim_locations", "nonsense"),
    ):
        statement.fill(sql)
        run.click()
        expect(page.get_by_test_id("stAlert")).to_contain_text(refusal, timeout=PATIENCE)
    assert "Traceback" not in opened.text


def test_the_page_as_a_file_is_what_is_seen(window: Open) -> None:
    opened = window("/?period=2026-10", EXECUTIVE)
    page = opened.page
    shown = page.get_by_test_id("stMetricValue").all_inner_texts()
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download(timeout=PATIENCE) as download:
        page.get_by_role("button", name="CSV").click()
    with download.value.path().open(newline="", encoding="utf-8") as file:
        lines = [line for line in csv.DictReader(file) if line["widget"] == "headline"]
    assert download.value.suggested_filename == "executive_2026-10-01_2026-10-31.csv"
    assert len(lines) == len(shown) == 10
    bookings = next(line for line in lines if line["metric"] == "bookings")
    assert f"{int(float(bookings['value'])):,}" == shown[0]


def test_without_a_session_nothing_but_the_log_in_is_served(server: Server) -> None:
    where = urlsplit(server.url)
    for cookie in ("", f"{COOKIE}=guessed"):
        connection = http.client.HTTPConnection(where.hostname or "", where.port)
        connection.request(
            "GET", "/_stcore/stream",
            headers={
                "connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
                "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "cookie": cookie,
            },
        )  # fmt: skip
        assert connection.getresponse().status == 403
        connection.close()
    for path in ("/media/x.csv", "/api/metrics", "/_stcore/metrics", "/executive"):
        assert httpx.get(f"{server.url}{path}").status_code == 401
    assert httpx.get(f"{server.url}/api/health").json() == {"status": "ok"}


def test_signing_out_ends_every_window_of_the_session(window: Open, server: Server) -> None:
    page = window("/").page
    page.get_by_label("E-mail").fill(SALES)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sales", exact=True)).to_be_visible(timeout=PATIENCE)
    second = page.context.new_page()
    second.goto(server.url)
    expect(second.get_by_role("heading", name="Sales", exact=True)).to_be_visible(timeout=PATIENCE)

    page.get_by_role("button", name="sales.vanc").click()
    page.get_by_text("Sign out").click()
    page.wait_for_url("**/login", timeout=PATIENCE)
    # The other window still holds its socket: its next run finds the session ended.
    second.get_by_role("button", name="Year before").click()
    second.wait_for_url("**/login", timeout=PATIENCE)
    expect(second.get_by_role("heading")).to_have_text("Sign in")


def test_the_pages_are_at_home_on_a_phone_and_in_the_dark(window: Open) -> None:
    for who, scheme, name, charts in (
        (EXECUTIVE, "light", "executive_phone", 4),
        (MANAGER, "dark", "branch_phone_dark", 3),
    ):
        opened = window("/", who, width=390, height=844, scheme=scheme)
        expect(opened.page.locator(".js-plotly-plot")).to_have_count(charts, timeout=PATIENCE)
        widest = opened.page.evaluate(
            "() => document.querySelector('[data-testid=stMain]').scrollWidth"
        )
        assert widest <= 390
        opened.shot(name)


def test_every_page_once(window: Open, server: Server) -> None:
    opened = window("/", EXECUTIVE)
    for page in pages():
        opened.page.goto(f"{server.url}/{page.name}")
        opened.wait()
        heading = opened.page.get_by_role("heading", name=page.title_en, exact=True, level=1)
        expect(heading).to_be_visible(timeout=PATIENCE)
        assert "Something went wrong" not in opened.text, page.name
        assert opened.serious() == [], page.name
        opened.shot(f"page_{page.name}")
        opened.page.set_viewport_size({"width": 1400, "height": 900})
    assert opened.complaints == []


@pytest.mark.parametrize(
    ("who", "home"),
    [
        ("dispatch.vanc@northway.example", "Today"),
        ("storage@northway.example", "Storage"),
        ("fleet@northway.example", "Fleet"),
        ("auditor@northway.example", "Audit"),
        (ANALYST, "Company"),
    ],
)
def test_every_role_has_its_home(window: Open, who: str, home: str) -> None:
    opened = window("/", who)
    heading = opened.page.get_by_role("heading", name=home, exact=True, level=1)
    expect(heading).to_be_visible(timeout=PATIENCE)
    assert "Something went wrong" not in opened.text
    assert opened.complaints == []
    opened.shot(f"home_{who.partition('@')[0].replace('.', '_')}")


def test_a_click_on_a_bar_narrows_the_page_and_stands_in_its_address(window: Open) -> None:
    opened = window("/", EXECUTIVE)
    page = opened.page
    bar = page.locator(".st-key-section_branches .js-plotly-plot .point").first
    bar.scroll_into_view_if_needed()
    bar.click(force=True)
    page.wait_for_url("**province=**", timeout=PATIENCE)
    opened.wait()
    assert "Province:" in opened.text
