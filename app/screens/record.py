"""A record of daily work: what it is, what may be done with it, and the rows that belong to it.

Lists are `listing`; forms are `forms`.
"""

from html import escape
from typing import Any
from uuid import UUID

import streamlit as st

from app.components.text import plain
from app.screens.catalogue import SCREENS
from app.screens.desk import Desk, Found
from app.screens.forms import deeds_of
from app.screens.listing import forget_click, table
from app.screens.spec import Act, Part, Screen
from app.screens.texts import code_text, label
from app.screens.ways import go_to, link_to
from crm_core import clock
from crm_core.errors import CrmError
from crm_core.security import audit
from crm_core.security.permissions import Action, can
from reports.format import DASH

COLORS = {
    "green": {"WON", "ACCEPTED", "CONVERTED", "PAID", "COMPLETED", "AUDITED", "ACTIVE", "AVAILABLE",
              "APPROVED", "RECEIVED"},
    "red": {"LOST", "REJECTED", "OVERDUE", "CANCELLED", "ERROR", "REPAIR", "FAILED"},
    "orange": {"PENDING", "EXPIRED", "PARTIAL_PAID", "NEGOTIATION", "MAINTENANCE", "RESERVED"},
    "gray": {"DRAFT", "ARCHIVED", "SUPERSEDED", "INACTIVE", "RETIRED", "SOLD", "OUT_OF_SERVICE"},
}  # fmt: skip


def show_record(desk: Desk, screen: Screen, row_id: UUID) -> None:
    """The record of a row."""
    _view(desk, screen, row_id)
    found = desk.record(screen, row_id)
    row = found.rows[0]
    _head(desk, screen, found, row)
    _file(desk, screen, row)
    deeds_of(desk, screen.deeds, row, f"{screen.name}_{row_id}")
    _figures(desk, screen, row)
    _sections(desk, screen, found, row)
    seen = [part for part in screen.parts if can(desk.subject, part.rows.resource, Action.READ)]
    empty = [part.name for part in seen if not _part(desk, screen, part, row)]
    if empty:
        names = ", ".join(label(name, desk.locale).lower() for name in empty)
        st.caption(plain(label("no_parts", desk.locale, names=names)))


def _file(desk: Desk, screen: Screen, row: Any) -> None:
    """The record as a PDF, made when it is asked for; that somebody took it is noted."""
    if screen.file is None:
        return
    made = screen.file

    def content() -> bytes:
        at = clock.now()
        what = {"name": screen.name, "id": str(row.id)}
        audit.record_export(desk.subject, screen.rows.resource, "record", at=at, **what)
        with desk.session() as session:
            return made(Act(session, desk.subject, row, {}, at, "")).content

    st.download_button(
        "PDF", data=content, file_name=f"{getattr(row, screen.title[0])}.pdf",
        mime="application/pdf", icon=":material/picture_as_pdf:", on_click="ignore",
        key=f"file_{screen.name}",
    )  # fmt: skip


def _view(desk: Desk, screen: Screen, row_id: UUID) -> None:
    """Notes that somebody opened the record, once until they open another."""
    key = f"viewed_{screen.name}"
    if screen.view is None or st.session_state.get(key) == row_id:
        return
    with desk.session() as session:
        row = screen.rows.model(id=row_id)
        screen.view(Act(session, desk.subject, row, {}, clock.now(), ""))
    st.session_state[key] = row_id


def _head(desk: Desk, screen: Screen, found: Found, row: Any) -> None:
    if st.button(
        label("back_to", desk.locale, what=label(screen.name, desk.locale)),
        icon=":material/arrow_back:", type="tertiary", key="back_to_list",
    ):  # fmt: skip
        st.query_params.clear()
        st.rerun()
    texts = [desk.text(found, row, column) for column in screen.title]
    title = " · ".join(text for text in texts if text != DASH) or label("draft", desk.locale)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(plain(title), anchor=False, width="content")
        status = getattr(row, "status", None)
        if status is not None:
            st.badge(code_text(status, desk.locale), color=_color(status))
    _links(desk, screen, found, row)


def _color(status: str) -> Any:
    return next((color for color, known in COLORS.items() if status in known), "blue")


def _links(desk: Desk, screen: Screen, found: Found, row: Any) -> None:
    open_ones = [
        (column, target)
        for column, target in screen.links
        if getattr(row, column, None) is not None and SCREENS[target].is_open_to(desk.subject)
    ]
    if not open_ones:
        return
    with st.container(horizontal=True, gap="small", key="links_of_record"):
        for column, target in open_ones:
            text = found.labels.get(getattr(row, column), "")
            link_to(desk, target, getattr(row, column), text)


def _figures(desk: Desk, screen: Screen, row: Any) -> None:
    if screen.note is None:
        return
    try:
        with desk.session() as session:
            figures = screen.note(Act(session, desk.subject, row, {}, clock.now(), ""))
    except CrmError:
        return  # figures of an area that is not theirs
    if figures:
        with st.container(horizontal=True):
            for name, value in figures:
                st.metric(label(name, desk.locale), desk.show.money(value), width="content")


def _sections(desk: Desk, screen: Screen, found: Found, row: Any) -> None:
    """Names and values side by side, as many blocks in a line as there is room for."""
    blocks = []
    for name, columns in screen.sections:
        pairs = "".join(
            f"<dt>{escape(label(column, desk.locale))}</dt>"
            f"<dd>{escape(desk.text(found, row, column))}</dd>"
            for column in columns
        )
        head = escape(label(name, desk.locale))
        blocks.append(f"<section><h3>{head}</h3><dl>{pairs}</dl></section>")
    st.html(f'<div class="crm-record">{"".join(blocks)}</div>')


def _part(desk: Desk, screen: Screen, part: Part, row: Any) -> bool:
    """Draws the rows of a part; False, and nothing drawn, where there are none."""
    found = desk.part(part, row)
    if not found.rows:
        return False
    st.subheader(plain(label(part.name, desk.locale)), anchor=False)
    key = f"part_{screen.name}_{part.name}"
    can_open = bool(part.opens) and SCREENS[part.opens].is_open_to(desk.subject)
    chosen_key = f"chosen_{key}_{row.id}"
    picked = table(
        desk, found, part.columns, key, label(part.name, desk.locale),
        opens=can_open or bool(part.deeds),
    )  # fmt: skip
    if picked is not None and can_open:
        forget_click(key)
        go_to(part.opens, picked)
    if picked is not None:
        st.session_state[chosen_key] = picked
    _deeds_of_part(desk, part, found, chosen_key)
    return True


def _deeds_of_part(desk: Desk, part: Part, found: Found, chosen_key: str) -> None:
    """The deeds of the row that was clicked; of the only one where there is one."""
    chosen = st.session_state.get(chosen_key)
    rows = [each for each in found.rows if each.id == chosen]
    doable = [
        each for each in found.rows
        if any(deed.is_open_to(desk.subject, each) for deed in part.deeds)
    ]  # fmt: skip
    if not rows and len(doable) == 1:
        rows = doable
    if rows:
        texts = [desk.text(found, rows[0], column) for column in part.columns[:2]]
        st.caption(plain(" · ".join(texts)))
        deeds_of(desk, part.deeds, rows[0], f"{part.name}_{rows[0].id}")
    elif doable:
        st.caption(label("click_row", desk.locale))
