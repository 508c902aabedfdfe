"""The building blocks of a PDF page: title block, tiles, tables, facts.

Their order and the frame of the page belong to `reports.renderers.pdf`.
"""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.utils import simpleSplit
from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from reports import theme
from reports.format import Formatter
from reports.renderers.pdf_chart import Lookup
from reports.renderers.pdf_fonts import color, fitted, markup, plain, style, width
from reports.result import Cell, Compared, Facts, Figures, Header, Measure, Row
from reports.words import basis_word, headed, word

LONGEST_KEY = 160
"""Characters of a key shown in a table cell; the workbook and the CSV hold all of it."""
FACE = ("FONT", (0, 0), (-1, -1), theme.REGULAR, 8.2)
"""For every table: where none is set ReportLab names Helvetica, which is not embedded."""

TILES_ACROSS = 5
GAP = 7.0


def title_block(header: Header, room: float) -> list[Flowable]:
    """Company, title, description, and the strip that says what this is about."""
    locale = header.locale
    strip = (
        (word("scope", locale), " · ".join(filter(None, (header.scope, header.filters)))),
        (word("period", locale), header.period.text),
        (word("as_of", locale), header.as_of_text),
        (word("publication", locale), str(header.publication_id)),
        (word("definitions", locale), header.definitions[:12]),
        (word("generated_for", locale), header.generated_for),
    )
    shares = (0.165, 0.15, 0.21, 0.085, 0.135, 0.255)
    small, value = style(6.5, ink=theme.MUTED), style(8, leading=1.25)
    table = Table(
        [
            [Paragraph(markup(label), small) for label, _ in strip],
            [Paragraph(markup(text[:LONGEST_KEY]), value) for _, text in strip],
        ],
        colWidths=[room * share for share in shares],
        style=TableStyle(
            [
                FACE,
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 8),
                ("TOPPADDING", (0, 0), (-1, 0), 6),
                ("BOTTOMPADDING", (0, 0), (-1, 0), 0),
                ("TOPPADDING", (0, 1), (-1, 1), 1),
                ("BOTTOMPADDING", (0, 1), (-1, 1), 7),
                ("LINEABOVE", (0, 0), (-1, 0), 0.8, color(theme.PRIMARY)),
                ("LINEBELOW", (0, 1), (-1, 1), 0.4, color(theme.RULE)),
            ]
        ),
    )
    stamp = style(9, face=theme.SEMIBOLD, ink=theme.BAD, after=5)
    return [
        Paragraph(markup(header.company), style(9, face=theme.SEMIBOLD, ink=theme.PRIMARY)),
        Paragraph(markup(header.title), style(24, face=theme.BOLD, leading=1.2)),
        Paragraph(markup(header.description), style(9.5, ink=theme.MUTED, before=2, after=9)),
        *([Paragraph(markup(header.stamp), stamp)] if header.stamp else []),
        table,
    ]


class Tiles(Flowable):  # type: ignore[misc]
    """A row or more of tiles: label, figure, exact figure, what changed."""

    def __init__(self, widget: Figures, measure: Lookup, show: Formatter) -> None:
        super().__init__()
        self.cells = widget.rows[0].cells
        self.measure = measure
        self.locale = show.locale
        most = max((len(cell.compared) for cell in self.cells), default=0)
        self.tile_height = 52.0 + 10.5 * most + (3 if most else 0)

    def wrap(self, room: float, _: float) -> tuple[float, float]:
        """ReportLab asks for the space the tiles take."""
        self.room = room
        lines = -(-len(self.cells) // TILES_ACROSS)
        return room, lines * self.tile_height + (lines - 1) * GAP

    def draw(self) -> None:
        """ReportLab draws; the origin is the lower left corner."""
        tile = (self.room - GAP * (TILES_ACROSS - 1)) / TILES_ACROSS
        lines = -(-len(self.cells) // TILES_ACROSS)
        for index, cell in enumerate(self.cells):
            x = (index % TILES_ACROSS) * (tile + GAP)
            y = (lines - 1 - index // TILES_ACROSS) * (self.tile_height + GAP)
            self._tile(cell, x, y, tile)

    def _tile(self, cell: Cell, x: float, y: float, tile: float) -> None:
        canvas, pad = self.canv, 7.0
        room, top = tile - 2 * pad, y + self.tile_height
        canvas.setFillColor(color(theme.PANEL))
        canvas.rect(x, y, tile, self.tile_height, stroke=0, fill=1)
        canvas.setFillColor(color(theme.PRIMARY))
        canvas.rect(x, top - 1.6, tile, 1.6, stroke=0, fill=1)
        label = plain(self.measure(cell.metric).label)
        size = _shrunk(label, theme.SEMIBOLD, 7.2, room, least=6.4)
        first, *more = simpleSplit(label, theme.SEMIBOLD, size, room) or [""]
        rest = fitted(" ".join(more), theme.SEMIBOLD, size, room)
        self._write(x + pad, top - (9.5 if rest else 14), first, theme.SEMIBOLD, size, theme.MUTED)
        self._write(x + pad, top - 16.8, rest, theme.SEMIBOLD, size, theme.MUTED)
        size = _shrunk(cell.text, theme.BOLD, 16.0, room, least=8.0)
        self._write(x + pad, top - 32.5, cell.text, theme.BOLD, size, theme.INK)
        if cell.exact != cell.text:
            self._write(x + pad, top - 42, cell.exact, theme.REGULAR, 6.5, theme.MUTED)
        if cell.compared:
            canvas.setStrokeColor(color(theme.RULE))
            canvas.setLineWidth(0.5)
            canvas.line(x + pad, top - 48.5, x + tile - pad, top - 48.5)
        for index, item in enumerate(cell.compared):
            self._change(item, x + pad, top - 58.5 - 10.5 * index, room)

    def _change(self, item: Compared, x: float, y: float, room: float) -> None:
        """Word left, signed change right; the triangle says the direction without colour."""
        ink = theme.TONES[item.tone]
        self._write(x, y, word(item.basis, self.locale), theme.REGULAR, 6.8, theme.MUTED)
        text_width = width(item.change_text, theme.SEMIBOLD, 7.2)
        self._write(x + room - text_width, y, item.change_text, theme.SEMIBOLD, 7.2, ink)
        if item.change and item.is_seen:
            self._triangle(x + room - text_width - 7.5, y, up=item.change > 0, ink=ink)

    def _triangle(self, x: float, y: float, *, up: bool, ink: str) -> None:
        path = self.canv.beginPath()
        base, tip = (y + 0.4, y + 4.8) if up else (y + 4.8, y + 0.4)
        path.moveTo(x, base)
        path.lineTo(x + 4.8, base)
        path.lineTo(x + 2.4, tip)
        path.close()
        self.canv.setFillColor(color(ink))
        self.canv.drawPath(path, stroke=0, fill=1)

    def _write(self, x: float, y: float, text: str, face: str, size: float, ink: str) -> None:
        self.canv.setFont(face, size)
        self.canv.setFillColor(color(ink))
        self.canv.drawString(x, y, text)


def _shrunk(text: str, face: str, size: float, room: float, *, least: float) -> float:
    """The size at which a text fits, not below `least`."""
    needed = width(text, face, size)
    return size if needed <= room else max(least, size * room / needed)


def sentences(texts: Sequence[str]) -> list[Flowable]:
    """Sentences below each other, with a hanging mark."""
    words = style(9, leading=1.4)
    lines = [[Paragraph("\u2022", words), Paragraph(markup(text), words)] for text in texts]
    rules = [FACE, ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 2),
             ("RIGHTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 0.5),
             ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]  # fmt: skip
    return [Table(lines, colWidths=[11, None], style=TableStyle(rules))] if lines else []


def changes_table(widget: Figures, show: Formatter, room: float) -> Flowable:
    """What was published, what it is now, and the difference; nothing where nothing changed."""
    if not widget.rows:
        return Spacer(1, 0)
    left, right = style(7.5, face=theme.SEMIBOLD, ink=theme.MUTED), style(
        7.5, face=theme.SEMIBOLD, ink=theme.MUTED, right=True
    )  # fmt: skip
    names = (word("published", show.locale), word("value", show.locale), "Δ")
    head = [Paragraph(markup(word("metric", show.locale)), left)]
    head += [Paragraph(markup(name), right) for name in names]
    body = []
    for row in widget.rows:
        cell = row.cells[0]
        item = cell.compared[0]
        body.append([plain(_cut(row.keys[0].text)), item.text, cell.exact, _changed(item)])
    shares = (0.4, 0.2, 0.2, 0.2)
    rules = TableStyle(_table_rules(widget.rows, 1))
    return Table([head, *body], colWidths=[room * s for s in shares], repeatRows=1, style=rules)


def figures_table(widget: Figures, measure: Lookup, show: Formatter, room: float) -> Table:
    """Rows of figures: keys left, numbers right-aligned, heads on every page, total set apart."""
    keys = max((len(row.keys) for row in widget.rows), default=1)
    key_labels = [""] if widget.kind == "reconciliation" else list(widget.by_labels)
    if widget.grain is not None:
        key_labels = [word("start", show.locale), *key_labels]
    left, right = style(7.5, face=theme.SEMIBOLD, ink=theme.MUTED, leading=1.2), style(
        7.5, face=theme.SEMIBOLD, ink=theme.MUTED, leading=1.2, right=True
    )  # fmt: skip
    head = [Paragraph(markup(label), left) for label in key_labels]
    head += [Paragraph(markup(text), right) for text in figure_heads(widget, measure, show)]
    columns = len(head) - keys
    rank_room = 18.0 if widget.is_ranked else 0.0
    room -= rank_room
    key_room = room * (0.34 if keys == 1 else 0.44) / keys
    if columns <= 3 and keys == 1:
        key_room = room * 0.34
    value_room = (room - key_room * keys) / max(columns, 1)
    body = [_table_row(row, keys, widget, key_room - 6) for row in widget.rows]
    widths = [key_room] * keys + [value_room] * columns
    if widget.is_ranked:
        head = [Paragraph(markup(word("rank", show.locale)), left), *head]
        places = [str(place) for place in range(1, len(widget.data_rows) + 1)]
        places += [""] * (len(body) - len(places))
        body = [[place, *line] for place, line in zip(places, body, strict=True)]
        widths, keys = [rank_room, *widths], keys + 1
    return Table(
        [head, *body],
        colWidths=widths,
        repeatRows=1,
        style=TableStyle(_table_rules(widget.rows, keys)),
    )


def figure_heads(widget: Figures, measure: Lookup, show: Formatter) -> list[str]:
    """A head per column of figures: each metric, and how far it is from what it is held against."""
    texts = []
    for name in widget.metrics:
        this = measure(name)
        texts.append(headed(this.label, show.unit_sign(this.unit)))
        texts += [f"Δ {word(basis, show.locale).lower()}" for basis in widget.compared_spans]
    return texts


def _table_row(row: Row, keys: int, widget: Figures, room: float) -> list[Paragraph | str]:
    face = theme.BOLD if row.kind == "total" else theme.REGULAR
    texts = [plain(_cut(key.text)) for key in row.keys] + [""] * (keys - len(row.keys))
    # Plain text stands on the same line as the figures; only what is too wide is set in lines.
    cells: list[Paragraph | str] = [
        text if width(text, face, 8.2) <= room else Paragraph(markup(text), style(8.2, face=face))
        for text in texts
    ]
    for cell in row.cells:
        cells.append(cell.bare)
        found = {item.basis: item for item in cell.compared}
        for basis in widget.compared_spans:
            item = found.get(basis)
            cells.append(_changed(item) if item else "")
    return cells


def _changed(item: Compared) -> Paragraph:
    ink = theme.TONES[item.tone]
    return Paragraph(markup(item.change_text), style(8.2, ink=ink, right=True))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_KEY else text[: LONGEST_KEY - 1] + "…"


def _table_rules(rows: Sequence[Row], keys: int) -> list[tuple[Any, ...]]:
    rules: list[tuple[Any, ...]] = [
        FACE,
        ("TEXTCOLOR", (0, 1), (-1, -1), color(theme.INK)),
        ("ALIGN", (keys, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (0, -1), 2),
        ("LEFTPADDING", (1, 0), (-1, -1), 6),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), 1.7),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.3),
        ("BOTTOMPADDING", (0, 0), (-1, 0), 4),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, color(theme.INK)),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, color(theme.RULE)),
    ]
    for index, row in enumerate(rows, start=1):
        line = ((0, index), (-1, index))
        if row.kind == "total":
            rules += [
                ("FONT", *line, theme.BOLD, 8.2),
                ("LINEABOVE", *line, 0.8, color(theme.INK)),
                ("BACKGROUND", *line, color(theme.PANEL)),
            ]
    return rules


def facts_table(widget: Facts, room: float) -> Table:
    """Labels and texts in two columns."""
    label, text = style(8.2, ink=theme.MUTED), style(8.2)
    return Table(
        [
            [Paragraph(markup(fact.label), label), Paragraph(markup(_cut(fact.text)), text)]
            for fact in widget.facts
        ],
        colWidths=[room * 0.28, room * 0.72],
        style=TableStyle(
            [
                FACE,
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 2),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                ("LINEBELOW", (0, 0), (-1, -1), 0.3, color(theme.RULE)),
            ]
        ),
    )


def definitions_table(measures: Sequence[Measure], locale: str, room: float) -> Table:
    """What each metric means, small, at the end."""
    head = style(7, face=theme.SEMIBOLD, ink=theme.MUTED)
    cell, strong = style(7.2, leading=1.25), style(7.2, face=theme.SEMIBOLD, leading=1.25)
    names = ("metric", "id", "basis", "definition")
    lines = [[Paragraph(markup(word(name, locale)), head) for name in names]]
    lines += [
        [
            Paragraph(markup(measure.label), strong),
            Paragraph(markup(measure.id), cell),
            Paragraph(markup(basis_word(measure.basis, locale)), cell),
            Paragraph(markup(measure.formula), cell),
        ]
        for measure in measures
    ]
    return Table(
        lines,
        colWidths=[room * share for share in (0.235, 0.175, 0.11, 0.48)],
        repeatRows=1,
        style=TableStyle(
            [
                FACE,
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 2),
                ("TOPPADDING", (0, 0), (-1, -1), 1.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
                ("LINEBELOW", (0, 0), (-1, 0), 0.6, color(theme.INK)),
                ("LINEBELOW", (0, 1), (-1, -1), 0.3, color(theme.RULE)),
            ]
        ),
    )
