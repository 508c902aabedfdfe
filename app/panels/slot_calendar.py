"""The calendar of the weeks ahead from the core: days, their slots, and what stands against them.

How full the trucks are is a figure and no panel.
"""

from datetime import timedelta
from typing import Final

import streamlit as st

from app.components.charts import CONFIG
from app.grid_figures import calendar_figure
from app.palette import palette
from app.panels.lists import clock_time, head, plainly, rows
from app.question import Question
from app.sentences import conflict_text
from app.source import Source
from app.words import word
from crm_core.database import tenant_session
from crm_core.services.scheduling.calendar import CalendarSlot, days_of, slots_of
from reports.format import DASH
from reports.page import PanelSpec

LONGEST: Final = timedelta(days=42)
CONFLICTS: Final = "conflicts"


def calendar(source: Source, panel: PanelSpec, question: Question) -> None:
    """The days of the period, at most six weeks; the slots of a day, or all with conflicts."""
    locale, show = source.locale, source.show
    codes = [str(value) for value in question.values_of("branch")]
    first_on = question.period.start
    until_on = min(question.period.end, first_on + LONGEST)
    head(source, panel)
    with tenant_session(source.subject) as session:
        days = days_of(
            session, source.subject, first_on=first_on, until_on=until_on, branches=codes
        )
        if not days:
            st.caption(word("no_slots", locale))
            return
        figure = calendar_figure(days, first_on, until_on, show, palette())
        st.plotly_chart(figure, key="chart_calendar", config=CONFIG, alt=panel.title(locale))
        st.caption(word("calendar_hint", locale))
        labels = {CONFLICTS: word("all_conflicts", locale),
                  **{day.on.isoformat(): show.day_long(day.on) for day in days}}  # fmt: skip
        chosen = st.selectbox(
            word("show", locale), list(labels), key="calendar_day", width=300,
            format_func=lambda name: labels.get(name, name),
        )  # fmt: skip
        on = next((day.on for day in days if day.on.isoformat() == chosen), None)
        span = (on, on + timedelta(days=1)) if on else (first_on, until_on)
        found = slots_of(
            session, source.subject, first_on=span[0], until_on=span[1], branches=codes,
            only_conflicts=on is None,
        )  # fmt: skip
    rows(source, panel, [_row(source, slot) for slot in found], "no_conflicts")


def _row(source: Source, slot: CalendarSlot) -> dict[str, object]:
    locale = source.locale
    return {
        word("day", locale): source.show.day(slot.on),
        word("from", locale): clock_time(slot.starts_at),
        word("to", locale): clock_time(slot.ends_at),
        word("branch", locale): slot.branch,
        word("kind", locale): plainly(source, slot.kind),
        word("job", locale): slot.job or DASH,
        word("state", locale): plainly(source, slot.status),
        word("against", locale): _against(slot.conflict, locale),
    }


def _against(conflict: str | None, locale: str) -> str:
    """What stands against a slot; only what cannot stand at all is marked as such."""
    return conflict_text(conflict, locale, word("hard", locale)) if conflict else DASH
