"""A list of daily work: its filters, a page of rows or a board, and what may be made new.

The record behind a row is `record`; forms are `forms`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import streamlit as st
from sqlalchemy import Date

from app.components.text import plain
from app.screens import picks
from app.screens.desk import Desk, Found, cell_of, first_filters
from app.screens.forms import deeds_of
from app.screens.spec import Screen
from app.screens.texts import code_text, label
from crm_core.models.validity import known_values
from crm_core.services.listing import Wanted

PAGE_ROWS: Final = 50
ON_BOARD: Final = 12
ROW_HEIGHT: Final = 35
TALLEST: Final = 620
RIGHT: Final = ("_amount", "_count", "_minutes", "quantity", "score", "_size", "_km", "version")


def show_list(desk: Desk, screen: Screen) -> None:
    """The list of a screen."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    ):
        st.title(plain(label(screen.name, desk.locale)), anchor=False, width="content")
        is_board = _view(desk, screen)
    deeds_of(desk, screen.makes, None, f"make_{screen.name}")
    filters = _filters(desk, screen)
    if is_board:
        _board(desk, screen, filters)
    else:
        _page(desk, screen, filters)


def _view(desk: Desk, screen: Screen) -> bool:
    if not screen.board:
        return False
    options = {"list": ":material/list:", "board": ":material/view_kanban:"}
    chosen = st.segmented_control(
        label("view", desk.locale), list(options),
        format_func=lambda name: f"{options[name]} {label(name, desk.locale)}",
        default="list", key=f"view_{screen.name}", label_visibility="collapsed", required=True,
    )  # fmt: skip
    return chosen == "board"


# filters


def _filters(desk: Desk, screen: Screen) -> dict[str, Any]:
    """What the list is narrowed to, by column."""
    first = first_filters(screen, desk.today)
    found: dict[str, Any] = {}
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"filters_{screen.name}"):
        for column in screen.filters:
            value = _filter(desk, screen, column, first.get(column))
            if value is not None and value != "":
                found[column] = value
    return found


def _filter(desk: Desk, screen: Screen, column: str, first: Any) -> Any:
    key = f"filter_{screen.name}_{column}"
    text = label(column, desk.locale)
    kind = screen.rows.table.columns[column]
    if column == "owner_id":
        is_mine = st.toggle(label("mine", desk.locale), key=key, width="content")
        return desk.subject.user_id if is_mine else None
    if column == "location_id":
        return _branch(desk, text, key)
    if isinstance(kind.type, Date):
        return st.date_input(text, value=first, key=key, format="YYYY-MM-DD", width=170)
    if known := known_values(kind):
        return st.selectbox(
            text, known, index=None, key=key, width=190,
            format_func=lambda code: code_text(code, desk.locale),
            placeholder=label("all", desk.locale),
        )  # fmt: skip
    return st.text_input(text, key=key, width=220).strip().lower() or None


def _branch(desk: Desk, text: str, key: str) -> UUID | None:
    with desk.session() as session:
        known = picks.branches(session, desk.subject)
    if len(known) < 2:
        return None
    chosen: UUID | None = st.selectbox(
        text, list(known), index=None, key=key, width=220, format_func=lambda each: known[each],
        placeholder=label("all", desk.locale),
    )  # fmt: skip
    return chosen


# rows


def _page(desk: Desk, screen: Screen, filters: Mapping[str, Any]) -> None:
    cursors = _cursors(screen, filters)
    wanted = Wanted(
        sort=screen.sort, descending=screen.is_descending, filters=filters,
        cursor=cursors[-1], limit=PAGE_ROWS,
    )  # fmt: skip
    found = desk.page(screen.rows, screen.columns, wanted)
    if not found.rows:
        st.info(label("nothing_found", desk.locale), icon=":material/search_off:")
    else:
        columns = [name for name in screen.columns if not _is_one_branch(desk, name)]
        picked = table(desk, found, columns, f"rows_{screen.name}", label(screen.name, desk.locale))
        if picked is not None:
            open_record(screen, picked)
    _pager(desk, screen, cursors, found)


def _is_one_branch(desk: Desk, column: str) -> bool:
    return column == "location_id" and len(desk.subject.location_ids) == 1


def _cursors(screen: Screen, filters: Mapping[str, Any]) -> list[str | None]:
    """Where the pages up to this one begin; other filters begin anew."""
    key, said = f"cursors_{screen.name}", str(sorted(filters.items(), key=str))
    kept = st.session_state.get(key)
    if kept is None or kept[0] != said:
        first: list[str | None] = [None]
        kept = (said, first)
        st.session_state[key] = kept
    cursors: list[str | None] = kept[1]
    return cursors


def _pager(desk: Desk, screen: Screen, cursors: list[str | None], found: Found) -> None:
    if len(cursors) == 1 and found.next_cursor is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            label("earlier", desk.locale), icon=":material/chevron_left:", type="tertiary",
            disabled=len(cursors) == 1, key=f"earlier_{screen.name}",
        ):  # fmt: skip
            cursors.pop()
            st.rerun()
        st.caption(label("page_number", desk.locale, number=len(cursors)), width="content")
        if st.button(
            label("later", desk.locale), icon=":material/chevron_right:", type="tertiary",
            icon_position="right", disabled=found.next_cursor is None, key=f"later_{screen.name}",
        ):  # fmt: skip
            cursors.append(found.next_cursor)
            st.rerun()


def table(
    desk: Desk, found: Found, columns: Sequence[str], key: str, alt: str, *, opens: bool = True
) -> UUID | None:
    """Rows as a table; the id of the row that was clicked."""
    names = {column: label(column, desk.locale) for column in columns}
    shown = [
        {names[column]: desk.text(found, row, column) for column in columns} for row in found.rows
    ]
    # A number in the key forgets what was clicked: coming back must not open it again.
    turn = st.session_state.setdefault(f"turn_{key}", 0)
    state: Any = st.dataframe(
        shown, hide_index=True, row_height=ROW_HEIGHT, alt=alt, key=f"{key}_{turn}",
        height=min(ROW_HEIGHT * (len(shown) + 1) + 2, TALLEST),
        column_config={names[column]: _config(column) for column in columns},
        on_select="rerun" if opens else "ignore", selection_mode="single-cell",
    )  # fmt: skip
    cells = state.selection.cells if opens else []
    if not cells:
        return None
    row_id: UUID = found.rows[cells[0][0]].id
    return row_id


def forget_click(key: str) -> None:
    """Lets the table be drawn without what was clicked."""
    st.session_state[f"turn_{key}"] = st.session_state.get(f"turn_{key}", 0) + 1


def open_record(screen: Screen, row_id: UUID) -> None:
    """Shows the record of a row of this screen."""
    forget_click(f"rows_{screen.name}")
    st.query_params["id"] = str(row_id)
    st.rerun()


def _config(column: str) -> Any:
    is_number = column.endswith(RIGHT)
    return st.column_config.TextColumn(alignment="right" if is_number else "left")


# board


def _board(desk: Desk, screen: Screen, filters: Mapping[str, Any]) -> None:
    asked = {name: value for name, value in filters.items() if name != "status"}
    for column, status in zip(st.columns(len(screen.board)), screen.board, strict=True):
        found = desk.page(
            screen.rows, screen.columns,
            Wanted(filters={**asked, "status": status}, limit=ON_BOARD),
        )  # fmt: skip
        with column:
            st.markdown(f"**{plain(code_text(status, desk.locale))}**")
            for row in found.rows:
                _card(desk, screen, found, row)
            if found.next_cursor is not None:
                st.caption(label("and_more", desk.locale))
            if not found.rows:
                st.caption(label("none_here", desk.locale))


def _card(desk: Desk, screen: Screen, found: Found, row: Any) -> None:
    with st.container(border=True, gap="xxsmall", key=f"card_{row.id}"):
        name = desk.text(found, row, screen.title[0])
        if st.button(plain(name), type="tertiary", key=f"open_{row.id}"):
            open_record(screen, row.id)
        kept = [cell for cell in screen.card if cell_of(row, cell) is not None]
        # A date stays in one piece where the card is narrow.
        texts = [desk.text(found, row, cell).replace("-", "\u2011") for cell in kept]
        st.caption(plain(" · ".join(texts)))
