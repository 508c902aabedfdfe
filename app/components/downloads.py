"""The page as a file: exactly what is seen, made when it is asked for, and noted in the audit.

Files are drawn by the renderers of reports.
"""

from functools import partial
from typing import Final

import streamlit as st

from app.source import Question, Source
from app.words import word
from crm_core import clock
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, can
from reports.spec import PageSpec

FORMATS: Final = {
    "pdf": ("PDF", ":material/picture_as_pdf:", "application/pdf"),
    "xlsx": (
        "Excel",
        ":material/table_view:",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "csv": ("CSV", ":material/csv:", "text/csv"),
}


def downloads(source: Source, page: PageSpec, question: Question) -> None:
    """A menu of files, for those who may take figures out."""
    if not can(source.subject, Resource.REPORT, Action.EXPORT):
        return
    with st.popover(word("download", source.locale), icon=":material/download:"):
        st.caption(word("download_hint", source.locale))
        for name, (label, icon, media_type) in FORMATS.items():
            st.download_button(
                label,
                data=partial(_content, source, page, question, name),
                file_name=f"{page.name}_{str(question.period).replace('..', '_')}.{name}",
                mime=media_type,
                icon=icon,
                on_click="ignore",
                width="stretch",
                key=f"download_{name}",
            )


def _content(source: Source, page: PageSpec, question: Question, file_format: str) -> bytes:
    made = source.file(page, question, file_format)
    audit.record_export(
        source.subject,
        Resource.REPORT,
        "page",
        at=clock.now(),
        page=page.name,
        format=file_format,
        period=str(question.period),
        branch=question.branch.code if question.branch else None,
        publication=source.publication.id,
    )
    return made.content
