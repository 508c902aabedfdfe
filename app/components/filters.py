"""The filters of a page, kept in its address: period, comparison, branch, and its own dimensions.

They narrow what is shown; what may be shown at all is decided by the door.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import streamlit as st

from app.components.address import give, take
from app.components.text import plain
from app.question import Choice, Question
from app.source import Source
from app.words import word
from reports.page import PageSpec
from reports.spec import ComparisonName, FiguresSpec
from reports.words import dimension_word
from transforms.metrics.branches import Branch
from transforms.metrics.errors import UnknownPeriod
from transforms.metrics.query import Filter

PERIODS: Final = (
    "last_week", "this_week", "month_to_date", "last_month", "last_quarter", "year_to_date",
    "last_year", "trailing_12_months",
)  # fmt: skip
COMPARISONS: Final[tuple[ComparisonName, ...]] = ("previous", "last_year")
WIDE: Final = 230


@dataclass(frozen=True)
class Narrowing:
    """One dimension that the page is narrowed in, in words."""

    label: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Chosen:
    """What the filters say."""

    question: Question
    compare: tuple[ComparisonName, ...]
    narrowings: tuple[Narrowing, ...] = ()


def filters(source: Source, page: PageSpec) -> Chosen:
    """Draws the filters and reads them; stops the page at a period that cannot be understood."""
    part = page.page
    by_branch = part.one_branch and not source.sees_own_only
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="filters"):
        branch = _branch(source) if by_branch else None
        words = _period(source, page.period) if part.is_periodic else page.period
        compare = _compare(source) if _compares(page) else ()
        found = {**_narrowing(source, page), **_picked(source, page)}
    try:
        period = source.period(words)
    except UnknownPeriod as error:
        st.error(plain(error.line), icon=":material/event_busy:")
        st.stop()
    where = [Filter("branch", (branch.code,))] if branch else []
    where += [Filter(name, tuple(each.value for each in some)) for name, some in found.items()]
    narrowings = tuple(
        Narrowing(dimension_word(name, source.locale), tuple(each.text for each in some))
        for name, some in found.items()
    )
    return Chosen(Question(period, tuple(where), branch), compare, narrowings)


def toggle(dimension: str, value: str) -> None:
    """Narrows the page to a value that was clicked, or no longer."""
    said = list(st.session_state.get(_key(dimension), []))
    st.session_state[_key(dimension)] = [] if said == [value] else [value]


def _compares(page: PageSpec) -> bool:
    figures = [each for each in page.widgets if isinstance(each, FiguresSpec)]
    return any(each.compare for each in figures)


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
        width=WIDE,
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
        width=WIDE,
    )
    give("branch", [code], codes[:1])
    return known[code]


def _narrowing(source: Source, page: PageSpec) -> dict[str, tuple[Choice, ...]]:
    """The values chosen per dimension of the page; dimensions of one value are not offered."""
    offered = {name: _choices(source, page, name) for name in page.page.filters}
    offered = {name: choices for name, choices in offered.items() if len(choices) > 1}
    if not offered:
        return {}
    for name, choices in offered.items():
        if (said := take(_address(name), [], {each.value for each in choices})) is not None:
            st.session_state[_key(name)] = said
    active = sum(bool(st.session_state.get(_key(name))) for name in offered)
    label = word("filters", source.locale) + (f" · {active}" if active else "")
    found = {}
    with st.popover(label, icon=":material/filter_alt:", key="narrowing"):
        for name, choices in offered.items():
            texts = {each.value: each.text for each in choices}
            chosen = st.multiselect(
                dimension_word(name, source.locale),
                list(texts),
                key=_key(name),
                format_func=partial(_text, texts),
                placeholder=word("all", source.locale),
            )
            give(_address(name), chosen, [])
            if chosen:
                found[name] = tuple(each for each in choices if each.value in chosen)
        if active:
            st.button(
                word("clear", source.locale), icon=":material/filter_alt_off:", type="tertiary",
                on_click=_clear, args=(tuple(offered),), key="clear_filters",
            )  # fmt: skip
    return found


def _picked(source: Source, page: PageSpec) -> dict[str, tuple[Choice, ...]]:
    """What was clicked in dimensions that have no list, each with the way back."""
    found = {}
    for name in page.page.picks:
        if (said := take(_address(name), [])) is not None:
            st.session_state[_key(name)] = said
        values = [str(value) for value in st.session_state.get(_key(name), [])]
        give(_address(name), values, [])
        if values:
            found[name] = tuple(source.choice(name, value) for value in values)
            texts = ", ".join(choice.text for choice in found[name])
            st.button(
                f"{dimension_word(name, source.locale)}: {plain(texts)}",
                icon=":material/close:", on_click=_clear, args=((name,),), key=f"picked_{name}",
                help=word("clear", source.locale),
            )  # fmt: skip
    return found


def _choices(source: Source, page: PageSpec, dimension: str) -> tuple[Choice, ...]:
    if dimension == "branch":
        return tuple(Choice(branch.code, branch.name) for branch in source.branches())
    metrics = [n for w in page.widgets if isinstance(w, FiguresSpec) for n in w.metrics]
    return source.choices(dimension, tuple(dict.fromkeys(metrics)))


def _text(texts: Mapping[str, str], value: str) -> str:
    return texts.get(value, value)


def _clear(dimensions: tuple[str, ...]) -> None:
    for name in dimensions:
        st.session_state[_key(name)] = []


def _key(dimension: str) -> str:
    return f"only_{dimension}"


def _address(dimension: str) -> str:
    return "branches" if dimension == "branch" else dimension
