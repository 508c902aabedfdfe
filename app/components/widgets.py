"""A widget of a page: its title with what it means beside it, then how it is drawn.

Tiles, charts and tables are in modules of their own; what a widget holds is asked in `app.source`.
"""

import streamlit as st

from app.components.charts import bar_chart, heat_chart, line_chart, notes, row_chart, table
from app.components.definition import explain_button
from app.components.text import plain
from app.components.tiles import tiles
from app.question import Question
from app.source import Source
from app.words import word
from reports.page import PagePart
from reports.result import Facts, Figures, Paragraph, Widget


def draw_widget(
    source: Source, page: PagePart, widget: Widget, question: Question, *, live: bool = False
) -> None:
    """One widget of whatever kind; `live` when it shows the core as it is now."""
    match widget:
        case Paragraph():
            st.markdown(plain(widget.text))
        case Facts():
            st.caption("  \n".join(f"{plain(f.label)}: {plain(f.text)}" for f in widget.facts))
        case Figures():
            _figures(source, page, widget, question, live=live)


def _figures(
    source: Source, page: PagePart, widget: Figures, question: Question, *, live: bool
) -> None:
    drawn = page.drawn.get(widget.name)
    is_tiles = widget.kind == "tiles" and drawn is None
    # Tiles of the page's own period need no title: their section's says it.
    if not is_tiles or widget.span.start != question.period.start:
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"head_{widget.name}"
        ):
            st.markdown(f"**{plain(widget.title)}**", width="content")
            if live:
                st.badge(word("live", source.locale), icon=":material/sensors:", color="green")
            if not is_tiles and widget.metrics:
                explain_button(source, widget, question)
    first = widget.by[0] if widget.by else None
    clicked = first if first in (*page.filters, *page.picks) else None
    is_empty = all(cell.value is None for row in widget.rows for cell in row.cells)
    if not widget.metrics or (is_empty and not is_tiles):
        if widget.metrics or not widget.notes:
            st.caption(word("not_yet", source.locale))
    elif drawn is not None:
        row_chart(source, widget, drawn)
    elif is_tiles:
        tiles(source, widget, question, live=live)
    elif widget.kind == "line":
        line_chart(source, widget)
    elif widget.kind == "heat":
        heat_chart(source, widget)
    elif widget.kind == "bar":
        bar_chart(source, widget, clicked, question)
    else:
        table(source, widget, clicked, question)
    notes(widget)
