"""The questions of the door's bench are the widgets of the home pages."""

import pytest
import yaml

from crm_core.config import PROJECT
from orchestration.bench_door_core import QUESTIONS


@pytest.mark.parametrize("page", ["executive", "branch"])
def test_questions_are_the_widgets_of_the_page(page: str) -> None:
    spec = yaml.safe_load((PROJECT / "reports" / "pages" / f"{page}.yaml").read_text())
    widgets = [widget for section in spec["sections"] for widget in section["widgets"]]
    asked = {(*question.metrics, *question.by) for question in QUESTIONS if question.page == page}
    assert asked == {(*widget["metrics"], *widget.get("by", ())) for widget in widgets}
    assert len(asked) == 6
