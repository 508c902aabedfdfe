"""The way from one screen to another: entries of the menu, links to records, and going there.

What stands at the end of the way is `show`.
"""

from functools import partial
from uuid import UUID

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app.components.text import plain
from app.screens.catalogue import SCREENS
from app.screens.desk import Desk
from app.screens.spec import Screen
from app.screens.texts import label


def entry(screen: Screen, locale: str) -> StreamlitPage:
    """The page of a screen in the menu."""
    return st.Page(
        partial(_draw, screen.name),
        title=label(screen.name, locale),
        icon=f":material/{screen.icon}:",
        url_path=screen.address,
    )


def go_to(name: str, row_id: UUID) -> None:
    """Opens the record of a row of another screen, or of this one."""
    st.switch_page(entry(SCREENS[name], "en-CA"), query_params={"id": str(row_id)})


def link_to(desk: Desk, name: str, row_id: UUID, text: str) -> None:
    """A link to the record of a row of another screen."""
    what = label(f"one_{name}", desk.locale)
    st.page_link(
        entry(SCREENS[name], desk.locale), label=plain(f"{what}: {text}" if text else what),
        icon=f":material/{SCREENS[name].icon}:", query_params={"id": str(row_id)},
    )  # fmt: skip


def _draw(name: str) -> None:
    from app.screens.show import show_screen  # it leads on to other screens by this module

    show_screen(name)
