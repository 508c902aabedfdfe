"""Plotly figures of a single row of figures: a bridge, shares of the first figure, or bars.

One bar under the other, names on the left, so that they can be read on a phone. Lines and bars
over many rows are in `app.figures`.
"""

from decimal import Decimal
from html import escape
from typing import Final

import plotly.graph_objects as go

from app.figures import Measures, layout
from app.palette import Palette
from reports.format import Formatter
from reports.page import Drawn
from reports.result import Cell, Figures

PITCH: Final = 38
"""Height of one bar with its gap, in pixels."""


def row_figure(
    widget: Figures, measures: Measures, show: Formatter, palette: Palette, drawn: Drawn
) -> go.Figure:
    """The cells of the widget's one row from top to bottom, each with its figure at its end.

    In a bridge every bar but the first and the last begins where the one above it ended; what is
    taken off has the colour of losses and a minus sign.
    """
    cells = widget.rows[0].cells
    places = list(range(len(cells)))
    spans = bridge_spans(cells, drawn) if drawn.kind == "bridge" else [
        (Decimal(0), cell.value or Decimal(0)) for cell in cells
    ]  # fmt: skip
    colors = [palette.series[0]] * len(cells)
    if drawn.kind == "bridge":
        inner = [palette.good if high >= low else palette.bad for low, high in spans[1:-1]]
        colors = [palette.series[0], *inner, palette.series[0]]
    figure = go.Figure()
    figure.add_bar(
        orientation="h",
        x=[float(abs(high - low)) for low, high in spans],
        base=[float(min(low, high)) for low, high in spans],
        y=places,
        text=_texts(cells, show, measures, drawn),
        textposition="outside",
        cliponaxis=False,
        textfont={"color": palette.ink},
        customdata=[cell.exact for cell in cells],
        hovertemplate="%{customdata}<extra></extra>",
        marker={"color": colors, "line": {"width": 0}},
    )
    figure.update_layout(**layout(palette, PITCH * len(cells) + 24), bargap=0.3, showlegend=False)
    figure.update_layout(margin={"l": 0, "r": 104, "t": 8, "b": 8})
    figure.update_yaxes(
        tickvals=places,
        ticktext=[escape(measures[cell.metric].label) + "  " for cell in cells],
        autorange="reversed",
        showgrid=False,
        fixedrange=True,
        automargin=True,
    )
    figure.update_xaxes(visible=False, fixedrange=True, rangemode="tozero")
    return figure


def bridge_spans(cells: tuple[Cell, ...], drawn: Drawn) -> list[tuple[Decimal, Decimal]]:
    """From where to where each bar of a bridge reaches; its ends begin at nought."""
    spans = []
    running = Decimal(0)
    for index, cell in enumerate(cells):
        value = cell.value or Decimal(0)
        if index in (0, len(cells) - 1):
            low, running = Decimal(0), value
        else:
            low = running
            running += -value if cell.metric in drawn.less else value
        spans.append((low, running))
    return spans


def _texts(cells: tuple[Cell, ...], show: Formatter, measures: Measures, drawn: Drawn) -> list[str]:
    if drawn.kind == "bridge":
        return [f"−{cell.text}" if cell.metric in drawn.less and cell.value else cell.text
                for cell in cells]  # fmt: skip
    first = cells[0].value
    if drawn.kind != "funnel" or not first or measures[cells[0].metric].unit != "count":
        return [cell.text for cell in cells]
    shares = [None if cell.value is None else show.percent(cell.value / first) for cell in cells]
    return [
        f"{cell.text}  ·  {share}" if index and share else cell.text
        for index, (cell, share) in enumerate(zip(cells, shares, strict=True))
    ]
