"""Parts of pages that are no widgets: lists of the core, sentences, what-if, the state of the data.

Which page has which panel stands in `reports/pages`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from app.panels.data_state import data_health, publications
from app.panels.insights import findings, kpi_moves
from app.panels.lists import audit_trail, fleet, jobs_today
from app.panels.slot_calendar import calendar
from app.panels.whatif import what_if
from app.question import Question
from app.source import Source
from reports.page import PanelSpec

Draw = Callable[[Source, PanelSpec, Question], None]

PANELS: Final[Mapping[str, Draw]] = {
    "jobs_today": jobs_today,
    "fleet": fleet,
    "audit_trail": audit_trail,
    "data_health": data_health,
    "publications": publications,
    "kpi_moves": kpi_moves,
    "findings": findings,
    "what_if": what_if,
    "calendar": calendar,
}


def draw_panel(source: Source, panel: PanelSpec, question: Question) -> None:
    """The panel of that name."""
    PANELS[panel.panel](source, panel, question)
