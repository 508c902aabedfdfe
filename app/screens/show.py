"""The entry of every screen: the list, or the record that the address names.

Which screens there are is `catalogue`; going from one to another is `ways`.
"""

from uuid import UUID

import streamlit as st

from app import access
from app.components.style import page_style
from app.components.text import plain
from app.screens.catalogue import SCREENS
from app.screens.desk import desk_of
from app.screens.forms import show_said
from app.screens.listing import show_list
from app.screens.record import show_record
from app.screens.style import screen_style
from app.screens.texts import label
from app.sentences import sentence
from crm_core.errors import CrmError


def show_screen(name: str) -> None:
    """The screen of that name for whoever is looking."""
    desk, screen = desk_of(access.current_account()), SCREENS[name]
    page_style()
    screen_style()
    show_said()
    row_id = _asked_for()
    try:
        if row_id is None:
            show_list(desk, screen)
        else:
            show_record(desk, screen, row_id)
    except CrmError as error:
        st.error(plain(sentence(error.line, desk.locale)), icon=":material/info:")
        if row_id is not None and st.button(label("back", desk.locale), key="back_from_error"):
            st.query_params.clear()
            st.rerun()


def _asked_for() -> UUID | None:
    said = st.query_params.get("id")
    try:
        return UUID(said) if said else None
    except ValueError:
        return None
