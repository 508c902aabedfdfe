"""A page from its spec: head, filters, tabs, sections of parts, and what to do without figures.

Specs are in `reports/pages`; single parts are drawn by `app.components` and `app.panels`.
"""

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from app import access
from app import source as sources
from app.components.address import give, take
from app.components.downloads import downloads
from app.components.filters import Chosen, filters
from app.components.header import health_note, scope_line, title
from app.components.leave import leave
from app.components.text import plain
from app.components.widgets import draw_widget
from app.narrow import Spec
from app.panels import draw_panel
from app.source import Source
from app.words import word
from crm_core.errors import CrmError
from crm_core.services.tenancy.access import SessionEnded
from reports.page import PagePart, PageSpec, PanelSpec, load_page
from reports.spec import ComparisonName, FiguresSpec, SectionSpec

WIDE_TABLE: Final = 2
"""Tables of more columns stand beside nothing."""

LIVE_EVERY: Final = "60s"

Part = Spec | PanelSpec


def show_page(name: str) -> None:
    """The page of that name for whoever is looking."""
    with sources.open_source(access.current_account()) as source:
        page = load_page(name)
        head = st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"
        )
        chosen = filters(source, page)
        page = compared_with(page, chosen.compare)
        tab = _chosen_tab(source, page)
        seen = page.tab(tab)
        with head:
            with st.container(width="stretch"):
                title(source, page.title(source.locale), chosen)
            with st.container(width="content"):
                downloads(source, seen, chosen.question, scope_line(source, chosen))
        health_note(source)
        with _tabs(source, page, tab):
            for section in seen.sections:
                _section(source, page, section, chosen)


def compared_with(page: PageSpec, compare: tuple[ComparisonName, ...]) -> PageSpec:
    """The page with the comparisons that were chosen, of those its spec has."""
    sections = []
    for section in page.sections:
        widgets = [
            widget.model_copy(
                update={"compare": tuple(each for each in widget.compare if each in compare)}
            )
            if isinstance(widget, FiguresSpec)
            else widget
            for widget in section.widgets
        ]
        sections.append(section.model_copy(update={"widgets": tuple(widgets)}))
    return page.model_copy(update={"sections": tuple(sections)})


# tabs


def _chosen_tab(source: Source, page: PageSpec) -> str:
    """The name of the open tab, by the address or by what was clicked; empty without tabs."""
    if not page.page.tabs:
        return ""
    labels = {tab.name: tab.title(source.locale) for tab in page.page.tabs}
    first, key = next(iter(labels)), f"tab_of_{page.name}"
    if (said := take("tab", [first], labels)) is not None:
        st.session_state[key] = labels[said[0]]
    names = {label: name for name, label in labels.items()}
    tab = names.get(str(st.session_state.get(key)), first)
    give("tab", [tab], [first])
    return tab


def _tabs(source: Source, page: PageSpec, tab: str) -> "st.delta_generator.DeltaGenerator":
    """Where the sections of the open tab go; the others are not asked for."""
    if not tab:
        return st.container()
    names = [each.name for each in page.page.tabs]
    labels = [each.title(source.locale) for each in page.page.tabs]
    drawn = st.tabs(labels, key=f"tab_of_{page.name}", on_change="rerun")
    return drawn[names.index(tab)]


# sections


def _section(source: Source, page: PageSpec, section: SectionSpec, chosen: Chosen) -> None:
    with st.container(key=f"section_{section.name}"):
        st.subheader(plain(section.title(source.locale)), anchor=False)
        for line in lines(page, section):
            columns = st.columns(len(line), gap="large") if len(line) > 1 else [st.container()]
            for column, part in zip(columns, line, strict=True):
                with column:
                    _part(source, page.page, part, chosen)


def lines(page: PageSpec, section: SectionSpec) -> list[tuple[Part, ...]]:
    """What stands beside each other: as the page says, else two by two.

    Tiles and wide tables have a line of their own.
    """
    panels = [panel for panel in page.page.panels if panel.section == section.name]
    parts: dict[str, Part] = {part.name: part for part in (*section.widgets, *panels)}
    if said := page.page.lines.get(section.name):
        return [tuple(parts[name] for name in line) for line in said]
    return _in_pairs(list(parts.values()), page.page)


def _in_pairs(parts: Sequence[Part], page: PagePart) -> list[tuple[Part, ...]]:
    found: list[tuple[Part, ...]] = []
    for part in parts:
        if found and len(found[-1]) == 1 and _pairs(part, page) and _pairs(found[-1][0], page):
            found[-1] = (*found[-1], part)
        else:
            found.append((part,))
    return found


def _pairs(part: Part, page: PagePart) -> bool:
    if isinstance(part, PanelSpec):
        return False
    if part.kind == "tiles":
        return part.name in page.drawn
    return part.kind != "table" or len(part.metrics) <= WIDE_TABLE


def _part(source: Source, page: PagePart, part: Part, chosen: Chosen) -> None:
    if isinstance(part, PanelSpec):
        _guarded(source, part, lambda: draw_panel(source, part, chosen.question))
    elif part.name in page.live:
        _live(source, page, part, chosen)
    else:
        ask = source.widget
        _guarded(
            source, part,
            lambda: draw_widget(source, page, ask(part, chosen.question), chosen.question),
        )  # fmt: skip


@st.fragment(run_every=LIVE_EVERY)
def _live(source: Source, page: PagePart, part: Spec, chosen: Chosen) -> None:
    """A part that asks again by itself; whose session has ended meanwhile sees it no more."""
    try:
        access.current_account()
    except SessionEnded:
        leave("/login", word("sign_in_again", source.locale))
    ask = source.live_widget
    _guarded(
        source, part,
        lambda: draw_widget(source, page, ask(part, chosen.question), chosen.question, live=True),
    )  # fmt: skip


def _guarded(source: Source, part: Part, draw: Callable[[], None]) -> None:
    """Draws one part; what is wrong with it is one line in its place, and the rest stands."""
    try:
        draw()
    except CrmError as error:
        st.caption(f"{plain(part.title(source.locale))}: {plain(error.line)}")
