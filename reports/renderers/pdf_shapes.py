"""Vector shapes of the PDF beyond lines and bars: stacked columns, bridges, gauges, ageing, heat.

Lines and horizontal bars are in `pdf_chart`, plain tables in `pdf_parts`.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.platypus import Paragraph, Table, TableStyle

from reports import theme
from reports.format import DASH, Formatter
from reports.renderers.pdf_chart import Lookup, tick_texts
from reports.renderers.pdf_fonts import color, fitted, markup, plain, style, width
from reports.renderers.pdf_parts import FACE
from reports.renderers.pivot import is_layered, matrix
from reports.renderers.scale import Scale, scale, spread
from reports.result import Cell, Figures, Key
from reports.words import headed, word

LABEL = 7.0
AXIS_HEIGHT = 16.0
LEGEND_LINE = 13.0
CHART_HEIGHT = 140.0
MOST_SLOTS = 62
"""Columns of a histogram whose gaps are kept."""
Values = Sequence[Decimal | None]


def stacked_chart(
    widget: Figures, measure: Lookup, show: Formatter, room: float, inks: Sequence[str]
) -> Drawing:
    """Columns of layers, negative ones below zero; a legend on as many lines as it needs."""
    names, labels, layers = _layers(widget, measure, show)
    lines = _legend_lines(names, room - 50)
    height = CHART_HEIGHT + LEGEND_LINE * len(lines)
    drawing = Drawing(room, height, initialFontName=theme.REGULAR)
    tops = [
        sum((v for v in column if v and v > 0), Decimal(0)) for column in zip(*layers, strict=True)
    ]
    feet = [
        sum((v for v in column if v and v < 0), Decimal(0)) for column in zip(*layers, strict=True)
    ]
    unit = measure(widget.metrics[0]).unit
    across = scale(
        [0.0, *map(float, tops), *map(float, feet)], AXIS_HEIGHT, CHART_HEIGHT - AXIS_HEIGHT - 4
    )
    left = _grid(drawing, across, tick_texts(across, show, unit), room)
    step = (room - left - 4) / max(len(labels), 1)
    bar = min(step * 0.72, 34.0)
    for index in range(len(labels)):
        x = left + 4 + step * index + (step - bar) / 2
        up = down = 0.0
        for layer, values in enumerate(layers):
            value = float(values[index] or 0)
            base = up if value >= 0 else down
            y1, y2 = across.place(base), across.place(base + value)
            if value >= 0:
                up += value
            else:
                down += value
            if abs(y2 - y1) > 0.05:
                _box(drawing, x, min(y1, y2), bar, abs(y2 - y1), inks[layer], edge=True)
    _names_below(drawing, labels, left + 4 + step / 2, step)
    _legend(drawing, lines, left, height, inks)
    return drawing


def _layers(
    widget: Figures, measure: Lookup, show: Formatter
) -> tuple[list[str], list[str], list[Values]]:
    """Names of the layers, labels of the columns, and the values of each layer."""
    if is_layered(widget):
        grid = matrix(widget)
        values: list[Values] = [
            [cell.value if cell else None for cell in line] for line in grid.cells
        ]
        labels = [_short(key, widget, show) for key in grid.columns]
        return [key.text for key in grid.lines], labels, values
    rows = widget.data_rows
    names = [measure(name).label for name in widget.metrics]
    columns: list[Values] = [[row.cell(name).value for row in rows] for name in widget.metrics]
    return names, [_short(row.keys[-1], widget, show) for row in rows], columns


def histogram_chart(widget: Figures, measure: Lookup, show: Formatter, room: float) -> Drawing:
    """A column per value of the dimension, with its figure above where there is room."""
    drawing = Drawing(room, CHART_HEIGHT, initialFontName=theme.REGULAR)
    rows = widget.data_rows
    cells = [row.cells[0] for row in rows]
    unit = measure(widget.metrics[0]).unit
    across = scale(
        [0.0, *(float(c.value or 0) for c in cells)], AXIS_HEIGHT, CHART_HEIGHT - AXIS_HEIGHT - 12
    )
    left = _grid(drawing, across, tick_texts(across, show, unit), room)
    places, slots = _slots([row.keys[0] for row in rows])
    step = (room - left - 4) / max(slots, 1)
    bar = min(step * 0.8, 40.0)
    widest = max((width(cell.text, theme.SEMIBOLD, LABEL) for cell in cells), default=0)
    for place, cell in zip(places, cells, strict=True):
        x = left + 4 + step * place + (step - bar) / 2
        zero, top = across.place(0.0), across.place(float(cell.value or 0))
        _box(drawing, x, min(zero, top), bar, abs(top - zero), theme.SERIES[0])
        if widest <= step:
            _text(drawing, x + bar / 2, max(top, zero) + 3, cell.text, theme.INK, anchor="middle",
                  face=theme.SEMIBOLD)  # fmt: skip
    names = [""] * slots
    for place, row in zip(places, rows, strict=True):
        names[place] = row.keys[0].text
    _names_below(drawing, names, left + 4 + step / 2, step)
    return drawing


def _slots(keys: Sequence[Key]) -> tuple[list[int], int]:
    """Where each column stands: whole numbers at their distance, other keys side by side."""
    numbers = [int(key.value) for key in keys if key.value and key.value.isdigit()]
    if len(numbers) == len(keys) and numbers and max(numbers) - min(numbers) < MOST_SLOTS:
        return [number - min(numbers) for number in numbers], max(numbers) - min(numbers) + 1
    return list(range(len(keys))), len(keys)


def bridge_chart(widget: Figures, room: float) -> Drawing:
    """A waterfall: totals from the floor, steps hanging where the one before ended."""
    rows = widget.rows
    floors, ends = _levels(widget)
    height, foot = CHART_HEIGHT + 8, 24.0
    drawing = Drawing(room, height, initialFontName=theme.REGULAR)
    low, high = min(0.0, *floors, *ends), max(0.0, *floors, *ends)
    across = Scale(low, high if high > low else low + 1, foot, height - foot - 14, ())
    step = room / max(len(rows), 1)
    bar = min(step * 0.62, 52.0)
    zero = across.place(0.0)
    drawing.add(_rule(0, zero, room, zero, theme.MUTED, 0.6))
    for index, row in enumerate(rows):
        x = step * index + (step - bar) / 2
        low, high = sorted((across.place(floors[index]), across.place(ends[index])))
        is_level = row.kind != "row"
        rising = ends[index] >= floors[index]
        ink = theme.PRIMARY if is_level else theme.GOOD if rising else theme.BAD
        _box(drawing, x, low, bar, max(high - low, 0.8), ink)
        cell = row.cells[0]
        text = cell.text if is_level or not cell.value or cell.value < 0 else f"+{cell.text}"
        size = min(7.5, 7.5 * step / max(width(text, theme.SEMIBOLD, 7.5) + 2, 1))
        _text(drawing, x + bar / 2, high + 3.5, text, theme.INK, size=max(size, 5.5),
              anchor="middle", face=theme.SEMIBOLD)  # fmt: skip
        for line, part in enumerate(_two_lines(row.keys[0].text, step - 6)):
            _text(drawing, x + bar / 2, foot - 12 - 8.5 * line, part, theme.MUTED, anchor="middle")
        if index + 1 < len(rows):
            y = across.place(ends[index])
            drawing.add(_rule(x + bar, y, x + step, y, theme.MUTED, 0.4))
    return drawing


def _levels(widget: Figures) -> tuple[list[float], list[float]]:
    """Where each column starts and ends."""
    floors: list[float] = []
    ends: list[float] = []
    level = 0.0
    for row in widget.rows:
        value = float(row.cells[0].value or 0)
        start = level if row.kind == "row" else 0.0
        level = start + value
        floors.append(start)
        ends.append(level)
    return floors, ends


def gauge_chart(widget: Figures, measure: Lookup, show: Formatter, room: float) -> Drawing:
    """A bar per metric on one track, its target a mark across it, both in figures beside it."""
    cells = widget.rows[0].cells
    step, label_room, figure_room = 21.0, room * 0.27, room * 0.30
    drawing = Drawing(room, step * len(cells) + 2, initialFontName=theme.REGULAR)
    track = room - label_room - figure_room - 12
    for index, cell in enumerate(cells):
        y = step * (len(cells) - 1 - index) + 6
        label = fitted(measure(cell.metric).label, theme.REGULAR, 8, label_room - 4)
        _text(drawing, 0, y + 2, label, theme.INK, size=8)
        _box(drawing, label_room, y, track, 9, theme.PANEL)
        goal = next((item for item in cell.compared if item.basis == "target"), None)
        aim = float(goal.value) if goal and goal.value is not None else None
        value = float(cell.value or 0)
        most = max(value, aim or 0.0, 0.0) * 1.15 or 1.0
        if measure(cell.metric).unit == "percent" and most <= 1.15:
            most = max(1.0, value) if max(value, aim or 0.0) > 0.5 else most
        tone = theme.TONES[goal.tone] if goal and goal.change else theme.PRIMARY
        _box(drawing, label_room, y + 1.5, max(track * min(value, most) / most, 0), 6, tone)
        if aim is not None:
            x = label_room + track * aim / most
            drawing.add(_rule(x, y - 2, x, y + 11, theme.INK, 1.4))
        _text(
            drawing, label_room + track + 10, y + 2, cell.text, theme.INK, size=8.5, face=theme.BOLD
        )
        if goal:
            text = f"{word('target', show.locale)} {goal.text}  ({goal.change_text})"
            _text(
                drawing,
                room,
                y + 2,
                text,
                tone if goal.change else theme.MUTED,
                size=7.5,
                anchor="end",
            )
    return drawing


def ageing_strip(widget: Figures, measure: Lookup, room: float) -> Drawing:
    """The whole as one bar cut by age, from calm to pressing, with the share of each part."""
    total = next(row for row in widget.rows if row.kind == "total")
    values = [max(float(cell.value or 0), 0.0) for cell in total.cells]
    whole = sum(values) or 1.0
    names = [
        f"{measure(name).label} {share}"
        for name, share in zip(widget.metrics, widget.shares, strict=True)
    ]
    lines = _legend_lines(names, room)
    height = 20.0 + LEGEND_LINE * len(lines)
    drawing = Drawing(room, height, initialFontName=theme.REGULAR)
    x, inks = 0.0, age_inks(len(values))
    for index, value in enumerate(values):
        part = room * value / whole
        if part > 0.1:
            _box(drawing, x, 4, part, 14, inks[index], edge=True)
        x += part
    _legend(drawing, lines, 0, height, inks)
    return drawing


def age_inks(count: int) -> list[str]:
    """From calm to pressing."""
    last = len(theme.AGES) - 1
    return [theme.AGES[round(index * last / max(count - 1, 1))] for index in range(count)]


def heat_table(widget: Figures, measure: Lookup, show: Formatter, room: float) -> Table:
    """The matrix of the figures, each cell shaded by its size among all."""
    grid = matrix(widget)
    this = measure(widget.metrics[0])
    known = [cell.value for line in grid.cells for cell in line if cell and cell.value is not None]
    low, high = (min(known), max(known)) if known else (Decimal(0), Decimal(0))
    # A label names as many columns as its own width needs; figures shrink before they touch.
    key_room = min(
        max((width(plain(key.text), theme.REGULAR, 8) for key in grid.lines), default=40) + 10,
        room * 0.26,
    )
    step = (room - key_room) / max(len(grid.columns), 1)
    widest = max(
        (width(cell.bare, theme.REGULAR, 7.6) for line in grid.cells for cell in line if cell),
        default=1,
    )
    size = max(4.6, min(7.6, 7.6 * (step - 5) / widest))
    head_style = style(
        min(7.0, size + 0.4), face=theme.SEMIBOLD, ink=theme.MUTED, leading=1.15, right=True
    )
    corner = Paragraph(
        markup(headed("", show.unit_sign(this.unit)).strip()), style(7, ink=theme.MUTED)
    )
    head: list[Any] = [
        corner,
        *(Paragraph(markup(_short(key, widget, show)), head_style) for key in grid.columns),
    ]
    body: list[list[Any]] = []
    rules: list[tuple[Any, ...]] = [
        FACE,
        ("FONT", (1, 1), (-1, -1), theme.REGULAR, size),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2.5),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, color(theme.INK)),
        ("INNERGRID", (1, 1), (-1, -1), 0.5, color(theme.PAPER)),
    ]
    for number, (key, line) in enumerate(zip(grid.lines, grid.cells, strict=True), start=1):
        body.append(
            [fitted(key.text, theme.REGULAR, 8, key_room - 6), *(_bare(cell) for cell in line)]
        )
        for column, cell in enumerate(line, start=1):
            if cell and cell.value is not None and high > low:
                share = float((cell.value - low) / (high - low))
                rules.append(("BACKGROUND", (column, number), (column, number), _shade(share)))
                if share > 0.6:
                    rules.append(
                        ("TEXTCOLOR", (column, number), (column, number), color(theme.PAPER))
                    )
    return Table(
        [head, *body],
        colWidths=[key_room] + [step] * len(grid.columns),
        repeatRows=1,
        style=TableStyle(rules),
    )


def _bare(cell: Cell | None) -> str:
    return cell.bare if cell else DASH


def _short(key: Key, widget: Figures, show: Formatter) -> str:
    """Days and weeks of a heat table's head do without their year."""
    if key.on is not None and widget.grain in ("day", "week"):
        return show.day_short(key.on)
    return key.text


def _shade(share: float) -> HexColor:
    """Between paper and the primary colour."""
    light, dark = color("#EEF3F8"), color(theme.PRIMARY)
    parts = [
        round((a + (b - a) * share) * 255)
        for a, b in zip(
            (light.red, light.green, light.blue), (dark.red, dark.green, dark.blue), strict=True
        )
    ]
    return color("#{:02X}{:02X}{:02X}".format(*parts))


def _grid(drawing: Drawing, across: Scale, texts: Sequence[str], right: float) -> float:
    """Lines of the value axis with their names; returns where the columns begin."""
    left = max(width(text, theme.REGULAR, LABEL) for text in texts) + 8
    for tick, text in zip(across.ticks, texts, strict=True):
        y = across.place(tick)
        drawing.add(
            _rule(
                left,
                y,
                right,
                y,
                theme.MUTED if tick == 0 else theme.RULE,
                0.6 if tick == 0 else 0.4,
            )
        )
        _text(drawing, left - 5, y - 2.4, text, theme.MUTED, anchor="end")
    return left


def _names_below(drawing: Drawing, names: Sequence[str], first: float, step: float) -> None:
    """Names of the columns: all, or as many as fit, counted from the last."""
    widest = max((width(name, theme.REGULAR, LABEL) for name in names), default=0) + 8
    every = spread(len(names), step * len(names), widest)
    for index, name in enumerate(names):
        if (len(names) - 1 - index) % every == 0:
            half = width(name, theme.REGULAR, LABEL) / 2
            x = min(max(first + step * index, half), drawing.width - half)
            _text(drawing, x, AXIS_HEIGHT - 10.5, name, theme.MUTED, anchor="middle")


def _legend_lines(names: Sequence[str], room: float) -> list[list[tuple[int, str]]]:
    """Names with their number, in lines no wider than `room`."""
    lines: list[list[tuple[int, str]]] = [[]]
    used = 0.0
    for index, name in enumerate(names):
        name = fitted(name, theme.REGULAR, 7.5, room - 20)
        needed = 26 + width(name, theme.REGULAR, 7.5)
        if used + needed > room and lines[-1]:
            lines.append([])
            used = 0.0
        lines[-1].append((index, name))
        used += needed
    return lines


def _legend(
    drawing: Drawing, lines: Sequence[Sequence[tuple[int, str]]], left: float, top: float,
    inks: Sequence[str] = (),
) -> None:  # fmt: skip
    for number, line in enumerate(lines):
        x, y = left, top - 8 - LEGEND_LINE * number
        for index, name in line:
            ink = (inks or theme.LAYERS)[index]
            _box(drawing, x, y - 0.5, 8, 6.5, ink)
            _text(drawing, x + 12, y, name, theme.INK, size=7.5)
            x += 26 + width(name, theme.REGULAR, 7.5)


def _two_lines(text: str, room: float) -> list[str]:
    """A label on one line or two, cut where even that is too narrow."""
    words = plain(text).split(" ")
    first = words[0]
    while len(words) > 1 and width(f"{first} {words[1]}", theme.REGULAR, LABEL) <= room:
        first = f"{first} {words.pop(1)}"
    rest = " ".join(words[1:])
    return [fitted(part, theme.REGULAR, LABEL, room) for part in (first, rest) if part]


def _box(
    drawing: Drawing, x: float, y: float, wide: float, high: float, ink: str, *, edge: bool = False
) -> None:
    line = color(theme.PAPER) if edge else None
    box = Rect(x, y, wide, high, fillColor=color(ink), strokeColor=line, strokeWidth=0.5)
    drawing.add(box)


def _rule(x1: float, y1: float, x2: float, y2: float, ink: str, weight: float) -> Line:
    return Line(x1, y1, x2, y2, strokeColor=color(ink), strokeWidth=weight)


def _text(
    drawing: Drawing, x: float, y: float, text: str, ink: str, *, size: float = LABEL,
    face: str = theme.REGULAR, anchor: str = "start",
) -> None:  # fmt: skip
    drawing.add(
        String(x, y, text, fontName=face, fontSize=size, fillColor=color(ink), textAnchor=anchor)
    )
