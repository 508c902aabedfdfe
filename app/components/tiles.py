"""Key figures as tiles: the figure, what changed, its run-up, and its definition one click away.

The figures and their texts come with the widget.
"""

from decimal import Decimal
from math import ceil
from typing import Final

import streamlit as st

from app.components.definition import definition_button
from app.components.text import plain
from app.question import Question
from app.source import Source
from app.words import word
from crm_core.services.reporting.marks import Target
from reports.format import DASH
from reports.result import Cell, Compared, Figures, Measure

NARROWEST: Final = 164
"""Two tiles stand side by side on a phone of 390 pixels."""

MOST_COLUMNS: Final = 5

TILE_HEIGHT: Final = 100
"""Of a figure with its run-up, in pixels: nothing moves when the run-up is drawn."""

COLORS: Final = {"good": "green", "bad": "red", "neutral": "gray"}
VERSUS: Final = {"previous": "versus_previous", "last_year": "versus_last_year"}


def tiles(source: Source, widget: Figures, question: Question, *, live: bool = False) -> None:
    """One tile per metric of the widget; live ones have no run-up."""
    measures = source.measures(widget.metrics)
    sparks = {} if live else source.sparks(widget, question)
    targets = {} if live else source.targets(question)
    columns = even_columns(len(widget.metrics))
    with st.grid(columns, min_column_width=NARROWEST, key=f"tiles_{widget.name}"):
        for row in widget.rows:
            for cell in row.cells:
                with st.container(border=True, height="stretch", gap="xsmall"):
                    measure, points = measures[cell.metric], sparks.get(cell.metric, ())
                    _tile(source, widget, measure, cell, points, question)
                    target = targets.get(measure.name) or targets.get(measure.id)
                    if target is not None and cell.value is not None:
                        st.markdown(target_line(source, measure, cell.value, target))


def even_columns(count: int) -> int:
    """Columns for so many tiles that no line is left with a lonely one."""
    return ceil(count / ceil(count / MOST_COLUMNS))


def _tile(
    source: Source,
    widget: Figures,
    measure: Measure,
    cell: Cell,
    points: tuple[float, ...],
    question: Question,
) -> None:
    key = f"{widget.name}_{measure.name}"
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center",
        gap="xsmall", wrap=False, key=f"label_{key}",
    ):  # fmt: skip
        st.markdown(f":gray[{plain(measure.label)}]")
        definition_button(source, measure, cell, question, key)
    st.metric(
        measure.label,
        plain(cell.text),
        label_visibility="collapsed",
        chart_data=points if len(points) > 1 else None,
        chart_type="area",
        height=TILE_HEIGHT if len(points) > 1 else "content",
    )
    if cell.compared:
        st.markdown("  \n".join(change_line(each, source.locale) for each in cell.compared))


def target_line(source: Source, measure: Measure, value: Decimal, target: Target) -> str:
    """The target of the period, and whether the figure reaches it."""
    is_met = target.is_met(value)
    icon, color = ("check_circle", "green") if is_met else ("flag", "red")
    state = word("target_met" if is_met else "target_missed", source.locale)
    aim = plain(source.show.value(target.value, measure.unit, whole=True))
    return (
        f":small[:{color}[:material/{icon}: **{state}**]"
        f" :gray[{word('target', source.locale)} {aim}]]"
    )


def change_line(compared: Compared, locale: str) -> str:
    """What changed since an earlier period, with an arrow and the colour of its meaning."""
    since = word(VERSUS[compared.basis], locale)
    if compared.change is None:
        return f":small[:gray[{DASH} {since}]]"
    arrow = "→" if compared.change == 0 else "↑" if compared.change > 0 else "↓"
    color = COLORS[compared.tone]
    return f":small[:{color}[**{arrow} {plain(compared.change_text)}**] :gray[{since}]]"
