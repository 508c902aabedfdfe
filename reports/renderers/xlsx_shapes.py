"""Blocks of a sheet that are no plain table: sentences, changes, matrices, bridges.

Titles, tiles and tables are written by `reports.renderers.xlsx_sheet`.
"""

from decimal import Decimal

from xlsxwriter.utility import xl_rowcol_to_cell

from reports import theme
from reports.renderers import pivot
from reports.renderers.xlsx_chart import CHART_ROWS, CellRange, bridge_chart, stacked_chart
from reports.renderers.xlsx_sheet import Sheet
from reports.result import Figures
from reports.words import word


def told(sheet: Sheet, widget: Figures) -> None:
    """The sentences of a narrative; its figures are on the data sheet."""
    sheet.heading(widget.title)
    for sentence in widget.sentences:
        sheet.text(0, sentence, sheet.styles.cell(), wide=True)
        sheet.row += 1
    sheet.notes(widget)


def changes(sheet: Sheet, widget: Figures) -> None:
    """What was published, what it is now, and the difference."""
    styles, locale = sheet.styles, sheet.styles.show.locale
    sheet.heading(widget.title)
    sheet.notes(widget)
    if not widget.rows:
        return
    sheet.heads([word(name, locale) for name in ("metric", "published", "value")] + ["Δ"],
               right_from=1)  # fmt: skip
    top = sheet.row
    for row in widget.rows:
        cell, item = row.cells[0], row.cells[0].compared[0]
        unit = styles.measures[cell.metric].unit
        sheet.text(0, row.keys[0].text, styles.cell())
        sheet.value(1, item.value, styles.number(unit, font_color=theme.MUTED), item.text)
        sheet.value(2, cell.value, styles.number(unit), cell.exact)
        sheet.value(3, item.change, styles.change(unit), item.change_text)
        sheet.row += 1
    sheet.name_range(widget, top, 4)


def matrix(sheet: Sheet, widget: Figures, *, shaded: bool) -> None:
    """A metric over two keys: a heat table, or the layers below their stacked columns."""
    sheet.heading(widget.title)
    styles, grid = sheet.styles, pivot.matrix(widget)
    # A chart has its layers side by side, a heat table has the first key down the side.
    lines, across, cells = grid.lines, grid.columns, grid.cells
    if not shaded:
        lines, across, cells = across, lines, tuple(zip(*cells, strict=True))
        top = sheet.row
        sheet.row += CHART_ROWS
    unit = styles.measures[widget.metrics[0]].unit
    sheet.heads(["", *(key.text for key in across)], right_from=1)
    first = sheet.row
    sheet.comment(first - 1, 0, widget.metrics[0])
    for key, line in zip(lines, cells, strict=True):
        if key.on is not None:
            sheet.day(0, key.on, styles.cell(num_format="yyyy-mm-dd", align="left"))
        else:
            sheet.text(0, key.text, styles.cell())
        for column, cell in enumerate(line, start=1):
            if cell is not None:
                sheet.value(column, cell.value, styles.number(unit), cell.text)
        sheet.row += 1
    sheet.name_range(widget, first, len(across) + 1)
    if shaded and sheet.row > first:
        scale = {"type": "2_color_scale", "min_color": "#EEF3F8", "max_color": "#7FA6CC"}
        sheet.sheet.conditional_format(first, 1, sheet.row - 1, len(across), scale)
    sheet.notes(widget)
    if not shaded and sheet.row > first:
        area = CellRange(sheet.name, first - 1, first + len(lines) - 1, 1)
        names = [key.text for key in across]
        chart = stacked_chart(styles.book, names, widget, styles.measures, area)
        sheet.sheet.insert_chart(top, 0, chart, {"object_position": 3})


def bridge(sheet: Sheet, widget: Figures) -> None:
    """The steps with their signs, what they leave unexplained as a formula, a waterfall."""
    sheet.heading(widget.title)
    styles, locale = sheet.styles, sheet.styles.show.locale
    top = sheet.row
    sheet.row += CHART_ROWS
    # Base, rise and fall are what a waterfall of stacked columns is made of.
    heads = [word("step", locale), word("value", locale), "", "", "", ""]
    sheet.heads(heads, right_from=1)
    first, level = sheet.row, Decimal(0)
    for row in widget.rows:
        cell = row.cells[0]
        unit = styles.measures[cell.metric].unit
        bold = {} if row.kind == "row" else {"bold": True}
        value = cell.value or Decimal(0)
        start = level if row.kind == "row" else Decimal(0)
        level = start + value
        sheet.text(0, row.keys[0].text, styles.cell(**bold))
        sheet.value(1, cell.value, styles.number(unit, **bold), cell.text)
        sheet.comment(sheet.row, 1, cell.metric)
        faint = styles.number(unit, font_color=theme.RULE)
        whole, up, down = (row.kind != "row", value >= 0, value < 0)
        parts = (min(start, level) if not whole else Decimal(0), value if whole else Decimal(0),
                 value if up and not whole else Decimal(0),
                 -value if down and not whole else Decimal(0))  # fmt: skip
        for column, part in enumerate(parts, start=2):
            sheet.value(column, part, faint)
        sheet.row += 1
    last = sheet.row - 1
    sheet.name_range(widget, first, 2)
    rest = sum((r.cells[0].value or Decimal(0) for r in widget.rows[:-1]), Decimal(0))
    rest -= widget.rows[-1].cells[0].value or Decimal(0)
    sheet.text(0, word("difference", locale), sheet.muted)
    steps = f"{xl_rowcol_to_cell(first, 1)}:{xl_rowcol_to_cell(last - 1, 1)}"
    formula = f"=ROUND(SUM({steps})-{xl_rowcol_to_cell(last, 1)},2)"
    unit = styles.measures[widget.rows[-1].cells[0].metric].unit
    sheet.sheet.write_formula(sheet.row, 1, formula, styles.number(unit), float(rest))
    sheet.row += 1
    chart = bridge_chart(styles.book, CellRange(sheet.name, first - 1, last, 1))
    sheet.sheet.insert_chart(top, 0, chart, {"object_position": 3})
