"""Parts of pages that are no widgets of figures: lists of the core, and the state of the data.

Which page has which panel stands in `reports/pages`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from app.panels.data_state import data_health, publications
from app.panels.lists import audit_trail, fleet, jobs_today
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
}


def draw_panel(source: Source, panel: PanelSpec, question: Question) -> None:
    """The panel of that name."""
    PANELS[panel.panel](source, panel, question)
