"""What may be done, as buttons, and the form of a deed: fields, one line for what is wrong, one
transaction.

Which deeds there are is declared by the screens; the rules are the services'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID, uuid4

import streamlit as st

from app.components.text import plain
from app.screens.desk import Desk
from app.screens.fields import NotUnderstood, draw_field, understood
from app.screens.spec import Act, Deed, Field
from app.screens.texts import label
from app.screens.ways import go_to
from app.sentences import sentence
from crm_core import clock
from crm_core.errors import CrmError
from crm_core.services import rows

ACTING: Final = "acting"
"""Where the open form is kept: the place it stands at, the deed, and the key of the form."""
DONE: Final = "done_forms"
SAID: Final = "said"


def deeds_of(desk: Desk, deeds: Sequence[Deed], row: Any, place: str) -> None:
    """The deeds that are open to the person, and the form of the one that was chosen."""
    offered = [deed for deed in deeds if deed.is_open_to(desk.subject, row)]
    if not offered:
        return
    with st.container(horizontal=True, gap="small", key=f"deeds_{place}"):
        for deed in offered:
            if st.button(
                label(deed.name, desk.locale), key=f"do_{place}_{deed.name}",
                type="primary" if deed.is_main else "secondary",
            ):  # fmt: skip
                _begin(desk, deed, row, place)
    acting = st.session_state.get(ACTING)
    for deed in offered:
        if acting is not None and acting[:2] == (place, deed.name):
            _form(desk, deed, row, acting[2])


def say(text: str) -> None:
    """Tells something once, after the next run."""
    st.session_state[SAID] = text


def show_said() -> None:
    """What was to be told."""
    text = st.session_state.pop(SAID, None)
    if text:
        st.success(plain(text), icon=":material/check:")


def _begin(desk: Desk, deed: Deed, row: Any, place: str) -> None:
    """Opens the form of a deed; one that asks nothing is done at once."""
    key = str(uuid4())
    if deed.fields or deed.is_final:
        st.session_state[ACTING] = (place, deed.name, key)
        return
    try:
        _perform(desk, deed, row, {}, key)
    except CrmError as error:
        st.error(plain(sentence(error.line, desk.locale)), icon=":material/block:")


def _form(desk: Desk, deed: Deed, row: Any, key: str) -> None:
    with st.container(border=True, key=f"form_{deed.name}"):
        st.markdown(f"**{plain(label(deed.name, desk.locale))}**")
        with st.form(key, border=False):
            wrong = st.empty()
            spots, raw = _fields(desk, deed, row, key)
            if deed.is_final and not deed.fields:
                st.caption(label("sure", desk.locale))
            with st.container(horizontal=True):
                sent = st.form_submit_button(
                    label(deed.name if deed.is_final else "save", desk.locale), type="primary",
                    key=f"send_{deed.name}",
                )  # fmt: skip
                left = st.form_submit_button(label("close", desk.locale), key=f"leave_{deed.name}")
    if left:
        st.session_state.pop(ACTING, None)
        st.rerun()
    if sent:
        try:
            values = {
                field.name: understood(field, raw[field.name], desk.locale) for field in deed.fields
            }
            _perform(desk, deed, row, values, key)
        except CrmError as error:
            _blame(desk, deed, error, spots, wrong)


def _fields(desk: Desk, deed: Deed, row: Any, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draws the fields; where to say what is wrong with each, and what was filled in."""
    spots: dict[str, Any] = {}
    raw: dict[str, Any] = {}
    at = clock.now()
    with desk.session() as session:
        act = Act(session, desk.subject, row, {}, at, key)
        starts = {field.name: _start(deed, field, act) for field in deed.fields}
        choices = {
            field.name: field.choices(session, desk.subject, row)
            for field in deed.fields
            if field.choices
        }
    columns: list[Any] = []
    for field in deed.fields:
        if _is_wide(field):
            spot, columns = st.container(), []
        else:
            columns = columns or list(st.columns(3))
            spot = columns.pop(0)
        with spot:
            raw[field.name] = draw_field(
                desk, field, starts[field.name], choices.get(field.name, {}), key
            )
            spots[field.name] = st.empty()
    return spots, raw


def _is_wide(field: Field) -> bool:
    return field.is_long or field.name == "lines"


def _start(deed: Deed, field: Field, act: Act) -> Any:
    value = getattr(act.row, field.name, None) if deed.is_edit else None
    return field.start(act) if value is None and field.start is not None else value


def _blame(desk: Desk, deed: Deed, error: CrmError, spots: Mapping[str, Any], wrong: Any) -> None:
    """One line: beside the field where the error names one, else above the form."""
    named = getattr(error, "field", None)
    name = _field_named(deed, named)
    if name is None:
        wrong.error(plain(sentence(error.line, desk.locale)), icon=":material/block:")
        return
    reason = getattr(error, "reason", None) or error.line
    if isinstance(error, NotUnderstood):
        reason = label(error.reason, desk.locale)
    text = sentence(str(reason), desk.locale)
    spots[name].markdown(f":red[:material/error: {plain(text)}]")


def _field_named(deed: Deed, named: object) -> str | None:
    names = [field.name for field in deed.fields]
    if named in names:
        return str(named)
    # A service may name the column (payment_amount) where the parameter is shorter (amount).
    close = [name for name in names if isinstance(named, str) and named.endswith(f"_{name}")]
    return close[0] if close else None


def _perform(desk: Desk, deed: Deed, row: Any, values: Mapping[str, Any], key: str) -> None:
    """Does it, once for one form, in one transaction; then shows what came of it."""
    done: set[str] = st.session_state.setdefault(DONE, set())
    if key in done:
        return
    at = clock.now()
    with desk.session(at) as session:
        result = _run(deed, Act(session, desk.subject, row, values, at, key))
        made = _id_of(result)
    done.add(key)
    st.session_state.pop(ACTING, None)
    text = label("done", desk.locale, what=label(deed.name, desk.locale))
    say(f"{text} {result}" if deed.is_said else text)
    _go_on(deed, made)


def _run(deed: Deed, act: Act) -> Any:
    if act.row is None:
        return deed.run(act)
    # What is seen may be old: the service judges the row as it is now.
    fresh = rows.get(act.session, act.subject, type(act.row), act.row.id, lock=False)
    zone = rows.zone_of(act.session, act.subject, getattr(fresh, "location_id", None))
    return deed.run(replace(act, row=fresh, values=_instants(act.values, zone)))


def _instants(values: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """Wall-clock times that were filled in, as instants at the branch."""
    return {
        name: clock.instant_of(value, zone) if hasattr(value, "tzinfo") and hasattr(value, "hour")
        and value.tzinfo is None else value
        for name, value in values.items()
    }  # fmt: skip


def _id_of(result: Any) -> UUID | None:
    if isinstance(result, list):
        result = result[0] if result else None
    found = getattr(result, "id", None)
    return found if isinstance(found, UUID) else None


def _go_on(deed: Deed, made: UUID | None) -> None:
    if deed.name == "remove":
        st.query_params.clear()
    if deed.opens and made is not None:
        go_to(deed.opens, made)
    st.rerun()
