"""Formulas of workbooks, computed anew by LibreOffice where it is installed.

Which workbooks, and what a difference means, is in `orchestration.surfaces`.
"""

import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastexcel

from reports.surfaces import column_index


@dataclass(frozen=True)
class Computed:
    """A formula cell: the result that the workbook carries, and the one computed anew."""

    place: str
    carried: str
    computed: str

    @property
    def is_same(self) -> bool:
        """Whether both are there and equal to the cent."""
        try:
            return round(float(self.carried), 2) == round(float(self.computed), 2)
        except ValueError:
            return False


def recalculated(books: Sequence[bytes]) -> Iterator[Computed]:
    """Every formula cell of the workbooks, computed anew by one LibreOffice; none without it."""
    office = shutil.which("soffice")
    if office is None or not books:  # asked for nothing it would wait for ever
        return
    with tempfile.TemporaryDirectory(prefix="crm-surfaces-") as folder:
        place = Path(folder)
        originals = {}
        for number, content in enumerate(books):
            path = place / f"book{number}.xlsx"
            path.write_bytes(_without_results(content))
            originals[path.name] = content
        out = place / "out"
        profile = f"-env:UserInstallation=file://{place}/profile"
        subprocess.run(
            [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out),
             *map(str, sorted(place.glob("*.xlsx")))],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
        for name, content in originals.items():
            before, after = _cells(content), _cells((out / name).read_bytes())
            for sheet, row, column in _formulas(content):
                want, got = before[sheet][row][column], after[sheet][row][column]
                yield Computed(f"{name} {sheet} {row + 1}:{column + 1}", want or "", got or "")


def has_formulas(content: bytes) -> bool:
    """Whether a workbook has anything to compute."""
    return any(True for _ in _formulas(content))


def _without_results(content: bytes) -> bytes:
    """The workbook with the results of its formulas taken out, so that they must be computed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            data = old.read(info.filename)
            if info.filename.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", data)
            new.writestr(info, data)
    return out.getvalue()


def _cells(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = fastexcel.read_excel(content)
    return {
        name: book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        .to_polars()
        .rows()
        for name in book.sheet_names
    }


def _formulas(content: bytes) -> Iterator[tuple[str, int, int]]:
    """Sheet, row and column of every formula."""
    names = fastexcel.read_excel(content).sheet_names
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for number, name in enumerate(names, start=1):
            text = archive.read(f"xl/worksheets/sheet{number}.xml").decode()
            for letters, row in re.findall(r'<c r="([A-Z]+)(\d+)"[^>]*><f>', text):
                yield name, int(row) - 1, column_index(letters)
