"""Leaving the running page for a page of the log-in: the one script of ours in the browser.

The policy in `app.headers` lets exactly these run; the log-in pages are in `app.sign_in`.
"""

from typing import Final, Literal, get_args

import streamlit as st

Target = Literal["/login", "/login/code", "/login/password", "/login/second-factor"]

SCRIPTS: Final[dict[Target, str]] = {
    target: f'window.location.assign("{target}");' for target in get_args(Target)
}
"""Fixed texts, because the policy names them by their hash."""


def leave(target: Target, text: str) -> None:
    """Sends the browser to `target`; `text` is a link there for where scripts do not run."""
    st.markdown(f"[{text}]({target})")
    st.html(f"<script>{SCRIPTS[target]}</script>", unsafe_allow_javascript=True)
    st.stop()
