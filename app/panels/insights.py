"""What changed and why: sentences first, then what each cause did, then place by place.

Sentences and causes are the warehouse's, as the viewer's door shows them; they are read in
`transforms.insight.told`.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import streamlit as st

from app.components.charts import CONFIG, ROW_HEIGHT, TALLEST, styled_frame
from app.components.definition import measure_button
from app.components.text import plain
from app.palette import palette
from app.panels.lists import head, take_rows
from app.question import Question
from app.row_figures import row_figure
from app.source import Source
from app.words import word
from crm_core.security.permissions import Action, can
from reports.format import DASH, Unit
from reports.page import Drawn, PanelSpec, load_page
from reports.result import Cell, Figures, Key, Measure, Row, Span
from transforms.insight import told
from transforms.insight.decompose import EFFECTS
from transforms.insight.told import ToldMove
from transforms.metrics.period import Grain, shift

MOST: Final = 12
"""Sentences to be read at once; the table has all places."""

KINDS: Final = {"month before": "since_month", "year before": "since_year"}
BRIDGE: Final = Drawn(kind="bridge")
UP: Final = ":material/trending_up:"
DOWN: Final = ":material/trending_down:"
FLAT: Final = ":material/trending_flat:"


def kpi_moves(source: Source, panel: PanelSpec, question: Question) -> None:
    """What moved since the month or the year before; of the company unless it is narrowed."""
    locale = source.locale
    with source.door_of_run() as door:
        found = told.moves(door, [str(value) for value in question.values_of("branch")])
    head(source, panel, live=False)
    kinds = [kind for kind in KINDS if any(move.compared == kind for move in found)]
    if not kinds:
        st.caption(word("no_moves", locale))
        return
    kind = kinds[0]
    if len(kinds) > 1:
        kind = st.segmented_control(
            word("compare", locale), kinds, default=kinds[0], required=True, key="moves_since",
            format_func=lambda kind: word(KINDS[kind], locale), label_visibility="collapsed",
        )  # fmt: skip
    shown = [move for move in found if move.compared == kind]
    whole = [move for move in shown if move.branch is None]
    for move in (whole or shown)[:MOST]:
        arrow = UP if move.change > 0 else DOWN if move.change < 0 else FLAT
        st.markdown(f"{arrow} {plain(move.sentence(locale))}")
    _causes(source, panel, shown, question)


def findings(source: Source, panel: PanelSpec, question: Question) -> None:
    """What was not like its season, growth and level lately, newest first."""
    locale = source.locale
    with source.door_of_run() as door:
        found = told.findings(door, [str(value) for value in question.values_of("branch")])
    head(source, panel, live=False)
    if not found:
        st.caption(word("no_findings", locale))
    for odd in found[:MOST]:
        lasts = f" :orange-badge[{word('lasting', locale)}]" if odd.is_current else ""
        arrow = UP if odd.direction == "up" else DOWN
        st.markdown(f"{arrow} {plain(odd.sentence(locale))}{lasts}")
    if len(found) > MOST:
        st.caption(word("newest_of", locale, shown=MOST, all=len(found)))


def _causes(
    source: Source, panel: PanelSpec, shown: Sequence[ToldMove], question: Question
) -> None:
    """What each cause did to one figure at one place, and all places beside each other."""
    locale = source.locale
    measures = source.measures(tuple(dict.fromkeys(move.metric for move in shown)))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        metric = st.selectbox(
            word("figure", locale), list(measures), key="moves_metric", width=300,
            format_func=lambda name: measures[name].label,
        )  # fmt: skip
        of_metric = {move.branch or "": move for move in shown if move.metric == metric}
        place = st.selectbox(
            word("place", locale), list(of_metric), key="moves_place", width=240,
            format_func=lambda code: _place(source, of_metric[code]),
        )  # fmt: skip
        measure_button(source, measures[metric], question, f"moves_{metric}")
    move, measure = of_metric[place], measures[metric]
    widget, labels = contributions(source, [move], measure)
    row = row_figure(widget, labels, source.show, palette(), BRIDGE)
    st.plotly_chart(
        row, key=f"chart_moves_{metric}_{place}", config=CONFIG, alt=move.sentence(locale)
    )
    if place and _opens_branches(source):
        address = f"/branch?branch={place}&period={move.month_on:%Y-%m}"
        st.markdown(f":material/store: [{word('to_branch', locale)}]({address})")
    if len(of_metric) > 1:
        _table(source, panel, list(of_metric.values()), measure)


def _table(
    source: Source, panel: PanelSpec, of_metric: Sequence[ToldMove], measure: Measure
) -> None:
    widget, labels = contributions(source, of_metric, measure)
    frame, styled = styled_frame(source, widget, labels, palette())
    st.dataframe(
        styled, hide_index=True, row_height=ROW_HEIGHT, placeholder=DASH, key="table_moves",
        height=min(ROW_HEIGHT * (len(frame) + 1) + 2, TALLEST), alt=panel.title(source.locale),
    )  # fmt: skip
    take_rows(source, panel, frame.to_dict("records"))


def contributions(
    source: Source, places: Sequence[ToldMove], measure: Measure
) -> tuple[Figures, dict[str, Measure]]:
    """A row per place, from the earlier figure over every cause that was at work to the later."""
    first = places[0]
    at_work = [name for name in EFFECTS if any(move.effects[name] for move in places)]
    labels = {
        "before": _month(source, first.before_month_on),
        **{name: word(f"cause_{name}", source.locale) for name in at_work},
        "after": _month(source, first.month_on),
    }
    rows = tuple(
        Row(
            keys=(Key(dimension="branch", value=move.branch, text=_place(source, move)),),
            cells=tuple(
                _cell(source, name, labels[name], value, measure.unit)
                for name, value in _values(move, at_work)
            ),
        )
        for move in places
    )
    widget = Figures(
        kind="table", name="contributions", title=measure.label, metrics=tuple(labels),
        by=("branch",), by_labels=(word("place", source.locale),), rows=rows,
        span=Span(start=first.month_on, end=shift(first.month_on, Grain.MONTH, 1),
                  text=labels["after"]),
    )  # fmt: skip
    named = {
        name: measure.model_copy(update={"name": name, "label": label})
        for name, label in labels.items()
    }
    return widget, named


def _values(move: ToldMove, at_work: Iterable[str]) -> list[tuple[str, Decimal]]:
    causes = [(name, move.effects[name]) for name in at_work]
    return [("before", move.before), *causes, ("after", move.after)]


def _cell(source: Source, name: str, label: str, value: Decimal, unit: Unit) -> Cell:
    sign = "+" if name in EFFECTS and value > 0 else ""
    text = sign + source.show.value(value, unit, whole=True)
    bare = sign + source.show.bare(value, unit, whole=True)
    return Cell(metric=name, value=value, text=text, bare=bare, exact=f"{label}: {text}")


def _month(source: Source, first: date) -> str:
    return source.show.period(first, shift(first, Grain.MONTH, 1))


def _place(source: Source, move: ToldMove) -> str:
    return move.place or word("whole_company", source.locale)


def _opens_branches(source: Source) -> bool:
    needs = load_page("branch").page.needs
    return all(can(source.subject, each, Action.READ) for each in needs)
