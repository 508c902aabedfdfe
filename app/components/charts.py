"""Charts and tables on the page: typed widgets, drawn.

Figures are built in `app.figures`; what a widget holds is asked in `app.source`.
"""

from typing import Any, Final

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from app.components.text import plain
from app.figures import bar_figure, line_figure
from app.palette import Palette, palette
from app.source import Source
from reports.format import DASH
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


def bar_chart(source: Source, widget: Figures) -> None:
    """Horizontal bars."""
    measures = source.measures(widget.metrics)
    figure = bar_figure(widget, measures, source.show, palette())
    st.plotly_chart(figure, key=f"chart_{widget.name}", config=CONFIG, alt=widget.title)


def table(source: Source, widget: Figures) -> None:
    """A table that sorts by value and reads as the formatter prints."""
    measures = source.measures(widget.metrics)
    frame, styled = styled_frame(source, widget, measures, palette())
    st.dataframe(
        styled,
        hide_index=True,
        key=f"table_{widget.name}",
        height=min(ROW_HEIGHT * (len(frame) + 1) + 2, TALLEST),
        row_height=ROW_HEIGHT,
        placeholder=DASH,
        alt=widget.title,
        column_config={
            name: st.column_config.Column(pinned=index == 0, alignment="right" if index else "left")
            for index, name in enumerate(frame.columns)
        },
    )


def styled_frame(
    source: Source, widget: Figures, measures: dict[str, Measure], colors: Palette
) -> tuple[pd.DataFrame, Styler]:
    """Numbers to sort by, dressed in the texts of the widget; the total row stands out."""
    heads = {
        name: headed(measures[name].label, source.show.unit_sign(measures[name].unit))
        for name in widget.metrics
    }
    labels = widget.by_labels or (dimension_word("line", source.locale),)
    keys = [labels[0] if len(labels) == 1 else " · ".join(labels)]
    data: dict[str, list[Any]] = {
        keys[0]: [" · ".join(key.text for key in row.keys) for row in widget.rows]
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
