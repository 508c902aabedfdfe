"""Plotly figures of fields of cells: a metric over two dimensions, and the days of a calendar.

Pure, as `app.figures`; cells are shaded by size, and what they hold is written or told on hover.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape
from typing import Any, Final

import plotly.graph_objects as go
from babel.dates import format_date

from app.figures import LETTER, NARROWEST, layout
from app.palette import Palette
from crm_core.services.scheduling.calendar import CalendarDay
from reports.format import Formatter
from reports.renderers.scale import spread
from reports.result import Figures, Measure

CELL: Final = 26
"""Height of a row of a heat table, in pixels."""
DAY_CELL: Final = 68
"""Height of a day of the calendar: three short lines even on a phone."""
WEEK: Final = 7


def heat_figure(widget: Figures, measure: Measure, show: Formatter, palette: Palette) -> go.Figure:
    """The values of one dimension down, those of the other or of time across; dark is much.

    Percents are shaded up to one hundred, so that full is full on every day.
    """
    down = dict.fromkeys(row.keys[0].text for row in widget.data_rows)
    across = dict.fromkeys(row.keys[1] for row in widget.data_rows)
    cells = {(row.keys[0].text, row.keys[1]): row.cells[0] for row in widget.data_rows}
    grid = [[cells.get((name, key)) for key in across] for name in down]
    values = [[None if c is None or c.value is None else float(c.value) for c in line]
              for line in grid]  # fmt: skip
    top = max((value for line in values for value in line if value is not None), default=1.0)
    figure = go.Figure()
    figure.add_heatmap(
        x=list(range(len(across))), y=list(range(len(down))), z=values,
        zmin=0, zmax=max(top, 1.0) if measure.unit == "percent" else top or 1.0,
        colorscale=[[0, palette.rule], [1, palette.series[0]]], showscale=False, xgap=1, ygap=2,
        customdata=[
            [f"{escape(name)}, {escape(key.text)}: {c.exact if c else show.value(None, 'count')}"
             for key, c in zip(across, line, strict=True)]
            for name, line in zip(down, grid, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    texts = [show.day_short(key.on) if key.on else key.text for key in across]
    longest = max(map(len, texts), default=1)
    every = spread(len(texts), NARROWEST - 80, LETTER * longest + LETTER)
    figure.update_layout(**layout(palette, CELL * len(down) + 44), showlegend=False)
    figure.update_layout(margin={"l": 0, "r": 8, "t": 8, "b": 0})
    figure.update_xaxes(
        tickvals=list(range(0, len(texts), every)),
        ticktext=[escape(text) for text in texts[::every]],
        showgrid=False, zeroline=False, fixedrange=True, tickangle=0,
    )  # fmt: skip
    _down(figure, list(down))
    return figure


def calendar_figure(
    days: Sequence[CalendarDay], first_on: date, until_on: date, show: Formatter, palette: Palette
) -> go.Figure:
    """The weeks from the Monday before `first_on`: per day its number, its slots, its conflicts."""
    found = {day.on: day for day in days}
    monday = first_on - timedelta(days=first_on.weekday())
    weeks = -(-(until_on - monday).days // WEEK)
    dates = [[monday + timedelta(days=WEEK * week + day) for day in range(WEEK)]
             for week in range(weeks)]  # fmt: skip

    def value(on: date) -> int | None:
        if not first_on <= on < until_on:
            return None
        return found[on].slots if on in found else 0

    def text(on: date) -> str:
        day = found.get(on)
        if value(on) is None or day is None:
            return "" if value(on) is None else str(on.day)
        mark = f"<br>⚠ {show.count(day.conflicts)}" if day.conflicts else ""
        return f"{on.day}<br><b>{show.count(day.slots)}</b>{mark}"

    z = [[value(on) for on in week] for week in dates]
    top = max((each for week in z for each in week if each is not None), default=1) or 1
    figure = go.Figure()
    figure.add_heatmap(
        x=list(range(WEEK)), y=list(range(weeks)), z=z, zmin=0, zmax=top,
        colorscale=[[0, palette.paper], [1, palette.bands[1]]], showscale=False, xgap=3, ygap=3,
        text=[[text(on) for on in week] for week in dates], texttemplate="%{text}",
        textfont={"color": palette.ink, "size": 13},
        customdata=[[show.day(on) for on in week] for week in dates],
        hovertemplate="%{customdata}: %{z}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(**layout(palette, DAY_CELL * weeks + 40), showlegend=False)
    figure.update_layout(margin={"l": 0, "r": 0, "t": 28, "b": 0})
    figure.update_xaxes(
        tickvals=list(range(WEEK)), side="top",
        ticktext=[format_date(on, "EEE", locale=show.babel) for on in dates[0]],
        showgrid=False, zeroline=False, fixedrange=True,
    )  # fmt: skip
    _down(figure, [show.day_short(week[0]) for week in dates])
    return figure


def _down(figure: go.Figure, names: Sequence[str]) -> None:
    ticks: dict[str, Any] = {"tickvals": list(range(len(names))),
                             "ticktext": [escape(name) + "  " for name in names]}  # fmt: skip
    figure.update_yaxes(
        **ticks, autorange="reversed", showgrid=False, zeroline=False, fixedrange=True,
        automargin=True,
    )  # fmt: skip
