"""Lists of the core as it is now: today's jobs, the fleet, the audit trail.

Read through services, under the viewer's row-level security; figures are widgets, not lists.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import streamlit as st

from app import access
from app.components.charts import ROW_HEIGHT, TALLEST
from app.components.leave import leave
from app.components.text import plain
from app.exports import panel_as_csv
from app.question import Question
from app.source import Source
from app.words import word
from crm_core.database import tenant_session
from crm_core.security.permissions import Action, Resource, can
from crm_core.security.trail import recent_acts
from crm_core.services.equipment.fleet_list import fleet_of
from crm_core.services.operations.day_board import jobs_of_today
from crm_core.services.tenancy.access import SessionEnded
from reports.format import DASH
from reports.page import PanelSpec
from reports.values import value_text

ACTS: Final = 200
EVERY: Final = "60s"


def rows(
    source: Source, panel: PanelSpec, found: Sequence[Mapping[str, object]], empty: str
) -> None:
    """A table of plain rows, or the line that says why there is none."""
    if not found:
        st.caption(word(empty, source.locale))
        return
    height = min(ROW_HEIGHT * (len(found) + 1) + 2, TALLEST)
    st.dataframe(
        list(found), hide_index=True, height=height, row_height=ROW_HEIGHT, placeholder=DASH,
        alt=panel.title(source.locale), key=f"panel_{panel.name}",
    )  # fmt: skip


def take_rows(source: Source, panel: PanelSpec, found: Sequence[Mapping[str, object]]) -> None:
    """The rows of a panel as a file, for those who may take figures out."""
    if can(source.subject, Resource.WAREHOUSE, Action.EXPORT):
        st.download_button(
            "CSV",
            data=partial(panel_as_csv, source, panel.name, found),
            file_name=f"{panel.panel}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"take_{panel.name}",
        )


def head(source: Source, panel: PanelSpec, *, live: bool = True) -> None:
    """The title of a panel."""
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"head_{panel.name}"
    ):
        st.markdown(f"**{plain(panel.title(source.locale))}**", width="content")
        if live:
            st.badge(word("live", source.locale), icon=":material/sensors:", color="green")


@st.fragment(run_every=EVERY)
def jobs_today(source: Source, panel: PanelSpec, question: Question) -> None:
    """The jobs of today, late ones marked; asked again every minute."""
    try:
        access.current_account()
    except SessionEnded:
        leave("/login", word("sign_in_again", source.locale))
    locale = source.locale
    codes = [str(value) for value in question.values_of("branch")]
    with tenant_session(source.subject) as session:
        jobs = jobs_of_today(session, source.subject, at=source.now(), branches=codes)
    head(source, panel)
    names_known = any(job.customer for job in jobs)
    found = [
        {
            word("late", locale): "⚠" if job.is_late else "",
            word("job", locale): job.number,
            word("branch", locale): job.branch,
            word("stage", locale): plainly(source, job.stage),
            word("service", locale): plainly(source, job.service_type),
            **({word("customer", locale): job.customer or DASH} if names_known else {}),
            word("planned", locale): clock_time(job.planned_at),
            word("started", locale): clock_time(job.started_at),
            word("arrived", locale): clock_time(job.arrived_at),
            word("completed", locale): clock_time(job.completed_at),
            word("crew", locale): job.crew_size,
            word("truck", locale): job.truck or DASH,
        }
        for job in jobs
    ]
    rows(source, panel, found, "no_jobs_today")
    if any(job.is_late for job in jobs):
        st.caption(word("late_mark", locale))


def fleet(source: Source, panel: PanelSpec, question: Question) -> None:
    """What there is of trucks and tools, what is due for maintenance first."""
    locale, show = source.locale, source.show
    codes = [str(value) for value in question.values_of("branch")]
    with tenant_session(source.subject) as session:
        items = fleet_of(session, source.subject, branches=codes)
    head(source, panel)
    found = [
        {
            word("name", locale): item.name,
            word("branch", locale): item.branch,
            word("kind", locale): plainly(source, item.kind),
            word("state", locale): plainly(source, item.status),
            word("model", locale): item.model or DASH,
            word("odometer", locale): item.odometer_km,
            word("last_maintenance", locale): show.day(item.last_maintenance_on),
            word("next_maintenance", locale): show.day(item.next_maintenance_on),
        }
        for item in items
    ]
    rows(source, panel, found, "no_equipment")


def audit_trail(source: Source, panel: PanelSpec, _question: Question) -> None:
    """The newest entries of the audit trail."""
    locale, show = source.locale, source.show
    with tenant_session(source.subject) as session:
        acts = recent_acts(session, source.subject, count=ACTS)
    head(source, panel)
    found = [
        {
            word("when", locale): show.instant(act.at, source.reader.timezone),
            word("who", locale): act.who,
            word("action", locale): plainly(source, act.action),
            word("resource", locale): plainly(source, act.resource),
            word("what", locale): act.what or DASH,
            word("severity", locale): plainly(source, act.severity),
        }
        for act in acts
    ]
    rows(source, panel, found, "no_acts")


def clock_time(value: datetime | None) -> str:
    """Hours and minutes."""
    return DASH if value is None else f"{value:%H:%M}"


def plainly(source: Source, code: str) -> str:
    """A code of the core as people read it."""
    return value_text(code, source.locale)
