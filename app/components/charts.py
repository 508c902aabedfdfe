"""Charts and tables on the page: typed widgets, drawn; a click on one narrows the page.

Figures are built in `app.figures` and `app.row_figures`; what a widget holds in `app.source`.
"""

from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from app.components.filters import toggle
from app.components.text import plain
from app.figures import bar_figure, line_figure
from app.grid_figures import heat_figure
from app.palette import Palette, palette
from app.question import Question
from app.row_figures import row_figure
from app.source import Source
from app.words import word
from reports.format import DASH
from reports.page import Drawn
from reports.result import Figures, Measure
from reports.words import dimension_word, headed

CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "showTips": False, "responsive": True}
TALLEST: Final = 560
ROW_HEIGHT: Final = 36


def line_chart(source: Source, widget: Figures) -> None:
    """Lines over time."""
    measures = source.measures(widget.metrics)
    figure = line_figure(widget, measures, source.show, palette())
    st.plotly_chart(figure, key=f"chart_{widget.name}", config=CONFIG, alt=widget.title)


def bar_chart(source: Source, widget: Figures, clicked: str | None, question: Question) -> None:
    """Horizontal bars; a click narrows the page where it has a filter `clicked` for them."""
    measures = source.measures(widget.metrics)
    chosen = question.values_of(clicked) if clicked else ()
    figure = bar_figure(widget, measures, source.show, palette(), chosen)
    # The name changes with the choice, so that a chart is drawn anew instead of keeping a mark.
    key = f"chart_{widget.name}_{'_'.join(map(str, chosen))}"
    if clicked is None:
        st.plotly_chart(figure, key=key, config=CONFIG, alt=widget.title)
        return
    st.plotly_chart(
        figure,
        key=key,
        config=CONFIG,
        alt=f"{widget.title}. {word('click_bar', source.locale)}",
        on_select=partial(_point_clicked, key, clicked, widget),
        selection_mode="points",
    )


def heat_chart(source: Source, widget: Figures) -> None:
    """A metric over two dimensions, or over one and time, shaded."""
    measure = source.measures(widget.metrics)[widget.metrics[0]]
    figure = heat_figure(widget, measure, source.show, palette())
    st.plotly_chart(figure, key=f"chart_{widget.name}", config=CONFIG, alt=widget.title)


def row_chart(source: Source, widget: Figures, drawn: Drawn) -> None:
    """A row of figures as a bridge, as shares of the first, or as bars."""
    measures = source.measures(widget.metrics)
    figure = row_figure(widget, measures, source.show, palette(), drawn)
    st.plotly_chart(figure, key=f"chart_{widget.name}", config=CONFIG, alt=widget.title)


def table(source: Source, widget: Figures, clicked: str | None, question: Question) -> None:
    """A table that sorts by value and reads as the formatter prints."""
    measures = source.measures(widget.metrics)
    frame, styled = styled_frame(source, widget, measures, palette())
    texts = len(frame.columns) - len(widget.metrics)
    key = f"table_{widget.name}"
    on_select: Any = "ignore"
    if clicked is not None:
        key += "_".join(map(str, question.values_of(clicked)))
        on_select = partial(_cell_clicked, key, clicked, widget)
    st.dataframe(
        styled,
        hide_index=True,
        key=key,
        height=min(ROW_HEIGHT * (len(frame) + 1) + 2, TALLEST),
        row_height=ROW_HEIGHT,
        placeholder=DASH,
        alt=widget.title,
        on_select=on_select,
        selection_mode="single-cell" if clicked is not None else "multi-row",
        column_config={
            name: st.column_config.Column(
                pinned=index == 0, alignment="left" if index < texts else "right"
            )
            for index, name in enumerate(frame.columns)
        },
    )


def _point_clicked(key: str, dimension: str, widget: Figures) -> None:
    points = st.session_state[key]["selection"]["points"]
    _choose(dimension, widget, points[0]["point_index"] if points else None)


def _cell_clicked(key: str, dimension: str, widget: Figures) -> None:
    cells = st.session_state[key]["selection"]["cells"]
    _choose(dimension, widget, cells[0][0] if cells else None)


def _choose(dimension: str, widget: Figures, index: int | None) -> None:
    if index is None or index >= len(widget.rows) or widget.rows[index].kind == "total":
        return
    value = next(k.value for k in widget.rows[index].keys if k.dimension == dimension)
    if value is not None:
        toggle(dimension, value)


def styled_frame(
    source: Source, widget: Figures, measures: dict[str, Measure], colors: Palette
) -> tuple[pd.DataFrame, Styler]:
    """Numbers to sort by, dressed in the texts of the widget; the total row stands out."""
    heads = {
        name: headed(measures[name].label, source.show.unit_sign(measures[name].unit))
        for name in widget.metrics
    }
    labels = widget.by_labels or (dimension_word("line", source.locale),)
    data: dict[str, list[Any]] = {
        label: [row.keys[index].text if index < len(row.keys) else "" for row in widget.rows]
        for index, label in enumerate(labels)
    }
    shown: dict[str, dict[float, str]] = {}
    for name, head in heads.items():
        cells = [row.cell(name) for row in widget.rows]
        data[head] = [None if cell.value is None else float(cell.value) for cell in cells]
        shown[head] = {float(cell.value): cell.bare for cell in cells if cell.value is not None}
    frame = pd.DataFrame(data).astype(dict.fromkeys(heads.values(), "float64"))
    styled = frame.style.format({head: texts.get for head, texts in shown.items()}, na_rep=DASH)
    totals = [index for index, row in enumerate(widget.rows) if row.kind == "total"]
    if totals:
        dress = f"font-weight: 700; background-color: {colors.rule}; color: {colors.ink}"
        styled = styled.set_properties(subset=pd.IndexSlice[totals, :], **_properties(dress))
    return frame, styled


def _properties(css: str) -> dict[str, str]:
    pairs = (part.split(":") for part in css.split(";"))
    return {name.strip(): value.strip() for name, value in pairs}


def notes(widget: Figures) -> None:
    """What the reader must know about a widget."""
    for note in widget.notes:
        st.caption(plain(note))
