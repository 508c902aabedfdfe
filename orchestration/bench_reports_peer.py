"""The peers of `crm bench reports`: the same content by WeasyPrint, the same cells by openpyxl.

Neither is part of the environment: both are imported only where they are installed.
"""

import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from importlib import import_module
from importlib.util import find_spec

from reports import theme
from reports.format import Formatter, formatter
from reports.renderers.tidy import long_table
from reports.result import Figures, ReportResult, Row

WIDE, HIGH = 520.0, 134.0
DRAWN = ("line", "stacked", "bar", "histogram", "bridge")


def has(module: str) -> bool:
    """Whether a peer is installed."""
    return find_spec(module) is not None


def weasyprint_pdf(result: ReportResult) -> bytes:
    """The result as PDF by way of HTML, its charts as SVG."""
    weasyprint = import_module("weasyprint")
    made: bytes = weasyprint.HTML(string=html_of(result)).write_pdf()
    return made


def openpyxl_xlsx(result: ReportResult) -> bytes:
    """The tables and the long table of the result, written row by row in write-only mode."""
    book = import_module("openpyxl").Workbook(write_only=True)
    for section in result.sections:
        sheet = book.create_sheet(section.title)
        for widget in section.widgets:
            if isinstance(widget, Figures):
                sheet.append([widget.title])
                sheet.append([*widget.by_labels, *widget.metrics])
                for row in widget.rows:
                    sheet.append([*(key.text for key in row.keys), *(c.value for c in row.cells)])
    data, table = book.create_sheet("Data"), long_table(result)
    heads = [column.name for column in table.columns]
    at = heads.index("value")
    data.append([*heads, "exact_value"])
    for line in table.lines:
        data.append([*line, None if line[at] is None else f"{line[at]:f}"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def html_of(result: ReportResult) -> str:
    """The result as one page of HTML in the report's own typeface."""
    show = formatter(result.header.locale, result.header.currency)
    header = result.header
    faces = "".join(
        f"@font-face {{font-family: Lato; font-weight: {weight}; src: url('{path.as_uri()}')}}"
        for weight, path in ((400, theme.FONT_FILES[theme.REGULAR]),
                             (700, theme.FONT_FILES[theme.BOLD]))
    )  # fmt: skip
    style = (
        f"{faces} @page {{size: letter; margin: 40pt 46pt;"
        " @bottom-right {content: 'Page ' counter(page) ' of ' counter(pages); font-size: 7pt}}"
        f" body {{font: 8pt Lato; color: {theme.INK}}} table {{width: 100%;"
        " border-collapse: collapse} td, th {padding: 2pt 3pt; text-align: right}"
        f" td:first-child {{text-align: left}} tr {{border-bottom: 0.5pt solid {theme.RULE}}}"
        " h1 {font-size: 20pt} h2 {font-size: 13pt} thead {display: table-header-group}"
    )
    body = [f"<h1>{escape(header.title)}</h1><p>{escape(header.company)} {header.as_of_text}</p>"]
    for section in result.sections:
        body.append(f"<h2>{escape(section.title)}</h2>")
        for widget in section.widgets:
            if isinstance(widget, Figures):
                body.append(f"<h3>{escape(widget.title)}</h3>")
                body.append(_svg(widget, show) if widget.kind in DRAWN else _table(widget))
    rows = "".join(
        f"<tr><td>{escape(m.label)}</td><td>{m.id}</td><td>{escape(m.formula)}</td></tr>"
        for m in result.measures
    )
    return (
        f'<html lang="en"><head><title>{escape(header.title)}</title><style>{style}</style></head>'
        f"<body>{''.join(body)}<h2>Definitions</h2><table>{rows}</table></body></html>"
    )


def _table(widget: Figures) -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for name in ("", *widget.metrics))
    return f"<table><thead><tr>{heads}</tr></thead>{''.join(map(_line, widget.rows))}</table>"


def _line(row: Row) -> str:
    key = row.keys[0].text if row.keys else ""
    cells = "".join(
        f"<td>{escape(' '.join((c.text, *(i.change_text for i in c.compared))))}</td>"
        for c in row.cells
    )
    return f"<tr><td>{escape(key)}</td>{cells}</tr>"


def _svg(widget: Figures, show: Formatter) -> str:
    """As many marks and labels as our own chart of the widget has."""
    rows = widget.data_rows
    most = max((float(c.value or 0) for row in rows for c in row.cells), default=1) or 1
    marks = _lines(widget, rows, most) if widget.kind == "line" else _boxes(rows, most)
    step = WIDE / max(len(rows), 1)
    every = max(len(rows) // 12, 1)
    names = [
        f'<text x="{index * step:.1f}" y="{HIGH + 10:.0f}">{escape(row.keys[-1].text)}</text>'
        for index, row in enumerate(rows)
        if index % every == 0
    ]
    ticks = [
        f'<line x1="0" x2="{WIDE:.0f}" y1="{y:.0f}" y2="{y:.0f}" stroke="{theme.RULE}"/>'
        f'<text x="0" y="{y:.0f}">{escape(show.compact(Decimal(most * (1 - y / HIGH)), "money"))}'
        "</text>"
        for y in (HIGH * part / 5 for part in range(6))
    ]
    high = f"{HIGH + 16:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE:.0f}pt" height="{high}pt"'
        f' viewBox="0 0 {WIDE:.0f} {high}" font-size="7">{"".join((*ticks, *marks, *names))}</svg>'
    )


def _lines(widget: Figures, rows: Sequence[Row], most: float) -> Iterator[str]:
    for place, _ in enumerate(widget.metrics):
        heights = [HIGH * (1 - float(row.cells[place].value or 0) / most) for row in rows]
        points = " ".join(f"{n * WIDE / len(rows):.1f},{y:.1f}" for n, y in enumerate(heights))
        ink = theme.SERIES[place % len(theme.SERIES)]
        yield f'<polyline points="{points}" fill="none" stroke="{ink}" stroke-width="1.5"/>'


def _boxes(rows: Sequence[Row], most: float) -> Iterator[str]:
    step = WIDE / max(len(rows), 1)
    for index, row in enumerate(rows):
        high = HIGH * float(row.cells[0].value or 0) / most
        yield (
            f'<rect x="{index * step:.1f}" y="{HIGH - high:.1f}" width="{step * 0.7:.1f}"'
            f' height="{high:.1f}" fill="{theme.PRIMARY}"/>'
        )
