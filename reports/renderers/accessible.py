"""The result as PDF/UA-1: tagged, in reading order, every chart with a text and a table.

The same figures as `reports.renderers.pdf`, whose charts it shows; how they are set is in
`accessible.typ`, which reads everything as data.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Drawing
from reportlab.pdfbase import pdfmetrics

from reports import theme
from reports.errors import RendererMissing
from reports.format import Formatter, formatter
from reports.renderers.file import RenderedFile, file_name, identity_text
from reports.renderers.pdf import MEDIA_TYPE, widget_parts
from reports.renderers.pdf_fonts import plain, register_fonts
from reports.renderers.pdf_parts import figure_heads
from reports.result import Cell, Facts, Figures, Header, Measure, Paragraph, ReportResult, Row
from reports.words import basis_word, word

ENDING = "accessible.pdf"
TEMPLATE = Path(__file__).with_suffix(".typ")
ROOM = 520.0
"""Points: what the charts are drawn for."""
WEIGHTS = {theme.SEMIBOLD: 600, theme.BOLD: 700}
UPRIGHT = ("tiles", "gauge", "narrative")
"""Kinds with a figure per line instead of a column."""

Raw = dict[str, Any]


def render(result: ReportResult) -> RenderedFile:
    """The result as tagged PDF bytes, the same for the same result; raises `RendererMissing`."""
    try:
        typst = import_module("typst")
    except ImportError as error:
        raise RendererMissing("an accessible PDF needs typst: install what is locked") from error
    register_fonts()
    files: dict[str, bytes] = {}
    data = _document(result, files)
    files |= {
        "main.typ": TEMPLATE.read_bytes(),
        "data.json": json.dumps(_shown(data), ensure_ascii=False).encode(),
    }
    content = typst.compile(
        files, format="pdf", pdf_standards="ua-1", font_paths=[str(theme.FONTS)],
        ignore_system_fonts=True, timestamp=int(result.header.as_of.timestamp()),
    )  # fmt: skip
    return RenderedFile(file_name(result.header, ENDING), MEDIA_TYPE, content)


def _document(result: ReportResult, files: dict[str, bytes]) -> Raw:
    header, locale = result.header, result.header.locale
    show = formatter(locale, header.currency)
    sections = [
        {
            "title": section.title,
            "widgets": [
                _widget(widget, result, show, files, is_alone=len(section.widgets) == 1
                        and widget.title == section.title)
                for widget in section.widgets
            ],
        }
        for section in result.sections
    ]  # fmt: skip
    sections.append({"title": word("definitions", locale), "widgets": [_definitions(result)]})
    about = (header.company, header.title, header.scope, header.filters, header.stamp)
    return {
        "title": f"{header.title}, {header.period.text}",
        "heading": header.title,
        "author": header.company,
        "company": header.company,
        "scope": header.scope,
        "keywords": identity_text(header),
        "lang": locale[:2],
        "paper": "a4" if header.paper == "a4" else "us-letter",
        "description": header.description,
        "stamp": header.stamp,
        "running": " · ".join(filter(None, about)),
        "period": header.period.text,
        "page": word("page_of", locale),
        "foot": f"{word('as_of', locale)} {header.as_of_text} ·"
        f" {word('publication', locale)} {header.publication_id}",
        "about": _about(header),
        "sections": sections,
    }


def _about(header: Header) -> Raw:
    locale = header.locale
    lines = {
        "scope": " · ".join(filter(None, (header.scope, header.filters))),
        "period": header.period.text,
        "as_of": header.as_of_text,
        "publication": str(header.publication_id),
        "definitions_version": header.definitions[:12],
        "generated_for": header.generated_for,
    }
    head = [word("about", locale), word("value", locale)]
    return _table(head, [[word(name, locale), text] for name, text in lines.items()], keys=0)


def _widget(
    widget: Figures | Facts | Paragraph, result: ReportResult, show: Formatter,
    files: dict[str, bytes], *, is_alone: bool,
) -> Raw:  # fmt: skip
    made: Raw = {
        "title": None if is_alone else widget.title,
        "texts": [], "sentences": [], "charts": [], "table": None, "notes": [],
    }  # fmt: skip
    match widget:
        case Paragraph():
            return made | {"texts": [widget.text]}
        case Facts():
            head = [word("about", show.locale), word("value", show.locale)]
            return made | {"table": _table(head, [[f.label, f.text] for f in widget.facts], keys=0)}
    spans = [f"{word(basis, show.locale)}: {s.text}" for basis, s in widget.compared_spans.items()]
    made |= {"notes": [*spans, *widget.notes], "sentences": list(widget.sentences)}
    if not widget.rows:
        return made | {"notes": made["notes"] or [word("no_data", show.locale)]}
    made["charts"] = list(_charts(widget, result, show, files))
    return made | {"table": _figures(widget, result, show)}


def _charts(
    widget: Figures, result: ReportResult, show: Formatter, files: dict[str, bytes]
) -> Iterable[Raw]:
    """The drawings of the printed report, as SVG files, each with what it says in words."""
    parts, _ = widget_parts(widget, result, show, ROOM)
    for drawing in parts:
        if isinstance(drawing, Drawing):
            name = f"chart{len(files)}.svg"
            files[name] = _svg(drawing)
            yield {"file": name, "alt": _in_words(widget, result, show)}


def _svg(drawing: Drawing) -> bytes:
    # Written as ReportLab has it, and filled with black by whoever reads it.
    text: str = renderSVG.drawToString(drawing).replace("fill: None;", "fill: none;")
    for face, weight in WEIGHTS.items():
        text = text.replace(
            f"font-family: {face};", f"font-family: {theme.REGULAR}; font-weight: {weight};"
        )
    return _legible(text).encode()


def _in_words(widget: Figures, result: ReportResult, show: Formatter) -> str:
    """Title, period, and per metric where it is highest and lowest; the rest is in the table."""
    said = [f"{widget.title}, {widget.span.text}."]
    for name in widget.metrics:
        known = [
            (cell.value, cell.text, " ".join(key.text for key in row.keys))
            for row in widget.data_rows
            for cell in row.cells
            if cell.metric == name and cell.value is not None
        ]
        if known:
            high, low = max(known, key=lambda each: each[0]), min(known, key=lambda each: each[0])
            said.append(
                word(
                    "chart_says", show.locale, label=result.measure(name).label,
                    high=high[1], at_high=high[2], low=low[1], at_low=low[2],
                )
            )  # fmt: skip
    return " ".join([*said, word("chart_table", show.locale)])


def _figures(widget: Figures, result: ReportResult, show: Formatter) -> Raw:
    locale = show.locale
    if widget.kind == "changes":
        head = [word(name, locale) for name in ("metric", "published", "value")]
        body = [
            [row.keys[0].text, item.text, cell.exact, item.change_text]
            for row in widget.rows
            for cell in row.cells[:1]
            for item in cell.compared[:1]
        ]
        return _table([*head, "Δ"], body)
    if widget.kind in UPRIGHT:
        head = [word("metric", locale), word("value", locale)]
        for basis in widget.bases:
            head += [word(basis, locale), f"Δ {word(basis, locale).lower()}"]
        return _table(head, [_line(cell, widget, result) for cell in _cells(widget)])
    keys = max(len(row.keys) for row in widget.rows)
    labels = list(widget.by_labels)
    if widget.grain is not None:
        labels = [word("start", locale), *labels]
    labels += [word("about", locale)] * (keys - len(labels))
    body = [_row(row, keys, widget) for row in widget.rows]
    strong = [row.kind == "total" for row in widget.rows]
    heads = [*labels[:keys], *figure_heads(widget, result.measure, show)]
    return _table(heads, body, keys=keys, strong=strong)


def _cells(widget: Figures) -> Iterable[tuple[Row, Cell]]:
    rows = [row for row in widget.rows if row.kind == "total"] if widget.kind == "narrative" else []
    for row in rows or widget.rows:
        for cell in row.cells:
            yield row, cell


def _line(place: tuple[Row, Cell], widget: Figures, result: ReportResult) -> list[str]:
    row, cell = place
    label = result.measure(cell.metric).label
    found = {item.basis: item for item in cell.compared}
    texts = [": ".join([*(key.text for key in row.keys), label]), cell.exact]
    for basis in widget.bases:
        texts += [found[basis].text, found[basis].change_text] if basis in found else ["", ""]
    return texts


def _row(row: Row, keys: int, widget: Figures) -> list[str]:
    texts = [key.text for key in row.keys] + [""] * (keys - len(row.keys))
    for cell in row.cells:
        found = {item.basis: item for item in cell.compared}
        texts.append(cell.bare)
        texts += [found[b].change_text if b in found else "" for b in widget.compared_spans]
    return texts


def _definitions(result: ReportResult) -> Raw:
    locale = result.header.locale
    head = [word(name, locale) for name in ("metric", "id", "basis", "definition")]

    def line(measure: Measure) -> list[str]:
        return [measure.label, measure.id, basis_word(measure.basis, locale), measure.formula]

    table = _table(head, [line(measure) for measure in result.measures], keys=0)
    return {
        "title": None, "texts": [], "sentences": [], "charts": [], "table": table, "notes": [],
    }  # fmt: skip


def _table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    keys: int = 1,
    strong: Sequence[bool] = (),
) -> Raw:
    """`keys` columns stand at the left, without any all are text; `strong` rows are totals."""
    marks = strong or [False] * len(rows)
    lines = [{"texts": list(row), "strong": mark} for row, mark in zip(rows, marks, strict=True)]
    return {"head": list(head), "keys": keys, "is_text": not keys, "rows": lines}


def _shown(node: Any) -> Any:
    """Every text on one line, of characters that the font has."""
    match node:
        case str():
            return _legible(plain(node))
        case dict():
            return {key: _shown(value) for key, value in node.items()}
        case list():
            return [_shown(each) for each in node]
    return node


def _legible(text: str) -> str:
    """What no shipped font can draw as its code: PDF/UA allows no empty box."""
    known = _characters()
    return "".join(
        char if ord(char) in known or char in "\n\t" else f"[U+{ord(char):04X}]" for char in text
    )


@cache
def _characters() -> frozenset[int]:
    faces = [pdfmetrics.getFont(name).face.charToGlyph for name in theme.FONT_FILES]
    return frozenset(set(faces[0]).intersection(*faces[1:]))
