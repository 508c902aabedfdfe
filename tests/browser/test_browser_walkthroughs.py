"""The walk-throughs of `docs/walkthroughs`, walked: each step is done and seen before its picture.

Pictures are written with `CRM_SHOTS=1` only; what single pages hold is tested elsewhere.
"""

import os
from dataclasses import dataclass
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from crm_core.config import PROJECT
from tests.browser.conftest import PATIENCE, Open, Server, Window
from tests.conftest import Demo

pytestmark = [pytest.mark.browser, pytest.mark.long]

PICTURES = PROJECT / "docs" / "walkthroughs" / "images"
COLORS = 256
"""As many colours as a picture keeps: half of the bytes, and nobody sees it."""

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

    def seen(self, title: str) -> None:
        """The page of that title stands, and no part of it failed."""
        heading = self.page.get_by_role("heading", name=title, level=1)
        expect(heading.first).to_be_visible(timeout=PATIENCE)
        self.window.wait()
        assert "Something went wrong" not in self.window.text

    def picture(self, step: str) -> None:
        """What is seen at a step."""
        if os.environ.get("CRM_SHOTS") != "1":
            return
        self.page.wait_for_timeout(900)
        image = Image.open(BytesIO(self.page.screenshot())).convert("RGB")
        PICTURES.mkdir(exist_ok=True)
        kept = image.quantize(COLORS, method=Image.Quantize.MAXCOVERAGE)
        kept.save(PICTURES / f"{self.name}_{step}.png", optimize=True)


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
