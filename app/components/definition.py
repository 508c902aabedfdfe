"""What a figure means: formula, unit, basis, exact value, SQL and publication, one click away.

Definitions themselves are in the semantic YAML.
"""

import streamlit as st

from app.components.text import plain
from app.source import Question, Source
from app.words import word
from reports.result import Cell, Measure
from reports.words import unit_word


def definition_button(
    source: Source, measure: Measure, cell: Cell, question: Question, key: str
) -> None:
    """A small button that opens the definition of a figure."""
    if st.button(
        "",
        icon=":material/info:",
        type="tertiary",
        help=word("definition", source.locale),
        key=f"definition_{key}",
    ):
        dialog = st.dialog(measure.label, width="medium")(_definition)
        dialog(source, measure, cell, question)


def _definition(source: Source, measure: Measure, cell: Cell, question: Question) -> None:
    st.markdown(plain(measure.formula))
    lines = [f":gray[{plain(name)}] {plain(text)}" for name, text in _facts(source, measure, cell)]
    st.markdown("  \n".join(lines))
    st.code(source.definition(measure.name, question).sql, language="sql", wrap_lines=True)


def _facts(source: Source, measure: Measure, cell: Cell) -> list[tuple[str, str]]:
    locale, made = source.locale, source.publication
    publication = word("publication", locale, id=made.id)
    return [
        (word("exact", locale), cell.exact),
        *((word(f"compare_{each.basis}", locale), each.text) for each in cell.compared),
        (word("unit", locale), unit_word(measure.unit, locale)),
        (word("basis", locale), measure.basis),
        (word("direction", locale), word(f"direction_{measure.direction}", locale)),
        (word("owner", locale), measure.owner),
        (word("identifier", locale), measure.id),
        (word("computed_by", locale), f"{publication}, {made.definitions[:12]}"),
    ]
