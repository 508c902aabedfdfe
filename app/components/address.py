"""Filters in the address of the page, by their codes: a link says the same in every language.

Streamlit's own binding writes the labels that people read, which differ by language and change.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

NONE: Final = "none"
"""Stands in the address for "nothing chosen", where that is not what is chosen without it."""

PAGE: Final = "page"
"""Where the entry script keeps the name of the page."""


@dataclass(frozen=True)
class _Kept:
    """What a filter said when the page was last drawn, and how the address said it."""

    page: str
    address: tuple[str, ...]
    values: tuple[str, ...]


def take(
    key: str, default: Sequence[str], known: Collection[str] | None = None
) -> list[str] | None:
    """What the filter shall say before it is drawn; None where what was clicked in it counts.

    The address counts where it was changed by a link, by hand or by going back. On another page
    the filter says what it said on the page before. Values not among the `known` are dropped.
    """
    address = tuple(st.query_params.get_all(key))
    kept = st.session_state.get(_name(key))
    if isinstance(kept, _Kept):
        if kept.page == _page() and kept.address == address:
            return None
        if kept.page != _page() and not address:
            return _valid(kept.values, default, known)
    return _valid(_values(address), default, known) if address else list(default)


def give(key: str, values: Sequence[str], default: Sequence[str]) -> None:
    """Puts what the filter says into the address; the default needs no words."""
    address = () if list(values) == list(default) else tuple(values) or (NONE,)
    if tuple(st.query_params.get_all(key)) != address:
        if address:
            st.query_params[key] = list(address)
        else:
            del st.query_params[key]
    st.session_state[_name(key)] = _Kept(_page(), address, tuple(values))


def _values(address: tuple[str, ...]) -> tuple[str, ...]:
    return () if address == (NONE,) else address


def _valid(
    values: Sequence[str], default: Sequence[str], known: Collection[str] | None
) -> list[str]:
    kept = [value for value in values if known is None or value in known]
    return kept if kept or not values else list(default)


def _page() -> str:
    return str(st.session_state.get(PAGE, ""))


def _name(key: str) -> str:
    return f"address_of_{key}"
