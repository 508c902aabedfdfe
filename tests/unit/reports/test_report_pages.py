"""Pages as images beside the ones that a person approved; whole files, embedded fonts.

After a change of the look that is wanted: `CRM_GOLDEN=write` with this file makes the approved
pages anew. Look at them before they are committed.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

from orchestration.bench_reports_sample import four_pages
from reports.renderers import render
from reports.result import ReportResult
from tests.unit.reports.samples import result as sample

GOLDEN = Path(__file__).parent / "golden"
DPI = 36
BLOCK = 6
"""Pixels of a side: a figure that moved or changed its colour shows in a block's mean."""
FAR = 24
"""Of 255: two versions of the drawing program differ by less."""
REPORTS: dict[str, Callable[[], ReportResult]] = {
    "charts": four_pages,
    "weekly_fr": lambda: sample("fr-CA"),
}


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    missing = [name for name in ("pdftoppm", "pdffonts", "qpdf") if shutil.which(name) is None]
    if missing:
        reason = f"{', '.join(missing)}: not installed: apt-get install poppler-utils qpdf"
        if os.environ.get("CRM_PDF_TOOLS") == "required":
            pytest.fail(reason)
        pytest.skip(reason)


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def pages(content: bytes, folder: Path) -> list[Image.Image]:
    """The pages of a PDF, grey and small."""
    (folder / "file.pdf").write_bytes(content)
    run("pdftoppm", "-r", str(DPI), "-gray", "-png", str(folder / "file.pdf"), str(folder / "p"))
    return [Image.open(path).convert("L") for path in sorted(folder.glob("p*.png"))]


def farthest(one: Image.Image, other: Image.Image) -> int:
    """The greatest difference between the means of two blocks; 255 for other sizes."""
    if one.size != other.size:
        return 255
    difference = ImageChops.difference(*(each.reduce(BLOCK) for each in (one, other)))
    highest = difference.getextrema()[1]
    assert isinstance(highest, int)
    return highest


@pytest.mark.parametrize("name", REPORTS)
def test_pages_look_as_they_were_approved(name: str, tmp_path: Path) -> None:
    drawn = pages(render(REPORTS[name](), "pdf").content, tmp_path)
    if os.environ.get("CRM_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        for number, page in enumerate(drawn, start=1):
            page.quantize(16).save(GOLDEN / f"{name}_{number}.png", optimize=True)
    approved = [Image.open(p).convert("L") for p in sorted(GOLDEN.glob(f"{name}_*.png"))]
    assert len(drawn) == len(approved)
    for number, (page, golden) in enumerate(zip(drawn, approved, strict=True), start=1):
        assert farthest(page, golden) <= FAR, f"page {number} of {name} looks otherwise"
    # What a person would see is seen here: a bar of another colour, a word somewhere else.
    spoilt = drawn[0].copy()
    ImageDraw.Draw(spoilt).rectangle((60, 200, 100, 208), fill=90)
    assert farthest(spoilt, approved[0]) > FAR


@pytest.mark.parametrize("name", REPORTS)
def test_the_file_is_whole_and_its_fonts_are_inside(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(render(REPORTS[name](), "pdf").content)
    assert "No syntax or stream encoding errors found" in run("qpdf", "--check", str(path))
    heads, _, *fonts = run("pdffonts", str(path)).splitlines()
    place = heads.index("emb")
    assert fonts and all(line[place : place + 3] == "yes" for line in fonts)
