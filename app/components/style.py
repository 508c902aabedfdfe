"""The little that Streamlit's theme cannot say: contrast of small print, and figures in line.

Colours come from `app.palette`; everything else is in `.streamlit/config.toml`.
"""

import streamlit as st

from app.palette import palette


def page_style() -> None:
    """Once per page; a style alone takes no room."""
    colors = palette()
    st.html(
        f"""<style>
[data-testid="stCaptionContainer"] {{ opacity: 1; color: {colors.muted}; }}
[data-testid="stButtonGroup"] button[data-selected="true"] p {{ color: {colors.ink}; }}
[data-testid="stMetricValue"] {{ font-variant-numeric: tabular-nums; }}
/* Labels of one line and of two take the same room, so that figures stand in one row. */
[class*="st-key-label_"] {{ min-height: 3.6rem; }}
</style>"""
    )
