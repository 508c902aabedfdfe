"""Plotly figures of a single row of figures: a bridge, steps that narrow, columns side by side.

Lines and bars over many rows are in `app.figures`.
"""

from collections.abc import Collection
from decimal import Decimal
from html import escape

import plotly.graph_objects as go

from app.figures import LINE_HEIGHT, Measures, layout
from app.palette import Palette
from reports.format import Formatter
from reports.result import Cell, Figures

WRAP = 14
"""Letters of a label before it takes a second line: columns are narrow on a phone."""


def bridge_figure(
    widget: Figures,
    measures: Measures,
    show: Formatter,
    palette: Palette,
    less: Collection[str],
) -> go.Figure:
    """From the first figure to the last by what is added and taken off between them.

    What comes in is drawn in the colour of gains, what goes out in that of losses.
    """
    cells = widget.rows[0].cells
    first, last = cells[0].metric, cells[-1].metric
    figure = go.Figure()
    running = Decimal(0)
    for cell in cells:
        value = cell.value or Decimal(0)
        is_end = cell.metric in (first, last)
        step = value if is_end or cell.metric not in less else -value
        low, running = (Decimal(0), step) if is_end else (running, running + step)
        color = palette.series[0] if is_end else palette.good if step >= 0 else palette.bad
        _column(figure, cell, measures, low=low, high=running, color=color, palette=palette)
    _finish(figure, widget, measures, palette)
    return figure


def funnel_figure(
    widget: Figures, measures: Measures, show: Formatter, palette: Palette
) -> go.Figure:
    """Steps from top to bottom, each as wide as its figure, with its share of the first."""
    cells = widget.rows[0].cells
    whole = cells[0].value or Decimal(0)
    values = [float(cell.value or 0) for cell in cells]
    places = list(range(len(cells)))
    shares = [show.percent(cell.value / whole) if whole and cell.value is not None else ""
              for cell in cells]  # fmt: skip
    is_count = measures[cells[0].metric].unit == "count"
    figure = go.Figure()
    figure.add_bar(
        orientation="h",
        x=values,
        y=places,
        text=[f"{cell.text}  ·  {share}" if share and index and is_count else cell.text
              for index, (cell, share) in enumerate(zip(cells, shares, strict=True))],
        textposition="outside",
        cliponaxis=False,
        textfont={"color": palette.ink},
        customdata=[cell.exact for cell in cells],
        hovertemplate="%{customdata}<extra></extra>",
        marker={"color": palette.series[0], "line": {"width": 0}},
    )  # fmt: skip
    figure.update_layout(**layout(palette, 44 * len(cells) + 24), bargap=0.25, showlegend=False)
    figure.update_layout(margin={"l": 0, "r": 110, "t": 8, "b": 8})
    figure.update_yaxes(
        tickvals=places,
        ticktext=[escape(measures[cell.metric].label) + "  " for cell in cells],
        autorange="reversed", showgrid=False, fixedrange=True, automargin=True,
    )  # fmt: skip
    figure.update_xaxes(visible=False, fixedrange=True, rangemode="tozero")
    return figure


def columns_figure(
    widget: Figures, measures: Measures, show: Formatter, palette: Palette
) -> go.Figure:
    """Columns side by side, each with its figure on top."""
    figure = go.Figure()
    for cell in widget.rows[0].cells:
        high = cell.value or Decimal(0)
        _column(
            figure, cell, measures, low=Decimal(0), high=high, color=palette.series[0],
            palette=palette,
        )  # fmt: skip
    _finish(figure, widget, measures, palette)
    return figure


def _column(
    figure: go.Figure,
    cell: Cell,
    measures: Measures,
    *,
    low: Decimal,
    high: Decimal,
    color: str,
    palette: Palette,
) -> None:
    figure.add_bar(
        x=[_wrapped(measures[cell.metric].label)],
        y=[float(high - low)],
        base=[float(low)],
        text=[cell.text],
        textposition="outside",
        cliponaxis=False,
        textfont={"color": palette.ink},
        customdata=[cell.exact],
        hovertemplate="%{customdata}<extra></extra>",
        marker={"color": color, "line": {"width": 0}},
    )


def _finish(figure: go.Figure, widget: Figures, measures: Measures, palette: Palette) -> None:
    figure.update_layout(**layout(palette, LINE_HEIGHT), bargap=0.3, showlegend=False)
    figure.update_layout(margin={"l": 0, "r": 8, "t": 28, "b": 0}, barmode="overlay")
    figure.update_yaxes(visible=False, fixedrange=True, zeroline=True, zerolinecolor=palette.rule)
    figure.update_xaxes(
        showgrid=False, fixedrange=True, tickangle=0, automargin=True, type="category"
    )


def _wrapped(label: str) -> str:
    """The label over as many lines as it needs."""
    lines: list[str] = []
    for word in escape(label).split():
        if lines and len(lines[-1]) + len(word) < WRAP:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "<br>".join(lines)
