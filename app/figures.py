"""Plotly figures of typed widgets: pure, from a widget and a palette to something drawable.

Every text comes formatted with the widget; floats here place marks and are never read by people.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from html import escape
from itertools import cycle
from typing import Any, Final

import plotly.graph_objects as go

from app.palette import Palette
from app.words import word
from reports.format import Formatter, Unit
from reports.renderers.scale import Scale, scale, spread
from reports.result import Cell, Figures, Measure, Row

LINE_HEIGHT: Final = 320
BAR_PITCH: Final = 30
"""Height of one bar with its gap, in pixels."""
NARROWEST: Final = 330
"""Width of a chart on a phone, in pixels: names of buckets must not meet even there."""

FADED: Final = 0.35

LETTER: Final = 7
DASHES: Final = ("solid", "dot", "dash", "longdash")
"""Lines differ by more than colour, for print and for the colour-blind."""

Measures = Mapping[str, Measure]


def line_figure(
    widget: Figures, measures: Measures, show: Formatter, palette: Palette
) -> go.Figure:
    """Lines over time; a forecast continues its line inside its bands."""
    figure = go.Figure()
    shown = [name for name in widget.metrics if name not in _edges(widget)]
    axis = _axis(widget, widget.metrics)
    for band, color in zip(reversed(widget.bands), palette.bands, strict=False):
        _add_band(figure, widget, band.low, band.high, color, band.level, show)
    colors = dict(zip(shown, cycle(palette.series), strict=False))
    if widget.forecast is not None:
        # The forecast is the same thing as its past: one colour, another dash.
        colors[widget.forecast] = palette.series[0]
    if widget.forecast is not None:
        _add_bridge(figure, widget, widget.metrics[0], widget.forecast, palette.series[0])
    for name, dash in zip(shown, cycle(DASHES), strict=False):
        _add_line(figure, widget, name, measures[name].label, colors[name], dash)
    unit = measures[widget.metrics[0]].unit
    figure.update_layout(**layout(palette, LINE_HEIGHT), hovermode="x unified", showlegend=True)
    figure.update_yaxes(
        range=[axis.low, axis.high],
        tickvals=list(axis.ticks),
        ticktext=tick_texts(axis, show, unit),
        gridcolor=palette.rule,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_xaxes(**_time_ticks(widget, show), showgrid=False, fixedrange=True)
    return figure


def tick_texts(axis: Scale, show: Formatter, unit: Unit) -> list[str]:
    """Short texts of the ticks, with a decimal place where rates stand closer than a percent."""
    values = [Decimal(str(tick)) for tick in axis.ticks]
    texts = [show.compact(value, unit) for value in values]
    if unit == "percent" and len(set(texts)) < len(texts):
        return [show.percent(value, digits=1) for value in values]
    return texts


def bar_figure(
    widget: Figures,
    measures: Measures,
    show: Formatter,
    palette: Palette,
    chosen: Collection[str | None] = (),
) -> go.Figure:
    """Horizontal bars, the first row on top, each with its figure at its end.

    Where some values are chosen, the bars of the others step back.
    """
    rows = widget.data_rows
    places = list(range(len(rows)))
    faded = [1 if row.keys[0].value in chosen else FADED for row in rows] if chosen else None
    figure = go.Figure()
    for name, color in zip(widget.metrics, cycle(palette.series), strict=False):
        cells = [row.cell(name) for row in rows]
        figure.add_bar(
            orientation="h",
            name=escape(measures[name].label),
            x=[_float(cell.value) for cell in cells],
            y=places,
            text=["" if (cell.value or 0) < 0 else cell.text for cell in cells],
            textposition="outside",
            cliponaxis=False,
            textfont={"color": palette.ink},
            customdata=[cell.exact for cell in cells],
            hovertemplate="%{customdata}<extra></extra>",
            marker={"color": color, "line": {"width": 0}, "opacity": faded or 1},
        )
        _add_negatives(figure, cells, palette)
    height = BAR_PITCH * len(rows) * max(len(widget.metrics), 1) + 24
    figure.update_layout(**layout(palette, height), bargap=0.35, showlegend=len(widget.metrics) > 1)
    figure.update_layout(margin={"l": 0, "r": 84, "t": 8, "b": 8})
    figure.update_yaxes(
        tickvals=places,
        ticktext=[_label(row) for row in rows],
        autorange="reversed",
        showgrid=False,
        fixedrange=True,
        automargin=True,
        ticksuffix="  ",
    )
    figure.update_xaxes(visible=False, fixedrange=True, rangemode="tozero")
    return figure


def _add_negatives(figure: go.Figure, cells: Sequence[Cell], palette: Palette) -> None:
    """Figures below nought stand right of the axis, where no name is in their way."""
    for place, cell in enumerate(cells):
        if (cell.value or 0) < 0:
            figure.add_annotation(
                x=0, y=place, text=cell.text, xanchor="left", xshift=4, showarrow=False,
                font={"color": palette.bad},
            )  # fmt: skip


def _add_line(
    figure: go.Figure, widget: Figures, name: str, label: str, color: str, dash: str
) -> None:
    cells = [row.cell(name) for row in widget.data_rows]
    figure.add_scatter(
        mode="lines",
        name=escape(label),
        x=_days(widget),
        y=[_float(cell.value) for cell in cells],
        customdata=[cell.exact for cell in cells],
        hovertemplate="%{customdata}",
        line={"color": color, "width": 2.25, "dash": dash},
        connectgaps=False,
    )


def _add_bridge(figure: go.Figure, widget: Figures, past: str, ahead: str, color: str) -> None:
    """From the last figure to the first estimate, so that the eye does not lose the line."""
    known = [row for row in widget.data_rows if row.cell(past).value is not None]
    estimated = [row for row in widget.data_rows if row.cell(ahead).value is not None]
    if known and estimated:
        ends = ((known[-1], past), (estimated[0], ahead))
        figure.add_scatter(
            mode="lines",
            x=[row.keys[0].on for row, _ in ends],
            y=[_float(row.cell(name).value) for row, name in ends],
            line={"color": color, "width": 2.25, "dash": DASHES[1]},
            hoverinfo="skip",
            showlegend=False,
        )


def _add_band(
    figure: go.Figure,
    widget: Figures,
    low: str,
    high: str,
    color: str,
    level: int,
    show: Formatter,
) -> None:
    rows = [row for row in widget.data_rows if row.cell(low).value is not None]
    days = [row.keys[0].on for row in rows]
    lows = [_float(row.cell(low).value) for row in rows]
    highs = [_float(row.cell(high).value) for row in rows]
    figure.add_scatter(
        mode="none",
        name=word("range", show.locale, level=level),
        x=[*days, *reversed(days)],
        y=[*highs, *reversed(lows)],
        fill="toself",
        fillcolor=color,
        hoverinfo="skip",
    )


def layout(palette: Palette, height: int) -> dict[str, Any]:
    """What every chart has in common."""
    return {
        "height": height,
        "margin": {"l": 0, "r": 32, "t": 8, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "Lato, sans-serif", "size": 13, "color": palette.muted},
        "hoverlabel": {
            "bgcolor": palette.paper,
            "bordercolor": palette.rule,
            "font": {"color": palette.ink, "size": 13},
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": -0.14,
            "yanchor": "top",
            "font": {"color": palette.ink},
            "itemclick": "toggle",
        },
        "dragmode": False,
    }


def _time_ticks(widget: Figures, show: Formatter) -> dict[str, Any]:
    """As many names of buckets as fit, each at its bucket; the last one always has its name."""
    is_short = widget.grain in ("day", "week")
    names = [
        (key.on, show.day_short(key.on) if is_short else key.text)
        for key in (row.keys[0] for row in widget.data_rows)
    ]
    longest = max((len(text) for _, text in names), default=1)
    every = spread(len(names), NARROWEST, LETTER * longest + 2 * LETTER)
    shown = names[::-1][::every]
    return {
        "tickvals": [day for day, _ in shown],
        "ticktext": [escape(text) for _, text in shown],
        "type": "date",
        "tickangle": 0,
    }


def _axis(widget: Figures, names: Sequence[str]) -> Scale:
    values = [
        value
        for row in widget.data_rows
        for name in names
        if (value := _float(row.cell(name).value)) is not None
    ]
    return scale(values, 0, 1, count=5)


def _edges(widget: Figures) -> set[str]:
    return {edge for band in widget.bands for edge in (band.low, band.high)}


def _days(widget: Figures) -> list[Any]:
    return [row.keys[0].on for row in widget.data_rows]


def _label(row: Row) -> str:
    return escape(" · ".join(key.text for key in row.keys))


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
