"""One sheet of the workbook, written from the top down: titles, facts, tables, native charts.

Which sheets there are is decided in `reports.renderers.xlsx`.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_rowcol_to_cell

from reports import theme
from reports.format import Unit, formatter
from reports.renderers.file import file_name
from reports.renderers.tidy import Field
from reports.renderers.xlsx_chart import CHART_ROWS, CHARTS, CellRange
from reports.result import Cell, Figures, ReportResult, Row
from reports.words import headed, word

LONGEST_TEXT = 32_767
"""What a cell holds; XlsxWriter would leave a longer text out without a word."""

DATA_SHEET = "Data"
ABOUT_SHEET = "About"
FIXED_SHEETS = (DATA_SHEET, ABOUT_SHEET)

_NUMBER_FORMATS: dict[Unit, str] = {
    "count": "#,##0",
    "money": "#,##0.00",
    "percent": "0.0%",
    "days": "#,##0.0",
    "hours": "#,##0.0",
    "minutes": "#,##0",
    "seconds": "#,##0.0",
    "ratio": "#,##0.00",
}
_NOT_IN_SHEET_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


class Styles:
    """Workbook-wide things: the book, the result, cell formats made once each."""

    def __init__(self, book: Workbook, result: ReportResult, *, streamed: bool = False) -> None:
        self.book = book
        self.streamed = streamed
        self.result = result
        self.show = formatter(result.header.locale, result.header.currency)
        self.measures = {measure.name: measure for measure in result.measures}
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        # Taken from the start: `verify` finds these two by name.
        self._names = {name.lower() for name in FIXED_SHEETS}

    def cell(self, **properties: Any) -> Any:
        """The cell format of these properties, over the common face and colour."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": "Calibri", "font_size": 10, "font_color": theme.INK}
            self._formats[key] = self.book.add_format(base | properties)
        return self._formats[key]

    def number(self, unit: Unit, **properties: Any) -> Any:
        """The cell format of a unit."""
        return self.cell(num_format=_NUMBER_FORMATS[unit], align="right", **properties)

    def change(self, unit: Unit, **properties: Any) -> Any:
        """The cell format of a change in a figure of this unit: signed, points told apart."""
        plain = {
            "days": "0.0",
            "hours": "0.0",
            "minutes": "0",
            "seconds": "0.0",
            "percent": '0.0%" pts"',
        }.get(unit, "0.0%")
        return self.cell(num_format=f"+{plain};-{plain};{plain}", align="right", **properties)

    def sheet_name(self, wanted: str) -> str:
        """A name Excel accepts that no other sheet has; the fixed ones stay as they are."""
        if wanted in FIXED_SHEETS:
            return wanted
        base = wanted.translate(_NOT_IN_SHEET_NAMES).strip()[:31] or "Sheet"
        name, number = base, 2
        while name.lower() in self._names:
            name = f"{base[:27]} {number}"
            number += 1
        self._names.add(name.lower())
        return name


class Sheet:
    """A worksheet and the next free row in it."""

    def __init__(self, styles: Styles, wanted_name: str, *, landscape: bool = False) -> None:
        self.styles = styles
        self.name = styles.sheet_name(wanted_name)
        self.sheet = styles.book.add_worksheet(self.name)
        self.row = 0
        self._widths: dict[int, int] = {}
        self._set_up_page(landscape=landscape)

    def _set_up_page(self, *, landscape: bool) -> None:
        header = self.styles.result.header
        title, period = (text.replace("&", "&&") for text in (header.title, header.period.text))
        self.sheet.hide_gridlines(2)
        if landscape:
            self.sheet.set_landscape()
        self.sheet.set_paper(9 if header.paper == "a4" else 1)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.75)
        self.sheet.set_header(f"&L&9{title[:80]}&R&9{period}")
        self.sheet.set_footer(f"&L&8{file_name(header, 'xlsx')}&R&8&P / &N")

    # single cells

    def text(self, column: int, value: str, cell_format: Any, *, wide: bool = False) -> None:
        """Text as text, whatever it looks like; `wide` text does not widen its column."""
        if len(value) > LONGEST_TEXT:
            value = value[: LONGEST_TEXT - 1] + "…"
        self.sheet.write_string(self.row, column, value, cell_format)
        if not wide:
            self._widths[column] = max(self._widths.get(column, 0), len(value))

    def value(self, column: int, value: Decimal | None, cell_format: Any, shown: str = "") -> None:
        """A number as a number, or an empty cell."""
        if value is None:
            self.sheet.write_blank(self.row, column, None, cell_format)
        else:
            self.sheet.write_number(self.row, column, value, cell_format)
        self._widths[column] = max(self._widths.get(column, 0), len(shown))

    def day(self, column: int, value: date, cell_format: Any) -> None:
        """A date as a date."""
        self.sheet.write_datetime(self.row, column, value, cell_format)
        self._widths[column] = max(self._widths.get(column, 0), 10)

    # blocks

    def skip(self) -> None:
        """An empty row."""
        self.row += 1

    def title(self, text: str) -> None:
        """The name of the sheet, large."""
        style = self.styles.cell(font_size=16, bold=True, font_color=theme.PRIMARY)
        self.sheet.set_row(self.row, 24)
        self.text(0, text, style, wide=True)
        self.row += 1

    def heading(self, text: str) -> None:
        """The name of a block, with an empty row above."""
        self.row += 1
        style = self.styles.cell(font_size=12, bold=True, font_color=theme.PRIMARY)
        self.text(0, text, style, wide=True)
        self.row += 1

    def line(self, text: str) -> None:
        """A line of plain text."""
        self.text(0, text, self.styles.cell(font_color=theme.MUTED), wide=True)
        self.row += 1

    def fact(self, label: str, text: str) -> None:
        """A label and its text."""
        self.text(0, label, self.muted)
        self.text(1, text, self.styles.cell(), wide=True)
        self.row += 1

    def heads(self, labels: Sequence[str], *, right_from: int) -> None:
        """A row of column heads; from `right_from` on they stand right, above numbers."""
        for column, label in enumerate(labels):
            align = "right" if column >= right_from else "left"
            style = self.styles.cell(
                bold=True, align=align, text_wrap=True, valign="bottom", bottom=1,
                bottom_color=theme.INK, bg_color=theme.PANEL,
            )  # fmt: skip
            self.text(column, label, style, wide=True)
            self._widths[column] = max(self._widths.get(column, 0), min(len(label), 16))
        self.row += 1

    def tiles(self, widget: Figures) -> None:
        """Tiles as a table: a line per metric, each comparison with value and change."""
        styles, show = self.styles, self.styles.show
        locale = show.locale
        self.heading(widget.title)
        labels = [word("metric", locale), word("id", locale), word("value", locale)]
        for basis in widget.bases:
            labels += [word(basis, locale), "Δ"]
        self.heads(labels, right_from=2)
        top = self.row
        for cell in widget.rows[0].cells:
            measure = styles.measures[cell.metric]
            label = headed(measure.label, show.unit_sign(measure.unit))
            self.text(0, label, styles.cell(bold=True))
            self.text(1, measure.id, self.muted)
            self.value(2, cell.value, styles.number(measure.unit, bold=True), cell.exact)
            found = {item.basis: item for item in cell.compared}
            for index, basis in enumerate(widget.bases):
                item = found.get(basis)
                if item is None:
                    continue
                number = styles.number(measure.unit, font_color=theme.MUTED)
                self.value(3 + 2 * index, item.value, number, item.text)
                tone = styles.change(measure.unit, font_color=theme.TONES[item.tone])
                self.value(4 + 2 * index, item.change, tone, item.change_text)
            self.row += 1
        self.name_range(widget, top, len(labels))
        self.notes(widget)

    def name_range(self, widget: Figures, top: int, columns: int) -> None:
        """The widget's cells, below their head, as a named range of the workbook."""
        if self.row > top:
            corners = ((top, 0), (self.row - 1, columns - 1))
            area = ":".join(xl_rowcol_to_cell(*at, True, True) for at in corners)
            sheet = self.name.replace("'", "''")
            self.styles.book.define_name(f"figures_{widget.name}", f"='{sheet}'!{area}")

    def comment(self, row: int, column: int, metric: str) -> None:
        """Id and definition of a metric, at the head of its column."""
        measure = self.styles.measures[metric]
        text = f"{measure.id} ({measure.name}): {measure.formula}"
        self.sheet.write_comment(row, column, text[:1000], {"x_scale": 2})

    def figures(self, widget: Figures, *, freeze: bool) -> None:
        """A widget as a table, below its native chart where it is one."""
        self.heading(widget.title)
        is_chart = widget.kind in CHARTS and bool(widget.data_rows)
        top = self.row
        if is_chart:
            self.row += CHART_ROWS
        head_row = self.row
        key_labels = self._key_labels(widget)
        labels = list(key_labels)
        for name in widget.metrics:
            measure = self.styles.measures[name]
            labels.append(headed(measure.label, self.styles.show.unit_sign(measure.unit)))
            labels += [
                f"{measure.label}, {word(b, self.styles.show.locale).lower()}"
                for b in widget.compared_spans
            ]
        self.heads(labels, right_from=len(key_labels))
        step = 1 + len(widget.compared_spans)
        for index, name in enumerate(widget.metrics):
            self.comment(head_row, len(key_labels) + index * step, name)
        for row in widget.rows:
            self._figures_row(widget, row, len(key_labels), head_row)
        self.name_range(widget, head_row + 1, len(labels))
        if widget.shares:
            self.text(0, word("share", self.styles.show.locale), self.muted)
            for column, share in enumerate(widget.shares, start=len(key_labels)):
                self.text(column, share, self.styles.cell(align="right", font_color=theme.MUTED))
            self.row += 1
        self.notes(widget)
        if is_chart:
            last_row = head_row + len(widget.data_rows)
            cells = CellRange(self.name, head_row, last_row, len(key_labels))
            chart = CHARTS[widget.kind](self.styles.book, widget, self.styles.measures, cells)
            self.sheet.insert_chart(top, 0, chart, {"object_position": 3})
        elif freeze:
            self.sheet.freeze_panes(head_row + 1, len(key_labels))
            self.sheet.repeat_rows(head_row)

    def _key_labels(self, widget: Figures) -> tuple[str, ...]:
        locale = self.styles.show.locale
        if widget.kind == "reconciliation":
            return ("",)
        time = (word("start", locale),) if widget.grain else ()
        return (*time, *widget.by_labels)

    def _sums(self, widget: Figures, metric: str, total: Decimal | None) -> bool:
        """Whether a total is the sum of the rows above it, so that it may be a formula."""
        parts = [row.cell(metric).value for row in widget.data_rows]
        if total is None or widget.kind == "reconciliation" or None in parts or len(parts) < 2:
            return False
        return sum((part for part in parts if part is not None), Decimal(0)) == total

    def _figures_row(self, widget: Figures, row: Row, keys: int, head_row: int) -> None:
        styles = self.styles
        total = {"bold": True, "top": 1, "top_color": theme.INK} if row.kind == "total" else {}
        for column in range(keys):
            key = row.keys[column] if column < len(row.keys) else None
            if key is None:
                self.text(column, "", styles.cell(**total))
            elif key.on is not None:
                self.day(column, key.on, styles.cell(num_format="yyyy-mm-dd", align="left"))
            else:
                self.text(column, key.text, styles.cell(**total))
        column = keys
        for cell in row.cells:
            unit = styles.measures[cell.metric].unit
            number = styles.number(unit, **total)
            if row.kind == "total" and self._sums(widget, cell.metric, cell.value):
                above = (xl_rowcol_to_cell(r, column) for r in (head_row + 1, self.row - 1))
                self.sheet.write_formula(
                    self.row, column, f"=SUM({':'.join(above)})", number, float(cell.value or 0)
                )
                self._widths[column] = max(self._widths.get(column, 0), len(cell.text))
            else:
                self.value(column, cell.value, number, cell.text)
            column += 1
            column = self._compared(widget, cell, unit, column)
        self.row += 1

    def _compared(self, widget: Figures, cell: Cell, unit: Unit, column: int) -> int:
        found = {item.basis: item for item in cell.compared}
        for basis in widget.compared_spans:
            item = found.get(basis)
            style = self.styles.number(unit, font_color=theme.MUTED)
            self.value(column, item.value if item else None, style, item.text if item else "")
            column += 1
        return column

    def notes(self, widget: Figures) -> None:
        """What the reader must know of a widget."""
        for note in widget.notes:
            self.text(0, note, self.muted, wide=True)
            self.row += 1

    def plain_table(self, heads: Sequence[str], lines: Iterable[tuple[Field, ...]]) -> None:
        """Typed lines from the first row on as a table of Excel's: heads frozen, with filters."""
        self.heads(heads, right_from=len(heads))
        plain, dated = self.styles.cell(), self.styles.cell(num_format="yyyy-mm-dd", align="left")
        number = self.styles.cell(num_format="#,##0.00##############", align="right")
        whole = self.styles.cell(num_format="0", align="left")
        for line in lines:
            for column, field in enumerate(line):
                match field:
                    case None:
                        pass
                    case Decimal():
                        self.value(column, field, number, f"{field:,.2f}")
                    case date():
                        self.day(column, field, dated)
                    case int():
                        self.value(column, Decimal(field), whole, str(field))
                    case _:
                        self.text(column, field, plain)
            self.row += 1
        self.sheet.freeze_panes(1, 0)
        self.sheet.repeat_rows(0)
        last = (0, 0, max(self.row - 1, 1), len(heads) - 1)
        if self.styles.streamed:
            self.sheet.autofilter(*last)
            return
        columns = [{"header": head} for head in heads]
        name = f"table_{len(self.styles.book.worksheets())}"
        table = {
            "name": name,
            "columns": columns,
            "style": "Table Style Light 1",
            "autofilter": True,
        }
        self.sheet.add_table(*last, table)

    def finish(self) -> None:
        """Give every column the width of what stands in it."""
        for column, width in self._widths.items():
            self.sheet.set_column(column, column, min(max(width + 2, 9), 60))

    @cached_property
    def muted(self) -> Any:
        return self.styles.cell(font_color=theme.MUTED)
