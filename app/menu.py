"""Which pages a person has, and the menu of the account.

Whether a page may show a figure is decided again by the door.
"""

from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app import access
from app.components.leave import leave
from app.words import word
from crm_core.enums import PermissionScope
from crm_core.security.permissions import Action, Resource, Subject, can
from crm_core.services.tenancy.access import Account

PAGES: Final = Path(__file__).parent / "app_pages"


def page_names(subject: Subject) -> list[str]:
    """The pages a subject may open; the first of them is opened first."""
    found: list[str] = []
    if not can(subject, Resource.WAREHOUSE, Action.READ):
        return found
    if subject.scope is PermissionScope.CLIENT:
        found.append("executive")
    found.append("branch")
    # Who may take figures out of the warehouse may also ask it in words of their own.
    if can(subject, Resource.WAREHOUSE, Action.EXPORT):
        found.append("analyst")
    return found


def pages_of(subject: Subject, locale: str) -> list[StreamlitPage]:
    """The pages of a subject with their titles, for the navigation."""
    is_own = subject.scope is PermissionScope.OWN
    looks = {
        "executive": ("company_page", "domain"),
        "branch": ("own_page", "person") if is_own else ("branch_page", "store"),
        "analyst": ("sql_page", "database_search"),
    }
    return [_page(name, word(looks[name][0], locale), looks[name][1])
            for name in page_names(subject)]  # fmt: skip


def account_menu(account: Account, locale: str) -> None:
    """Who is signed in, and the ways out."""
    options = {
        "change_password": word("change_password", locale),
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


def _page(name: str, title: str, icon: str) -> StreamlitPage:
    return st.Page(PAGES / f"{name}.py", title=title, icon=f":material/{icon}:", url_path=name)
