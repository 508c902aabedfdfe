"""Checking a report file: made again, do both say the same?

A file that some program saved again has other bytes but must have the same cells. What it is made
again from is decided in `reports.proof`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import fastexcel
from pydantic import ValidationError

from reports.errors import FileUnreadable, ReportDiffers
from reports.renderers import ACCESSIBLE, render
from reports.renderers.accessible import ENDING
from reports.renderers.xlsx_sheet import ABOUT_SHEET
from reports.result import ReportResult
from transforms.metrics.period import Period

SHOWN = 20
"""Differences listed; all are counted."""


@dataclass(frozen=True)
class Identity:
    """What a file says it is: enough to run it again."""

    report: str
    period: Period
    locale: str
    publication_id: int
    generated_for: str
    before: str = ""
    """Digest of the report its changes are told against."""


@dataclass(frozen=True)
class Difference:
    """One place where the file says something else than the figures computed again."""

    place: str
    in_file: str
    computed: str


@dataclass(frozen=True)
class Verification:
    """The outcome for one file."""

    file: str
    report: str
    publication_id: int
    same_bytes: bool
    compared: int
    """Cells or fields looked at."""
    differences: tuple[Difference, ...]
    notes: tuple[str, ...] = ()
    """What it was held against, and why it may differ."""
    is_explained: bool = False
    """Whether the file is the original all the same: names were erased, renderers changed."""

    @property
    def text(self) -> str:
        """The outcome for people."""
        about = f"{self.report}, publication {self.publication_id}"
        if not self.differences:
            how = "byte for byte" if self.same_bytes else "in every field, not in its bytes"
            first = f"equal {how}: {self.file} ({about}, {self.compared:,} fields)"
        else:
            first = self._headline
        lines = [
            f"  {d.place}: file {d.in_file!r}, computed {d.computed!r}"
            for d in self.differences[:SHOWN]
        ]
        return "\n".join([first, *(f"  {note}" for note in self.notes), *lines])

    def require_equal(self) -> None:
        """Raises `ReportDiffers` when anything differs without a good reason."""
        if self.differences and not self.is_explained:
            raise ReportDiffers(self._headline)

    @property
    def _headline(self) -> str:
        found = f"{len(self.differences):,} of {self.compared:,} fields"
        return f"{self.file} differs from publication {self.publication_id} in {found}"


Recompute = Callable[[Identity], ReportResult]
Cells = Mapping[str, str]
"""What a file says, by place: `Summary!B7`, or `sections.0.widgets.1.rows.4.cells.0.value`."""


def verify(name: str, content: bytes, recompute: Recompute) -> Verification:
    """The file beside the one that is made again from what `recompute` gives.

    Raises `FileUnreadable` for a file that is none of ours.
    """
    file_format, (_, read) = _reader(name)
    identity = identity_of(name, content)
    again = render(recompute(identity), file_format).content
    cells, computed = read(name, content), read(name, again)
    return Verification(
        file=name,
        report=identity.report,
        publication_id=identity.publication_id,
        same_bytes=content == again,
        compared=len(cells.keys() | computed.keys()),
        differences=tuple(differences_of(cells, computed)),
    )


def identity_of(name: str, content: bytes) -> Identity:
    """What a file says it is; raises `FileUnreadable` for any that is not a report of ours."""
    return _reader(name)[1][0](name, content)


def _reader(name: str) -> tuple[str, "Reader"]:
    kind = name.rpartition(".")[2].lower()
    if kind not in READERS:
        raise FileUnreadable(f"{name}: only JSON, XLSX and PDF reports can be verified")
    return ACCESSIBLE if name.lower().endswith(f".{ENDING}") else kind, READERS[kind]


def differences_of(cells: Cells, computed: Cells) -> Iterator[Difference]:
    """Places where the two do not say the same, in reading order."""
    for place in sorted(cells.keys() | computed.keys(), key=_reading_order):
        in_file, now = cells.get(place, ""), computed.get(place, "")
        if in_file != now:
            yield Difference(place, in_file, now)


def _reading_order(place: str) -> list[tuple[int, str]]:
    """Numbers inside a place sort as numbers."""
    parts = re.split(r"(\d+)", place)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


# JSON


def _of_json(name: str, content: bytes) -> Identity:
    try:
        header = ReportResult.model_validate_json(content).header
    except ValidationError as error:
        raise FileUnreadable(f"{name}: not a report of this product") from error
    return Identity(
        report=header.report,
        period=Period(header.period.start, header.period.end),
        locale=header.locale,
        publication_id=header.publication_id,
        generated_for=header.generated_for,
        before=header.before,
    )


def _json(_: str, content: bytes) -> Cells:
    return dict(_leaves(json.loads(content), ""))


def _leaves(node: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict | list):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in items:
            yield from _leaves(value, f"{place}.{key}" if place else str(key))
    elif node is not None:
        yield place, str(node)


# XLSX


def _of_workbook(name: str, content: bytes) -> Identity:
    cells = _workbook(name, content)
    labels = {cells[place]: cells.get(place.replace("!A", "!B"), "") for place in cells
              if place.startswith(f"{ABOUT_SHEET}!A")}  # fmt: skip
    try:
        return Identity(
            report=labels["report"],
            period=Period(
                date.fromisoformat(labels["period_start"]),
                date.fromisoformat(labels["period_end"]),
            ),
            locale=labels["locale"],
            publication_id=int(labels["publication_id"]),
            generated_for=labels["generated_for"],
            before=labels.get("before", ""),
        )
    except (KeyError, ValueError) as error:
        raise FileUnreadable(f"{name}: its sheet {ABOUT_SHEET} is missing or damaged") from error


def _workbook(file: str, content: bytes) -> Cells:
    """Every filled cell of every sheet, as text."""
    try:
        book = fastexcel.read_excel(content)
        # As text throughout: a type guessed from the first rows would lose what differs later.
        sheets = {
            name: book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
            for name in book.sheet_names
        }
    except fastexcel.FastExcelError as error:
        raise FileUnreadable(f"{file}: not a workbook") from error
    return {
        f"{sheet}!{_column(column)}{row + 1}": value
        for sheet, frame in sheets.items()
        for column, series in enumerate(frame.iter_columns())
        for row, value in enumerate(series)
        if value
    }


# PDF


def _of_pdf(name: str, content: bytes) -> Identity:
    found = re.search(rb"/Keywords ?\(([^)]*)\)", content)
    facts = dict(part.split("=", 1) for part in found[1].decode().split("; ")) if found else {}
    try:
        return Identity(
            report=facts["report"],
            period=Period(date.fromisoformat(facts["start"]), date.fromisoformat(facts["end"])),
            locale=facts["locale"],
            publication_id=int(facts["publication"]),
            generated_for=facts["for"],
            before=facts["before"],
        )
    except (KeyError, ValueError) as error:
        raise FileUnreadable(f"{name}: not a PDF of this product") from error


def _pdf(_: str, content: bytes) -> Cells:
    """A PDF is compared as a whole."""
    return {"SHA-256": hashlib.sha256(content).hexdigest()}


Reader = tuple[Callable[[str, bytes], Identity], Callable[[str, bytes], Cells]]
"""How a format says what it is, and what it says."""

READERS: dict[str, Reader] = {
    "json": (_of_json, _json),
    "xlsx": (_of_workbook, _workbook),
    "pdf": (_of_pdf, _pdf),
}


def _column(index: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
