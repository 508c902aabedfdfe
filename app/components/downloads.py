"""The page as a file: a menu of formats for those who may take figures out.

Files are made and noted in `app.exports`.
"""

from functools import partial
from typing import Final

import streamlit as st

from app.exports import page_file
from app.question import Question
from app.source import Source
from app.words import word
from crm_core.security.permissions import Action, Resource, can
from reports.page import PageSpec

FORMATS: Final = {
    "pdf": ("PDF", ":material/picture_as_pdf:", "application/pdf"),
    "xlsx": (
        "Excel",
        ":material/table_view:",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "csv": ("CSV", ":material/csv:", "text/csv"),
}


def downloads(source: Source, page: PageSpec, question: Question, scope: str) -> None:
    """A menu of files, for those who may take figures out."""
    if not can(source.subject, Resource.REPORT, Action.EXPORT):
        return
    with st.popover(word("download", source.locale), icon=":material/download:"):
        st.caption(word("download_hint", source.locale))
        for name, (label, icon, media_type) in FORMATS.items():
            st.download_button(
                label,
                data=partial(page_file, source, page, question, scope, name),
                file_name=f"{page.name}_{str(question.period).replace('..', '_')}.{name}",
                mime=media_type,
                icon=icon,
                on_click="ignore",
                width="stretch",
                key=f"download_{name}",
            )
