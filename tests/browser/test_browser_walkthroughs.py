"""The walk-throughs of `docs/walkthroughs`, walked: each step is done and seen before its picture.

Pictures are written with `CRM_SHOTS=1` only; what single pages hold is tested elsewhere.
"""

import os
import re
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from crm_core import clock
from crm_core.config import PROJECT
from tests.browser.conftest import PATIENCE, Open, Server, Window
from tests.conftest import Demo

pytestmark = [pytest.mark.browser, pytest.mark.long]

PICTURES = PROJECT / "docs" / "walkthroughs" / "images"
COLORS = 256
"""As many colours as a picture keeps: half of the bytes, and nobody sees it."""

FIRST_ROW = 52
"""Pixels from the top of a grid to its first row; grids are drawn, not written."""

MONEY = """\
select source, count(*) as quotes, sum(booked_amount) as booked
from marts.fct_bookings
group by all
order by booked desc"""


@dataclass
class Walk:
    """One walk-through: its window, and its name in front of its pictures."""

    window: Window
    name: str
    url: str

    @property
    def page(self) -> Page:
        return self.window.page

    def go(self, path: str, title: str) -> None:
        """Opens a page and waits until it is drawn."""
        self.page.goto(f"{self.url}{path}")
        self.seen(title)

    def seen(self, title: str | re.Pattern[str]) -> None:
        """The page of that title stands, and no part of it failed."""
        heading = self.page.get_by_role("heading", name=title, level=1)
        expect(heading.first).to_be_visible(timeout=PATIENCE)
        self.window.wait()
        assert "Something went wrong" not in self.window.text

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def form(self, deed: str) -> Locator:
        """The open form of a deed."""
        form = self.page.locator(f".st-key-form_{deed}")
        expect(form).to_be_visible(timeout=PATIENCE)
        self.window.wait()
        return form

    def write(self, deed: str, **texts: str) -> None:
        for name, text in texts.items():
            field = _field(self.form(deed), name).locator("input, textarea").first
            field.fill(text)
            field.press("Tab")

    def choose(self, deed: str, **texts: str) -> None:
        for name, text in texts.items():
            self.pick(_field(self.form(deed), name), text)

    def pick(self, box: Locator, text: str) -> None:
        box.locator("input").first.click()
        self.page.keyboard.type(text)
        self.page.get_by_role("option", name=text, exact=True).first.click()

    def send(self, deed: str, what: str) -> None:
        """Sends the form of a deed; it is done when the page says so."""
        self.page.locator(f".st-key-send_{deed} button").click()
        self.done(what)

    def done(self, what: str) -> None:
        expect(self.page.get_by_text(f"{what}: done.")).to_be_visible(timeout=PATIENCE)
        self.window.wait()

    def type_cell(self, grid: Locator, x: int, text: str) -> None:
        """Types into a cell of the first row of an open grid, `x` pixels from its left."""
        grid.click(position={"x": x, "y": FIRST_ROW})
        self.page.wait_for_timeout(300)
        self.page.keyboard.type(text, delay=20)
        self.page.wait_for_timeout(200)
        self.page.keyboard.press("Enter")
        self.page.wait_for_timeout(400)

    def picture(self, step: str) -> None:
        """What is seen at a step."""
        if os.environ.get("CRM_SHOTS") != "1":
            return
        self.page.wait_for_timeout(900)
        image = Image.open(BytesIO(self.page.screenshot())).convert("RGB")
        PICTURES.mkdir(exist_ok=True)
        kept = image.quantize(COLORS, method=Image.Quantize.MAXCOVERAGE)
        kept.save(PICTURES / f"{self.name}_{step}.png", optimize=True)


def _field(form: Locator, name: str) -> Locator:
    return form.locator(f'[class*="_{name}"]').first


def test_a_sales_day(window: Open, server: Server, changing_demo: Demo) -> None:
    opened = window("/", "sales.vanc@northway.example")
    walk = Walk(opened, "sales", server.url)
    walk.seen("Sales")
    walk.picture("1_home")

    walk.go("/work_leads", "Leads")
    walk.press("New lead")
    walk.write("new_lead", first_name="Robin", last_name="Maple")
    walk.choose(
        "new_lead", source="Referral", service_type="Moving", move_size="2-bedroom apartment",
        origin_province="BC", destination_province="BC",
    )  # fmt: skip
    move_on = clock.local_date(clock.now(), "America/Vancouver") + timedelta(days=21)
    walk.write("new_lead", estimated_move_on=move_on.isoformat(), estimated_amount="850")
    walk.picture("2_new_lead")
    walk.send("new_lead", "New lead")
    walk.seen("Robin Maple")

    walk.press("Log activity")
    walk.choose("log_activity", activity_type="Phone call")
    walk.write("log_activity", outcome="Wants the quote today; lift booked from nine.")
    walk.send("log_activity", "Log activity")
    walk.press("Qualify")
    walk.done("Qualify")
    walk.picture("3_lead")

    walk.press("New quote")
    grid = walk.form("new_quote").get_by_test_id("stDataFrame").first
    for x, text in ((120, "Crew of two and a truck"), (600, "4.5"), (750, "189.25")):
        walk.type_cell(grid, x, text)
    walk.picture("4_offer")
    walk.send("new_quote", "New quote")
    assert "851.63" in opened.text  # 4.5 hours at $189.25, half a cent up
    walk.press("Send")
    walk.done("Send")
    walk.picture("5_sent")

    walk.press("Accept")
    walk.send("accept", "Accept")
    status = opened.page.get_by_text("Accepted", exact=True).first
    expect(status).to_be_visible(timeout=PATIENCE)
    walk.picture("6_accepted")
    assert opened.complaints == []


def test_an_analysts_question(window: Open, server: Server, changing_demo: Demo) -> None:
    opened = window("/?period=2026-10", "analyst@northway.example")
    page = opened.page
    walk = Walk(opened, "question", server.url)
    walk.seen("Company")
    bar = page.locator(".st-key-section_branches .js-plotly-plot .point").first
    bar.scroll_into_view_if_needed()
    bar.click(force=True)
    page.wait_for_url("**province=**", timeout=PATIENCE)
    opened.wait()
    walk.picture("1_narrowed")

    walk.go("/insights", "Insights")
    walk.picture("2_insights")

    walk.go("/analyst", "SQL")
    page.get_by_role("textbox", name="Statement").fill(MONEY)
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("3 columns")).to_be_visible(timeout=PATIENCE)
    opened.wait()
    walk.picture("3_sql")
    with page.expect_download(timeout=PATIENCE) as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.path().read_text().startswith("source,quotes,booked")

    walk.go("/forecasts?tab=scorecard", "Forecasts")
    walk.picture("4_scorecard")
    assert opened.complaints == []
