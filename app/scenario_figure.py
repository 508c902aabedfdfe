"""The Plotly figure of a forecast under changed levers: both lines inside their ranges, pure.

Other lines over time are in `app.figures`.
"""

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import Final

import plotly.graph_objects as go

from app.figures import LETTER, LINE_HEIGHT, NARROWEST, layout, tick_texts
from app.palette import Palette
from app.words import word
from reports.format import Formatter
from reports.renderers.scale import scale, spread
from reports.result import Measure
from transforms.insight.scenario import Point, Scenario

RANGE_OPACITY: Final = 0.22


def scenario_figure(
    made: Scenario, measure: Measure, show: Formatter, palette: Palette
) -> go.Figure:
    """The published forecast, and the changed one where a lever is moved, with 80 % ranges."""
    points = made.points
    figure = go.Figure()
    lines = [("forecast", [(p.low, p.value, p.high) for p in points], palette.series[0], "solid")]
    if made.changes:
        changed = [(p.changed_low, p.changed, p.changed_high) for p in points]
        lines.append(("changed", changed, palette.series[1], "dot"))
    for name, values, color, dash in lines:
        _add(figure, points, word(name, show.locale), values, (color, dash), measure, show)
    ends = [float(value) for _, values, _, _ in lines for triple in values for value in triple]
    axis = scale(ends, 0, 1, count=5)
    figure.update_layout(**layout(palette, LINE_HEIGHT), hovermode="x unified", showlegend=True)
    figure.update_yaxes(
        range=[axis.low, axis.high], tickvals=list(axis.ticks),
        ticktext=tick_texts(axis, show, measure.unit), gridcolor=palette.rule, zeroline=False,
        fixedrange=True,
    )  # fmt: skip
    names = [(p.on, _name(made, p, show)) for p in points]
    longest = max(len(text) for _, text in names)
    kept = names[:: spread(len(names), NARROWEST, LETTER * longest + 2 * LETTER)]
    figure.update_xaxes(
        tickvals=[on for on, _ in kept], ticktext=[escape(text) for _, text in kept], type="date",
        tickangle=0, showgrid=False, fixedrange=True,
    )  # fmt: skip
    return figure


def _add(
    figure: go.Figure,
    points: Sequence[Point],
    name: str,
    values: Sequence[tuple[Decimal, Decimal, Decimal]],
    dress: tuple[str, str],
    measure: Measure,
    show: Formatter,
) -> None:
    color, dash = dress
    days = [point.on for point in points]
    lows, middles, highs = (
        [float(each) for each in column] for column in zip(*values, strict=True)
    )
    figure.add_scatter(
        mode="none", x=[*days, *reversed(days)], y=[*highs, *reversed(lows)], fill="toself",
        fillcolor=color, opacity=RANGE_OPACITY, hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    texts = [
        " – ".join(show.value(each, measure.unit, whole=True) for each in (low, high))
        for low, _, high in values
    ]
    figure.add_scatter(
        mode="lines", name=escape(name), x=days, y=middles,
        line={"color": color, "width": 2.25, "dash": dash},
        customdata=[
            f"{show.value(middle, measure.unit, whole=True)} ({text})"
            for (_, middle, _), text in zip(values, texts, strict=True)
        ],
        hovertemplate="%{customdata}",
    )  # fmt: skip


def _name(made: Scenario, point: Point, show: Formatter) -> str:
    return show.bucket(point.on, "month") if made.bucket == "month" else show.day_short(point.on)
