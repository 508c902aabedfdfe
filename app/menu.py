"""Which pages a person has, and the menu of the account.

Which there are stands in the specs of `reports/pages` and in `app.screens.catalogue`; whether a
page may show a figure is decided again by the door, whether a screen may show a row by the core.
"""

from functools import partial
from pathlib import Path
from typing import Final, Literal

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app import access
from app.components.leave import leave
from app.page import show_page
from app.screens.catalogue import screens_for
from app.screens.texts import label
from app.screens.ways import entry
from app.words import word
from crm_core.security.permissions import Action, Resource, Subject, can
from crm_core.services.tenancy.access import Account
from reports.page import Group, PageSpec, pages

ANALYST: Final = "analyst"
FILES: Final = Path(__file__).parent / "app_pages"
GROUPS: Final[tuple[Group, ...]] = (
    "home", "sales", "operations", "money", "assets", "outlook", "data",
)  # fmt: skip


def pages_for(subject: Subject) -> list[PageSpec]:
    """The pages a subject may open, their home first."""
    if not can(subject, Resource.WAREHOUSE, Action.READ):
        return []
    found = [page for page in pages() if _is_open(page, subject)]
    # A stable sort: all but the home stay in the order of the menu.
    return sorted(found, key=lambda page: subject.role not in page.page.home_of)


def page_names(subject: Subject) -> list[str]:
    """Names of the pages a subject may open; the first of them is opened first."""
    names = [page.name for page in pages_for(subject)]
    return [*names, ANALYST] if asks_in_sql(subject) else names


def asks_in_sql(subject: Subject) -> bool:
    """Whether a subject may ask the warehouse in words of their own.

    Who may take figures out of the warehouse may do that.
    """
    return bool(
        can(subject, Resource.WAREHOUSE, Action.READ)
        and can(subject, Resource.WAREHOUSE, Action.EXPORT)
    )


def _is_open(page: PageSpec, subject: Subject) -> bool:
    part = page.page
    return (not part.scopes or subject.scope in part.scopes) and all(
        can(subject, resource, Action.READ) for resource in part.needs
    )


def menu_of(subject: Subject, locale: str) -> dict[str, list[StreamlitPage]]:
    """The pages of a subject under the heads of the menu; the home stands first, without one."""
    menu: dict[str, list[StreamlitPage]] = {}
    found = pages_for(subject)
    for index, page in enumerate(found):
        own = word(f"group_{page.page.group}", locale)
        if index == 0:
            menu[""] = [_entry(page, locale, is_home=True)]
            # A home stands at the root alone; whoever sends its own address finds it as well.
            menu.setdefault(own, []).append(_entry(page, locale, visibility="hidden"))
        else:
            menu.setdefault(own, []).append(_entry(page, locale))
    if asks_in_sql(subject):
        made = st.Page(
            FILES / f"{ANALYST}.py", title=word("sql_page", locale),
            icon=":material/database_search:", url_path=ANALYST,
        )  # fmt: skip
        menu.setdefault(word("group_data", locale), []).append(made)
    work = label("daily_work", locale)
    menu[work] = [entry(screen, locale) for screen in screens_for(subject)]
    order = ["", work, *(word(f"group_{group}", locale) for group in GROUPS)]
    return {head: menu[head] for head in order if menu.get(head)}


def _entry(
    page: PageSpec,
    locale: str,
    *,
    is_home: bool = False,
    visibility: Literal["visible", "hidden"] = "visible",
) -> StreamlitPage:
    return st.Page(
        partial(show_page, page.name),
        title=page.title(locale),
        icon=f":material/{page.page.icon}:",
        url_path=None if is_home else page.name,
        default=is_home,
        visibility=visibility,
    )


def account_menu(account: Account, locale: str) -> None:
    """Who is signed in, and the ways out."""
    options = {
        "change_password": word("change_password", locale),
        "second_factor": word("second_factor", locale),
        "sign_out": word("sign_out", locale),
    }
    with st.sidebar:
        chosen = st.menu_button(
            account.email.partition("@")[0],
            list(options),
            format_func=lambda name: options[name],
            icon=":material/account_circle:",
            type="tertiary",
            key="account_menu",
            help=account.email,
        )
    if chosen == "sign_out":
        access.sign_out()
        leave("/login", options[chosen])
    if chosen == "change_password":
        leave("/login/password", options[chosen])
    if chosen == "second_factor":
        leave("/login/second-factor", options[chosen])
