"""What a figure means: formula, unit, basis, exact value, SQL, rows and publication, a click away.

Definitions themselves are in the semantic YAML.
"""

from functools import partial
from typing import Final

import streamlit as st

from app.components.charts import ROW_HEIGHT
from app.components.text import plain
from app.exports import rows_as_csv
from app.question import Question
from app.source import Source
from app.words import word
from crm_core.security.permissions import Action, Resource, can
from reports.result import Cell, Figures, Measure
from reports.words import basis_word, unit_word

SIDES: Final = ("definition", "rows_page")
TALLEST: Final = 420


def definition_button(
    source: Source, measure: Measure, cell: Cell, question: Question, key: str
) -> None:
    """A small button that opens the definition of a figure."""
    if _button(source, measure.label, key):
        dialog = st.dialog(measure.label, width="large")(_explained)
        dialog(source, (measure,), {measure.name: cell}, question)


def measure_button(source: Source, measure: Measure, question: Question, key: str) -> None:
    """A small button that opens the definition of a metric, without a figure of it."""
    if _button(source, measure.label, key):
        dialog = st.dialog(measure.label, width="large")(_explained)
        dialog(source, (measure,), {}, question)


def explain_button(source: Source, widget: Figures, question: Question) -> None:
    """A small button that opens the definitions of all figures of a widget."""
    if _button(source, widget.title, widget.name):
        measures = tuple(source.measures(widget.metrics).values())
        cells = {cell.metric: cell for row in widget.rows for cell in row.cells}
        is_single = len(widget.rows) == 1
        dialog = st.dialog(widget.title, width="large")(_explained)
        dialog(source, measures, cells if is_single else {}, question)


def _button(source: Source, label: str, key: str) -> bool:
    return st.button(
        ":material/info:",
        type="tertiary",
        help=f"{word('definition', source.locale)}: {label}",
        key=f"definition_{key}",
    )


def _explained(
    source: Source, measures: tuple[Measure, ...], cells: dict[str, Cell], question: Question
) -> None:
    labels = {measure.name: measure.label for measure in measures}
    name = measures[0].name
    if len(measures) > 1:
        name = st.selectbox(
            word("figure", source.locale), list(labels), format_func=labels.__getitem__,
            key="explained_figure",
        )  # fmt: skip
    measure = next(each for each in measures if each.name == name)
    side = st.segmented_control(
        word("explain", source.locale), SIDES, default=SIDES[0], required=True,
        format_func=lambda side: word(side, source.locale), label_visibility="collapsed",
        key="explained_side",
    )  # fmt: skip
    if side == "rows_page":
        _rows(source, measure, question)
    else:
        st.markdown(plain(measure.formula))
        lines = _facts(source, measure, cells.get(measure.name))
        st.markdown("  \n".join(f":gray[{plain(name)}] {plain(text)}" for name, text in lines))
        sql = source.definition(measure.name, question).sql
        st.code(sql, language="sql", wrap_lines=True)


def _rows(source: Source, measure: Measure, question: Question) -> None:
    show, locale = source.show, source.locale
    for behind in source.rows(measure.name, question):
        count = show.count(behind.rows.height)
        text = word("rows_cut" if behind.is_cut else "rows_all", locale, count=count)
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            st.caption(f"`{behind.mart}` {plain(text)}", width="content")
            if can(source.subject, Resource.WAREHOUSE, Action.EXPORT):
                st.download_button(
                    "CSV",
                    data=partial(rows_as_csv, source, measure.name, behind, question),
                    file_name=f"{measure.name}_{behind.mart.partition('.')[2]}.csv",
                    mime="text/csv",
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"rows_{behind.mart}",
                )
        height = min(ROW_HEIGHT * (behind.rows.height + 1) + 2, TALLEST)
        st.dataframe(behind.rows, hide_index=True, height=height, row_height=ROW_HEIGHT)


def _facts(source: Source, measure: Measure, cell: Cell | None) -> list[tuple[str, str]]:
    locale, made = source.locale, source.publication
    publication = word("publication", locale, id=made.id)
    exact = [(word("exact", locale), cell.exact)] if cell else []
    compared = cell.compared if cell else ()
    return [
        *exact,
        *((word(f"compare_{each.basis}", locale), each.text) for each in compared),
        (word("unit", locale), unit_word(measure.unit, locale)),
        (word("basis", locale), basis_word(measure.basis, locale)),
        (word("direction", locale), word(f"direction_{measure.direction}", locale)),
        (word("owner", locale), measure.owner),
        (word("identifier", locale), measure.id),
        (word("computed_by", locale), f"{publication}, {made.definitions[:12]}"),
    ]
