"""Vector charts of the PDF: lines over time with forecast bands, and horizontal bars.

The page around them is laid out in `reports.renderers.pdf`; native Excel charts are elsewhere.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, PolyLine, Rect, String

from reports import theme
from reports.format import Formatter, Unit
from reports.renderers.pdf_fonts import color, fitted, width
from reports.renderers.scale import Scale, scale, spread
from reports.result import Band, Figures, Measure, Row
from reports.words import band_label

Lookup = Callable[[str], Measure]

LABEL = 7.0
NOTE = 7.5
LEGEND_HEIGHT = 18.0
WIDEST_AXIS = 50.0
AXIS_HEIGHT = 16.0


def line_chart(
    widget: Figures, measure: Lookup, show: Formatter, size: tuple[float, float], note: str
) -> Drawing:
    """Lines over the widget's buckets; a forecast dashed inside its bands.

    `size` is width and height in points; `note` stands at the right of the legend.
    """
    drawing = Drawing(*size, initialFontName=theme.REGULAR)
    rows = widget.data_rows
    unit = measure(widget.metrics[0]).unit
    known = [float(v) for row in rows for cell in row.cells if (v := cell.value) is not None]
    rough = scale(known, AXIS_HEIGHT, size[1] - LEGEND_HEIGHT - AXIS_HEIGHT)
    texts = tick_texts(rough, show, unit)
    left = max(width(text, theme.REGULAR, LABEL) for text in texts) + 8
    _value_grid(drawing, rough, texts, left, size[0])
    gap = (size[0] - left - 10) / max(len(rows) - 1, 1)
    places = [left + 4 + index * gap for index in range(len(rows))]
    _time_axis(drawing, _bucket_names(widget, show), places, gap)
    for band in sorted(widget.bands, key=lambda band: -band.level):
        fill = theme.BAND_80 if band.level == 80 else theme.BAND_95
        _band(drawing, widget, places, rough, band, fill)
    for index, name in enumerate(_drawn(widget)):
        dashed = name == widget.forecast
        ink = theme.SERIES[0 if dashed else index % len(theme.SERIES)]
        origin = _last_known(rows, places, rough, widget.metrics[0]) if dashed else None
        _line(drawing, _points(rows, places, rough, name), ink, dashed=dashed, origin=origin)
    _legend(drawing, widget, measure, show, left, size[1])
    _text(drawing, size[0], size[1] - 8.0, note, NOTE, theme.MUTED, anchor="end")
    return drawing


def tick_texts(axis: Scale, show: Formatter, unit: Unit) -> list[str]:
    """Short names of the ticks, in full where short ones could not be told apart."""
    ticks = [Decimal(str(tick)) for tick in axis.ticks]
    texts = [show.compact(tick, unit) for tick in ticks]
    if len(set(texts)) == len(texts):
        return texts
    texts = [show.value(tick, unit, whole=True) for tick in ticks]
    return texts if len(set(texts)) == len(texts) else [show.value(tick, unit) for tick in ticks]


def note_fits(note: str, widget: Figures, measure: Lookup, show: Formatter, room: float) -> bool:
    """Whether a note has room beside the legend of a line chart."""
    scratch = Drawing(room, LEGEND_HEIGHT)
    legend_end = _legend(scratch, widget, measure, show, WIDEST_AXIS, LEGEND_HEIGHT)
    return legend_end + width(note, theme.REGULAR, NOTE) <= room


def bar_chart(widget: Figures, measure: Lookup, show: Formatter, room: float) -> Drawing:
    """A bar per row, label left of it and figure at its end; `room` is the width in points."""
    rows = [row for row in widget.rows if row.kind != "total"]
    names = widget.metrics
    bar = 9.0 if len(names) == 1 else 7.0
    step = bar * len(names) + 7.0
    top = LEGEND_HEIGHT if len(names) > 1 else 2.0
    height = step * len(rows) + top + 2
    drawing = Drawing(room, height, initialFontName=theme.REGULAR)
    label_room = min(
        max((width(row.keys[0].text, theme.REGULAR, 8) for row in rows), default=40) + 2, room * 0.3
    )
    figure_room = max(
        (width(cell.text, theme.SEMIBOLD, 7.5) for row in rows for cell in row.cells), default=40
    )
    left = label_room + 8
    values = [0.0, *(float(cell.value or 0) for row in rows for cell in row.cells)]
    low, high = min(values), max(values)
    across = Scale(low, high if high > low else low + 1, left, room - left - figure_room - 8, ())
    zero = across.place(0.0)
    for index, row in enumerate(rows):
        y = height - top - (index + 1) * step + 3.5
        middle = y + bar * len(names) / 2
        text = fitted(row.keys[0].text, theme.REGULAR, 8, label_room)
        _text(drawing, left - 6, middle - 2.8, text, 8, theme.INK, anchor="end")
        for offset, name in enumerate(names):
            cell = row.cell(name)
            end = across.place(float(cell.value or 0))
            bottom = y + bar * (len(names) - 1 - offset)
            ink = theme.SERIES[offset]
            drawing.add(
                Rect(min(zero, end), bottom + 0.5, abs(end - zero), bar - 1,
                     fillColor=color(ink), strokeColor=None)
            )  # fmt: skip
            figure = (max(end, zero) + 4, bottom + bar / 2 - 2.6, cell.text)
            _text(drawing, *figure, 7.5, theme.INK, face=theme.SEMIBOLD)
    drawing.add(_rule(zero, 2, zero, height - top, theme.MUTED, 0.6))
    if len(names) > 1:
        _legend(drawing, widget, measure, show, left, height)
    return drawing


def _drawn(widget: Figures) -> list[str]:
    """The metrics drawn as lines: all but the edges of bands."""
    edges = {name for band in widget.bands for name in (band.low, band.high)}
    return [name for name in widget.metrics if name not in edges]


def _value_grid(
    drawing: Drawing, rough: Scale, texts: Sequence[str], left: float, right: float
) -> None:
    for tick, text in zip(rough.ticks, texts, strict=True):
        y = rough.place(tick)
        base = tick == 0 or tick == rough.low
        drawing.add(
            _rule(left, y, right, y, theme.MUTED if base else theme.RULE, 0.6 if base else 0.4)
        )
        _text(drawing, left - 5, y - 2.4, text, LABEL, theme.MUTED, anchor="end")


def _bucket_names(widget: Figures, show: Formatter) -> list[str]:
    """Names for the axis: days and weeks without their year, but for the last."""
    rows = widget.data_rows
    names = [row.keys[0].text for row in rows]
    if widget.grain in ("day", "week"):
        names[:-1] = [show.day_short(row.keys[0].on) for row in rows[:-1]]
    return names


def _time_axis(drawing: Drawing, names: Sequence[str], places: Sequence[float], gap: float) -> None:
    """As many names of buckets as fit, counted from the last one, which is the report's own."""
    widest = max((width(name, theme.REGULAR, LABEL) for name in names), default=0) + 14
    step = spread(len(names), gap * len(names), widest)
    last = len(names) - 1
    for index, (name, x) in enumerate(zip(names, places, strict=True)):
        if (last - index) % step:
            continue
        drawing.add(_rule(x, AXIS_HEIGHT, x, AXIS_HEIGHT - 2.5, theme.MUTED, 0.6))
        half = width(name, theme.REGULAR, LABEL) / 2
        at = min(max(x, half), drawing.width - half)
        _text(drawing, at, AXIS_HEIGHT - 10.5, name, LABEL, theme.MUTED, anchor="middle")


Point = tuple[float, float, bool]
"""A place on the drawing, and whether its bucket had ended."""


def _last_known(
    rows: Sequence[Row], places: Sequence[float], rough: Scale, name: str
) -> Point | None:
    """The last point of a line: a forecast starts where the past ends."""
    runs = _points(rows, places, rough, name)
    return runs[-1][-1] if runs else None


def _points(
    rows: Sequence[Row], places: Sequence[float], rough: Scale, name: str
) -> list[list[Point]]:
    """Runs of known points; a missing value ends a run."""
    runs: list[list[Point]] = [[]]
    for row, x in zip(rows, places, strict=True):
        value = row.cell(name).value
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x, rough.place(float(value)), row.is_complete))
    return [run for run in runs if run]


def _line(
    drawing: Drawing, runs: Sequence[Sequence[Point]], ink: str, *, dashed: bool,
    origin: Point | None,
) -> None:  # fmt: skip
    for run in runs:
        whole = [origin, *run] if origin and origin[0] < run[0][0] else run
        flat = [number for x, y, _ in whole for number in (x, y)]
        if len(whole) > 1:
            drawing.add(
                PolyLine(flat, strokeColor=color(ink), strokeWidth=1.5, strokeLineJoin=1,
                         strokeLineCap=1, strokeDashArray=[1, 3] if dashed else None)
            )  # fmt: skip
        x, y, is_complete = run[-1]
        # The last point is the one the report is about; hollow while its bucket is open.
        hollow = dashed or not is_complete
        drawing.add(
            Circle(x, y, 2.2, fillColor=color(theme.PAPER if hollow else ink),
                   strokeColor=color(ink), strokeWidth=1.1)
        )  # fmt: skip


def _band(
    drawing: Drawing, widget: Figures, places: Sequence[float], rough: Scale, band: Band, fill: str
) -> None:
    """The area between a band's edges, fanning out from the last known figure."""
    rows = widget.data_rows
    lower = [point for run in _points(rows, places, rough, band.low) for point in run]
    upper = [point for run in _points(rows, places, rough, band.high) for point in run]
    if not lower or len(lower) != len(upper):
        return
    origin = _last_known(rows, places, rough, widget.metrics[0])
    start = [origin] if origin and origin[0] < lower[0][0] else []
    edge = [*start, *upper, *reversed(lower)]
    if len(edge) > 2:
        flat = [number for x, y, _ in edge for number in (x, y)]
        drawing.add(Polygon(flat, fillColor=color(fill), strokeColor=None))


def _legend(
    drawing: Drawing, widget: Figures, measure: Lookup, show: Formatter, left: float, top: float
) -> float:
    """A sample and a name for every line, bar and band; returns where the legend ends."""
    x, y = left, top - 8.0
    for index, name in enumerate(_drawn(widget)):
        dashed = name == widget.forecast
        ink = theme.SERIES[0 if dashed else index % len(theme.SERIES)]
        if widget.kind == "line":
            line = _rule(x, y + 2.5, x + 14, y + 2.5, ink, 1.5)
            line.strokeDashArray = [1, 3] if dashed else None
            line.strokeLineCap = 1
            drawing.add(line)
        else:
            drawing.add(Rect(x + 4, y - 0.5, 7, 6, fillColor=color(ink), strokeColor=None))
        label = measure(name).label
        _text(drawing, x + 18, y, label, 7.5, theme.INK, face=theme.SEMIBOLD)
        x += 18 + width(label, theme.SEMIBOLD, 7.5) + 16
    for band in widget.bands:
        fill = theme.BAND_80 if band.level == 80 else theme.BAND_95
        drawing.add(Rect(x, y - 0.5, 12, 6.5, fillColor=color(fill), strokeColor=None))
        label = band_label(band.level, show)
        _text(drawing, x + 16, y, label, 7.5, theme.MUTED)
        x += 16 + width(label, theme.REGULAR, 7.5) + 14
    return x


def _rule(x1: float, y1: float, x2: float, y2: float, ink: str, weight: float) -> Line:
    return Line(x1, y1, x2, y2, strokeColor=color(ink), strokeWidth=weight)


def _text(
    drawing: Drawing, x: float, y: float, text: str, size: float, ink: str, *,
    face: str = theme.REGULAR, anchor: str = "start",
) -> None:  # fmt: skip
    drawing.add(
        String(x, y, text, fontName=face, fontSize=size, fillColor=color(ink), textAnchor=anchor)
    )
