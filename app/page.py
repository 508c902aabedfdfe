"""A page from its spec: head, filters, sections of widgets, and what to do when there is nothing.

Specs are in `reports/pages`; single parts are drawn by `app.components`.
"""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from app import access
from app import source as sources
from app.components.charts import bar_chart, line_chart, notes, table
from app.components.downloads import downloads
from app.components.filters import Chosen, filters
from app.components.header import health_note, title
from app.components.text import plain
from app.components.tiles import tiles
from app.source import Question, Source
from app.words import word
from crm_core.errors import CrmError
from reports.result import Facts, Figures, Paragraph, Widget
from reports.spec import ComparisonName, FactsSpec, FiguresSpec, PageSpec, TextSpec, load_page

Spec = FiguresSpec | FactsSpec | TextSpec

WIDE_TABLE: Final = 4
"""Tables of more columns stand beside nothing."""


def show_page(name: str, heading: str, *, by_branch: bool) -> None:
    """The page of that name for whoever is looking; `heading` names a word."""
    with sources.open_source(access.current_account()) as source:
        page = load_page(name)
        head = st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"
        )
        chosen = filters(source, page.period, by_branch=by_branch)
        page = narrowed(page, chosen.compare)
        with head:
            with st.container(width="stretch"):
                title(source, word(heading, source.locale), chosen.question)
            with st.container(width="content"):
                downloads(source, page, chosen.question)
        health_note(source)
        for section in page.sections:
            st.subheader(plain(section.title(source.locale)), anchor=False)
            for line in lines(section.widgets):
                _line(source, line, chosen)


def narrowed(page: PageSpec, compare: tuple[ComparisonName, ...]) -> PageSpec:
    """The page with the comparisons that were chosen, of those its spec has."""
    sections = []
    for section in page.sections:
        widgets = [
            widget.model_copy(
                update={"compare": tuple(each for each in widget.compare if each in compare)}
            )
            if not isinstance(widget, FactsSpec | TextSpec)
            else widget
            for widget in section.widgets
        ]
        sections.append(section.model_copy(update={"widgets": tuple(widgets)}))
    return page.model_copy(update={"sections": tuple(sections)})


def lines(widgets: Sequence[Spec]) -> list[tuple[Spec, ...]]:
    """Widgets in lines of one or two; tiles and wide tables have a line of their own."""
    found: list[tuple[Spec, ...]] = []
    for widget in widgets:
        is_alone = widget.kind == "tiles" or (
            widget.kind == "table" and len(widget.metrics) > WIDE_TABLE
        )
        if found and len(found[-1]) == 1 and not is_alone and _pairs(found[-1][0]):
            found[-1] = (*found[-1], widget)
        else:
            found.append((widget,))
    return found


def _pairs(widget: Spec) -> bool:
    return widget.kind != "tiles" and not (
        widget.kind == "table" and len(widget.metrics) > WIDE_TABLE
    )


def _line(source: Source, specs: tuple[Spec, ...], chosen: Chosen) -> None:
    columns = st.columns(len(specs), gap="large") if len(specs) > 1 else [st.container()]
    for column, spec in zip(columns, specs, strict=True):
        with column:
            try:
                _draw(source, source.widget(spec, chosen.question), chosen.question)
            except CrmError as error:
                st.caption(f"{plain(spec.title(source.locale))}: {plain(error.line)}")


def _draw(source: Source, widget: Widget, question: Question) -> None:
    match widget:
        case Paragraph():
            st.markdown(plain(widget.text))
        case Facts():
            st.caption("  \n".join(f"{plain(f.label)}: {plain(f.text)}" for f in widget.facts))
        case Figures():
            _figures(source, widget, question)


def _figures(source: Source, widget: Figures, question: Question) -> None:
    # Tiles of the page's own period need no title: their section's says it.
    if widget.kind != "tiles" or widget.span.start != question.period.start:
        st.markdown(f"**{plain(widget.title)}**")
    if not widget.metrics or not widget.rows:
        if not widget.notes:
            st.caption(word("not_yet", source.locale))
    elif widget.kind == "tiles":
        tiles(source, widget, question)
    elif widget.kind == "line":
        line_chart(source, widget)
    elif widget.kind == "bar":
        bar_chart(source, widget)
    else:
        table(source, widget)
    notes(widget)
