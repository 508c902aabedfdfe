"""What a figure means: formula, unit, basis, exact value, SQL and publication, one click away.

Definitions themselves are in the semantic YAML.
"""

import streamlit as st

from app.components.text import plain
from app.source import Question, Source
from app.words import word
from reports.result import Cell
from reports.words import unit_word


def definition_button(
    source: Source, metric: str, cell: Cell, question: Question, key: str
) -> None:
    """A small button that opens the definition of a figure."""
    label = word("definition", source.locale)
    if st.button("", icon=":material/info:", type="tertiary", help=label, key=f"definition_{key}"):
        dialog = st.dialog(label, width="medium")(_definition)
        dialog(source, metric, cell, question)


def _definition(source: Source, metric: str, cell: Cell, question: Question) -> None:
    locale = source.locale
    found = source.definition(metric, question)
    measure = found.measure
    st.markdown(f"**{plain(measure.label)}** :gray[· {plain(measure.id)}]")
    st.markdown(plain(measure.formula))
    facts = {
        "exact": cell.exact,
        "unit": unit_word(measure.unit, locale),
        "basis": measure.basis,
        "direction": word(f"direction_{measure.direction}", locale),
        "owner": measure.owner,
        "computed_by": _publication(source),
    }
    st.markdown(
        "  \n".join(f":gray[{word(name, locale)}] {plain(text)}" for name, text in facts.items())
    )
    for each in cell.compared:
        st.markdown(f":gray[{word(f'compare_{each.basis}', locale)}] {plain(each.text)}")
    st.code(found.sql, language="sql", wrap_lines=True, height=260)


def _publication(source: Source) -> str:
    made = source.publication
    text = word("publication", source.locale, id=made.id)
    return f"{text}, {made.definitions[:12]}"
