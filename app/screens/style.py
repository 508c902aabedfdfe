"""The looks of a record: names and values in blocks that stand side by side where there is room.

Everything that pages share is in `app.components.style`.
"""

import streamlit as st

from app.palette import palette


def screen_style() -> None:
    """Once per run; a style alone takes no room."""
    colors = palette()
    st.html(
        f"""<style>
.crm-record {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr));
  gap: 1rem; }}
.crm-record section {{ border: 1px solid {colors.rule}; border-radius: .5rem;
  padding: .75rem 1rem; }}
.crm-record h3 {{ font-size: .95rem !important; font-weight: 700; margin: 0 0 .5rem !important;
  padding: 0 !important; }}
.crm-record dl {{ display: grid; grid-template-columns: minmax(7rem, 42%) 1fr; gap: .3rem .75rem;
  margin: 0 !important; padding: 0 !important; font-variant-numeric: tabular-nums; }}
.crm-record dt, .crm-record dd {{ margin: 0 !important; padding: 0 !important;
  font-size: .875rem !important; line-height: 1.4; }}
.crm-record dt {{ color: {colors.muted}; }}
.crm-record dd {{ overflow-wrap: anywhere; white-space: pre-wrap; }}
[class*="st-key-card_"] {{ padding: .5rem .75rem; }}
[class*="st-key-card_"] button {{ min-height: 1.5rem; padding: 0; text-align: left; }}
</style>"""
    )
