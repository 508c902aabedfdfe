"""The script that looks for barriers finds those of a page made of them, and none elsewhere."""

import pytest
from playwright.sync_api import Browser

from tests.browser.accessibility import barriers

pytestmark = [pytest.mark.browser, pytest.mark.long]

GOOD = """<!doctype html><html lang="en"><head><title>Branch</title></head><body>
<nav><a href="#main">Skip</a></nav><main id="main"><h1>Branch</h1><h2>At a glance</h2>
<label for="day">Day</label><input id="day"><button aria-label="Close"><i>x</i></button>
<img src="data:," alt="Bookings by week"><p style="color:#5b6876">121 leads</p>
<div role="button" tabindex="0">Open</div></main></body></html>"""

BAD = """<!doctype html><html><head><title> </title></head><body>
<div id="twice"></div><div id="twice"></div><h2>No first heading</h2><h4>Too deep</h4>
<input><button></button><a href="#x"><img src="data:,"></a><img src="data:,">
<p style="color:#bbb">hard to read</p><span role="button">not by keyboard</span>
<div tabindex="3">first of all</div><div aria-hidden="true"><button>lost</button></div>
<label for="nothing">Of nothing</label></body></html>"""

RULES = {
    "name", "alt", "lang", "title", "main", "h1", "heading-order", "id-twice", "id-missing",
    "no-keyboard", "tabindex", "hidden-focus", "contrast",
}  # fmt: skip


def test_every_barrier_is_found_and_none_where_there_is_none(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(GOOD)
    assert barriers(page) == []
    page.set_content(BAD)
    found = barriers(page)
    assert {line.partition(":")[0] for line in found} == RULES
    assert any("1.92 of 4.5" in line for line in found)  # #bbb on white
    page.close()
