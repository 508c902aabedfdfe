"""The files of an export as tables of text, CSV or workbook alike.

What the text means is in `plan`.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import fastexcel

from crm_core.importing.errors import ExportUnreadable

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Table:
    """Heads and rows as text; rows are numbered as a spreadsheet shows them."""

    file: str
    heads: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """Without those that are blank from end to end."""

    def column(self, name: str) -> int | None:
        """Where a column stands, whatever its case and the blanks around it."""
        wanted = _head(name)
        return next((at for at, head in enumerate(self.heads) if _head(head) == wanted), None)


class Export:
    """A folder of files, or of workbooks with sheets; read when asked for."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ExportUnreadable(f"{folder} is no folder: give the one that holds the export")
        self._read: dict[str, Callable[[], Table]] = {}
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in (".csv", ".tsv", ".txt"):
                self._read.setdefault(path.stem.casefold(), partial(_csv, path))
            elif path.suffix.lower() in WORKBOOKS and not path.name.startswith("~"):
                self._add_workbook(path)
        self._tables: dict[str, Table] = {}

    @property
    def names(self) -> list[str]:
        return sorted(self._read)

    def table(self, name: str) -> Table | None:
        """The table of a file or sheet; raises `ExportUnreadable`."""
        known = name.casefold()
        if known in self._read and known not in self._tables:
            self._tables[known] = self._read[known]()
        return self._tables.get(known)

    def _add_workbook(self, path: Path) -> None:
        book = _open(path)
        for sheet in book.sheet_names:
            # A workbook of one sheet is a file like any other: its own name counts.
            names = {sheet.casefold()} | ({path.stem.casefold()} if _is_single(book) else set())
            for name in names:
                self._read.setdefault(name, partial(_sheet, path, book, sheet))


def _is_single(book: fastexcel.ExcelReader) -> bool:
    return len(book.sheet_names) == 1


def _open(path: Path) -> fastexcel.ExcelReader:
    try:
        return fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        line = str(error).splitlines()[0]
        raise ExportUnreadable(f"{path.name} is no workbook that can be read: {line}") from error


def _sheet(path: Path, book: fastexcel.ExcelReader, sheet: str) -> Table:
    try:
        frame = book.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        line = str(error).splitlines()[0]
        raise ExportUnreadable(f"{path.name}, sheet {sheet}: {line}") from error
    return _table(f"{path.name}/{sheet}", [[cell or "" for cell in row] for row in frame.rows()])


def _csv(path: Path) -> Table:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ExportUnreadable(f"{path.name} is no CSV that can be read: {error}") from error
    return _table(path.name, lines)


def _table(file: str, lines: Sequence[Sequence[str]]) -> Table:
    if not lines or not any(cell.strip() for cell in lines[0]):
        raise ExportUnreadable(f"{file} has no heads: its first row names the columns")
    heads = tuple(cell.strip() for cell in lines[0])
    rows = [
        (number, tuple(line))
        for number, line in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in line)
    ]
    return Table(file, heads, tuple(rows))


def _head(name: str) -> str:
    return " ".join(name.split()).casefold()
