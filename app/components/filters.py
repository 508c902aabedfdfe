"""The filters of a page, kept in its address: period, comparison, branch.

They narrow what is shown; what may be shown at all is decided by the door.
"""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from app.components.address import give, take
from app.components.text import plain
from app.source import Question, Source
from app.words import word
from reports.spec import ComparisonName
from transforms.metrics.branches import Branch
from transforms.metrics.errors import UnknownPeriod
from transforms.metrics.query import Filter

PERIODS: Final = (
    "last_week", "this_week", "month_to_date", "last_month", "last_quarter", "year_to_date",
    "last_year", "trailing_12_months",
)  # fmt: skip
COMPARISONS: Final[tuple[ComparisonName, ...]] = ("previous", "last_year")


@dataclass(frozen=True)
class Chosen:
    """What the filters say."""

    question: Question
    compare: tuple[ComparisonName, ...]


def filters(source: Source, default_period: str, *, by_branch: bool) -> Chosen:
    """Draws the filters and reads them; stops the page at a period that cannot be understood."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="filters"):
        branch = _branch(source) if by_branch else None
        words = _period(source, default_period)
        compare = _compare(source)
    try:
        period = source.period(words)
    except UnknownPeriod as error:
        st.error(plain(error.line), icon=":material/event_busy:")
        st.stop()
    where = (Filter("branch", (branch.code,)),) if branch else ()
    return Chosen(Question(period, where, branch), compare)


def _period(source: Source, default: str) -> str:
    known = (default, *(name for name in PERIODS if name != default))
    if (said := take("period", [default])) is not None:
        st.session_state["period"] = said[0]
    chosen = st.selectbox(
        word("period", source.locale),
        known,
        key="period",
        format_func=lambda name: word(name, source.locale) if name in PERIODS else name,
        help=word("period_help", source.locale),
        accept_new_options=True,
        width=230,
    )
    words = str(chosen or default)
    give("period", [words], [default])
    return words


def _compare(source: Source) -> tuple[ComparisonName, ...]:
    if (said := take("compare", COMPARISONS, COMPARISONS)) is not None:
        st.session_state["compare"] = said
    chosen = st.segmented_control(
        word("compare", source.locale),
        COMPARISONS,
        selection_mode="multi",
        key="compare",
        format_func=lambda name: word(f"compare_{name}", source.locale),
    )
    compare = tuple(name for name in COMPARISONS if name in chosen)
    give("compare", compare, COMPARISONS)
    return compare


def _branch(source: Source) -> Branch:
    """The branch chosen among those of the door; the page stops where there is none."""
    known = {branch.code: branch for branch in source.branches()}
    if not known:
        st.info(word("no_branch", source.locale))
        st.stop()
    codes = list(known)
    if (said := take("branch", codes[:1], known)) is not None:
        st.session_state["branch"] = said[0]
    code = st.selectbox(
        word("branch", source.locale),
        codes,
        key="branch",
        format_func=lambda code: known[code].name,
        width=230,
    )
    give("branch", [code], codes[:1])
    return known[code]
