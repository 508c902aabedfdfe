"""Native charts of the workbook, pointing at the cells below them.

The vector charts of the PDF are drawn in `reports.renderers.pdf_chart`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter import Workbook

from reports import theme
from reports.result import Figures, Measure

CHART_ROWS = 17
"""Rows a chart covers."""

_FONT = {"name": "Calibri", "size": 9, "color": theme.MUTED}
_AXIS: dict[str, Any] = {"num_font": _FONT, "line": {"color": theme.RULE}}
_DATE_STEPS = {
    "day": (7, "days"),
    "week": (28, "days"),
    "month": (3, "months"),
    "quarter": (6, "months"),
    "year": (1, "years"),
}


@dataclass(frozen=True)
class CellRange:
    """Where a widget's table stands: its head row, its last row of data, its count of keys."""

    sheet: str
    head_row: int
    last_row: int
    keys: int

    def column(self, index: int) -> list[str | int]:
        """The data of a column as XlsxWriter names it."""
        return [self.sheet, self.head_row + 1, index, self.last_row, index]


def line_chart(
    book: Workbook, widget: Figures, measures: Mapping[str, Measure], cells: CellRange
) -> Any:
    """Lines over the dates in the first column; forecasts dashed, their bands thin."""
    chart = book.add_chart({"type": "line"})
    edges = {name for band in widget.bands for name in (band.low, band.high)}
    for index, name in enumerate(widget.metrics):
        line: dict[str, Any] = {"color": theme.SERIES[index % len(theme.SERIES)], "width": 2}
        if name == widget.forecast:
            line = {"color": theme.SERIES[0], "width": 2, "dash_type": "dash"}
        elif name in edges:
            line = {"color": theme.MUTED, "width": 0.75, "dash_type": "round_dot"}
        chart.add_series(_series(widget, measures, cells, index) | {"line": line})
    step, unit = _DATE_STEPS[widget.grain or "month"]
    chart.set_x_axis(
        _AXIS
        | {
            "date_axis": True,
            "major_unit": step,
            "major_unit_type": unit,
            "num_format": "d mmm" if widget.grain in ("day", "week") else "mmm yyyy",
        }
    )
    chart.set_y_axis(_value_axis(measures[widget.metrics[0]]))
    # The edges of the bands explain themselves; only lines need a name.
    hidden = [index for index, name in enumerate(widget.metrics) if name in edges]
    return _finish(chart, widget, {"delete_series": hidden} if hidden else {})


def bar_chart(
    book: Workbook, widget: Figures, measures: Mapping[str, Measure], cells: CellRange
) -> Any:
    """Horizontal bars, the first row on top."""
    chart = book.add_chart({"type": "bar"})
    for index, _ in enumerate(widget.metrics):
        fill = {"fill": {"color": theme.SERIES[index]}, "gap": 40}
        chart.add_series(_series(widget, measures, cells, index) | fill)
    chart.set_y_axis(_AXIS | {"reverse": True})
    # Reversed categories would carry the value axis to the top with them.
    chart.set_x_axis(_value_axis(measures[widget.metrics[0]]) | {"label_position": "high"})
    return _finish(chart, widget, {})


def column_chart(
    book: Workbook, widget: Figures, measures: Mapping[str, Measure], cells: CellRange
) -> Any:
    """Upright columns, stacked where there are several metrics."""
    several = len(widget.metrics) > 1
    chart = book.add_chart({"type": "column", **({"subtype": "stacked"} if several else {})})
    for index, _ in enumerate(widget.metrics):
        fill = {"fill": {"color": theme.LAYERS[index % len(theme.LAYERS)]}, "gap": 40}
        chart.add_series(_series(widget, measures, cells, index) | fill)
    chart.set_x_axis(_AXIS)
    chart.set_y_axis(_value_axis(measures[widget.metrics[0]]))
    return _finish(chart, widget, {})


def stacked_chart(
    book: Workbook,
    names: Sequence[str],
    widget: Figures,
    measures: Mapping[str, Measure],
    cells: CellRange,
) -> Any:
    """Stacked columns, a layer per column of the table below."""
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    for index, name in enumerate(names):
        chart.add_series(
            {"name": name, "categories": cells.column(0), "values": cells.column(1 + index),
             "fill": {"color": theme.LAYERS[index % len(theme.LAYERS)]}, "gap": 40}
        )  # fmt: skip
    chart.set_x_axis(_AXIS | {"num_format": "yyyy-mm-dd", "text_axis": True})
    chart.set_y_axis(_value_axis(measures[widget.metrics[0]]))
    chart.set_title({"none": True})
    chart.set_legend({"position": "top", "font": _FONT})
    return _framed(chart)


def bridge_chart(book: Workbook, cells: CellRange) -> Any:
    """A waterfall: an unseen base under levels, rises and falls."""
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    for column, ink in ((2, None), (3, theme.PRIMARY), (4, theme.GOOD), (5, theme.BAD)):
        fill: dict[str, str | bool] = {"color": ink} if ink else {"none": True}
        chart.add_series(
            {"categories": cells.column(0), "values": cells.column(column), "fill": fill, "gap": 40}
        )
    chart.set_x_axis(_AXIS)
    chart.set_y_axis(_AXIS | {"num_format": "#,##0", "major_gridlines": {"visible": False}})
    chart.set_title({"none": True})
    chart.set_legend({"none": True})
    return _framed(chart)


def _series(
    widget: Figures, measures: Mapping[str, Measure], cells: CellRange, index: int
) -> dict[str, Any]:
    column = cells.keys + index * (1 + len(widget.compared_spans))
    return {
        "name": measures[widget.metrics[index]].label,
        "categories": cells.column(0),
        "values": cells.column(column),
    }


def _value_axis(measure: Measure) -> dict[str, Any]:
    formats = {"percent": "0%", "ratio": "0.00"}
    return _AXIS | {
        "num_format": formats.get(measure.unit, "#,##0"),
        "major_gridlines": {"visible": True, "line": {"color": theme.RULE, "width": 0.5}},
    }


def _finish(chart: Any, widget: Figures, legend: dict[str, Any]) -> Any:
    chart.set_title({"none": True})
    if len(widget.metrics) == 1:
        chart.set_legend({"none": True})
    else:
        chart.set_legend({"position": "top", "font": _FONT} | legend)
    return _framed(chart)


def _framed(chart: Any) -> Any:
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 760, "height": CHART_ROWS * 20 - 14})
    return chart


CHARTS: dict[str, Callable[[Workbook, Figures, Mapping[str, Measure], CellRange], Any]] = {
    "line": line_chart,
    "bar": bar_chart,
    "histogram": column_chart,
    "stacked": column_chart,
}
"""Kinds of widgets whose table has a chart above it."""
