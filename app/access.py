"""Who is looking: the account behind the cookie, read anew for every request and every script run.

Passwords, sessions and what roles may do belong to `crm_core`; the gate in front is `app.gate`.
"""

import streamlit as st

from crm_core import clock
from crm_core.errors import CrmError
from crm_core.security.permissions import Subject
from crm_core.services.tenancy import access
from crm_core.services.tenancy.access import Account, SessionEnded

COOKIE = "crm_session"
LOCALES = {"en": "en-CA", "fr": "fr-CA"}


class Due(CrmError):
    """Something must be done before anything is shown."""


class PasswordDue(Due):
    """The account was opened with a one-time password that must be changed first."""

    def __init__(self) -> None:
        super().__init__("choose a password of your own first")


class CodeDue(Due):
    """The password was right, the code of the second factor is still to come."""

    def __init__(self) -> None:
        super().__init__("give the code of your second factor first")


class SecondFactorDue(Due):
    """The company wants a second factor of the role, and the account has none."""

    def __init__(self) -> None:
        super().__init__("set up a second factor first: your company wants it for your role")


def require_ready(account: Account) -> None:
    """Raises what is due before the account may see anything."""
    if account.is_code_due:
        raise CodeDue
    if account.must_change_password:
        raise PasswordDue
    if account.must_set_second_factor:
        raise SecondFactorDue


def current_account() -> Account:
    """The signed-in account of this script run; pages know people by this function only.

    Raises `SessionEnded`, and what is `Due` before anything may be seen.
    """
    account = access.session_account(_token(), clock.now())
    require_ready(account)
    return account


def current_subject() -> Subject:
    """The subject of `current_account`."""
    return current_account().subject


def sign_out() -> None:
    """Ends the session of this script run."""
    access.sign_out(_token(), at=clock.now())


def locale_of(account: Account) -> str:
    """The locale of the account's language."""
    return LOCALES.get(account.language[:2], "en-CA")


def _token() -> str:
    token = st.context.cookies.get(COOKIE)
    # Outside a real server Streamlit hands out stand-ins that count as true: nobody is signed in.
    if not isinstance(token, str) or not token:
        raise SessionEnded
    return token
