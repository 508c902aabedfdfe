"""The entry of every script run: who is looking, which pages they have, and the menu beside them.

What a page shows is in `app.app_pages`; which pages there are in `app.menu`.
"""

from pathlib import Path

import streamlit as st

from app import access
from app.components.address import PAGE
from app.components.leave import leave
from app.components.text import plain
from app.menu import account_menu, menu_of
from app.words import word
from crm_core.errors import CrmError
from crm_core.services.tenancy.access import SessionEnded

BRAND = Path(__file__).parent / "brand"

st.set_page_config(
    page_title="C&C CRM", page_icon=str(BRAND / "mark.svg"), layout="wide",
    initial_sidebar_state="auto",
)  # fmt: skip
try:
    account = access.current_account()
    locale = access.locale_of(account)
    st.logo(str(BRAND / "wordmark.svg"), icon_image=str(BRAND / "mark.svg"), size="large")
    pages = menu_of(account.subject, locale)
    if pages:
        page = st.navigation(pages, expanded=True)
        st.session_state[PAGE] = page.url_path
    account_menu(account, locale)
    if pages:
        page.run()
    else:
        st.info(word("nothing_here", locale))
except SessionEnded:
    leave("/login", word("sign_in_again", "en-CA"))
except access.CodeDue:
    leave("/login/code", word("second_factor", "en-CA"))
except access.PasswordDue:
    leave("/login/password", word("choose_password", "en-CA"))
except access.SecondFactorDue:
    leave("/login/second-factor", word("second_factor", "en-CA"))
except CrmError as error:
    st.error(plain(error.line), icon=":material/info:")
