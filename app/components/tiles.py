"""Key figures as tiles: the figure, what changed, its run-up, and its definition one click away.

The figures and their texts come with the widget.
"""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from app.components.definition import definition_button
from app.components.text import plain
from app.source import Question, Source
from app.words import word
from reports.result import Cell, Compared, Figures, Measure

NARROWEST: Final = 164
"""Two tiles stand side by side on a phone of 390 pixels."""

COLORS: Final = {"good": "green", "bad": "red", "neutral": "gray"}
VERSUS: Final = {"previous": "versus_previous", "last_year": "versus_last_year"}


def tiles(source: Source, widget: Figures, question: Question) -> None:
    """One tile per metric of the widget."""
    measures = source.measures(widget.metrics)
    sparks = source.sparks(widget, question)
    with st.grid(min_column_width=NARROWEST, key=f"tiles_{widget.name}"):
        for row in widget.rows:
            for cell in row.cells:
                with st.container(border=True, height="stretch", gap="xsmall"):
                    _tile(source, widget, measures[cell.metric], cell, sparks, question)


def _tile(
    source: Source,
    widget: Figures,
    measure: Measure,
    cell: Cell,
    sparks: Mapping[str, Figures],
    question: Question,
) -> None:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center",
        gap="xsmall", wrap=False,
    ):  # fmt: skip
        st.markdown(f":gray[{plain(measure.label)}]")
        definition_button(source, measure.name, cell, question, f"{widget.name}_{measure.name}")
    st.metric(
        measure.label,
        plain(cell.text),
        label_visibility="collapsed",
        chart_data=run_up(sparks.get(measure.name)),
        chart_type="area",
    )
    if cell.compared:
        st.markdown("  \n".join(change_line(each, source.locale) for each in cell.compared))


def run_up(line: Figures | None) -> list[float] | None:
    """The points of a sparkline, oldest first; nothing to draw below two."""
    if line is None:
        return None
    values = [row.cell(line.metrics[0]).value for row in line.data_rows if line.metrics]
    points = [float(value) for value in values if value is not None]
    return points if len(points) > 1 else None


def change_line(compared: Compared, locale: str) -> str:
    """What changed since an earlier period, with an arrow and the colour of its meaning."""
    since = word(VERSUS[compared.basis], locale)
    if compared.change is None:
        return f":small[:gray[{word('no_earlier', locale)} {since}]]"
    arrow = "→" if compared.change == 0 else "↑" if compared.change > 0 else "↓"
    color = COLORS[compared.tone]
    return f":small[:{color}[**{arrow} {plain(compared.change_text)}**] :gray[{since}]]"
