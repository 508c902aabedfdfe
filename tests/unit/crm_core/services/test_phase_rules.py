"""The rules of phases and reviews, and what a tenant may set, without a database."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.enums import ChecklistStatus, JourneyStage, PhaseName, PhaseStatus
from crm_core.errors import InvalidInput
from crm_core.services.operations import field_settings, phase_rules, review_rules
from crm_core.services.operations.phase_rules import Item, Medium, Share
from crm_core.services.operations.phase_templates import DEFAULTS

DONE, OPEN, RUNNING = PhaseStatus.COMPLETED, PhaseStatus.PENDING, PhaseStatus.IN_PROGRESS


def test_only_what_is_required_and_undone_is_missing() -> None:
    items = [
        Item("done", ChecklistStatus.COMPLETED, True),
        Item("skipped", ChecklistStatus.SKIPPED, True),
        Item("open", ChecklistStatus.PENDING, True),
        Item("optional", ChecklistStatus.PENDING, False),
    ]
    media = [Medium("photo", True, False), Medium("video", False, False), Medium("x", True, True)]
    assert phase_rules.missing(items, media) == ["open", "photo"]


@pytest.mark.parametrize(
    ("statuses", "number", "stages"),
    [
        ([DONE, OPEN, OPEN, OPEN, OPEN, OPEN], 2, {JourneyStage.SCHEDULED}),
        ([RUNNING, OPEN, OPEN, OPEN, OPEN, OPEN], 1, {JourneyStage.SCHEDULED}),
        ([DONE, RUNNING, OPEN, OPEN, OPEN, OPEN], 2, {JourneyStage.MORNING_PREP}),
        ([DONE, DONE, RUNNING, OPEN, OPEN, OPEN], 3, {JourneyStage.EN_ROUTE, JourneyStage.ONSITE}),
        ([DONE, DONE, DONE, RUNNING, OPEN, OPEN], 4, {JourneyStage.EN_ROUTE}),
        ([DONE] * 5 + [RUNNING], 6, {JourneyStage.ONSITE}),
        ([DONE] * 6, 6, {JourneyStage.COMPLETED, JourneyStage.AUDITED}),
        ([DONE, *[PhaseStatus.CANCELLED] * 5], 2, {JourneyStage.CANCELLED}),
    ],
)
def test_the_stage_follows_from_the_phases(
    statuses: list[PhaseStatus], number: int, stages: set[JourneyStage]
) -> None:
    assert phase_rules.first_open(statuses) == number
    assert phase_rules.stages(statuses) == stages


@given(st.integers(0, len(PhaseName)))
def test_progress_is_the_share_of_completed_phases(completed: int) -> None:
    statuses = [DONE] * completed + [OPEN] * (len(PhaseName) - completed)
    media = [Medium("a", True, True), Medium("b", True, False)]
    progress = phase_rules.progress(statuses, [], media)
    assert abs(progress.pct - Decimal(completed * 100) / 6) < Decimal("0.01")
    assert (str(progress.checklist), str(progress.media)) == ("0/0", "1/2")


def test_our_templates_are_those_of_the_business() -> None:
    minutes = [template.estimated_minutes for template in DEFAULTS.values()]
    assert minutes == [30, 45, 120, 180, 120, 60]
    assert list(DEFAULTS) == list(PhaseName)
    for template in DEFAULTS.values():
        keys = [each["key"] for each in [*template.items, *template.media]]
        assert all(len(key) <= 60 for key in keys)
        assert len({item["key"] for item in template.items}) == len(template.items)
        assert len({medium["key"] for medium in template.media}) == len(template.media)
        needs_medium = any(item["is_media_required"] for item in template.items)
        assert not needs_medium or any(medium["is_required"] for medium in template.media)


def test_compliance_is_what_was_done_of_what_was_required() -> None:
    assert review_rules.compliance(Share(2, 3), Share(0, 0)) == Decimal("66.67")
    assert review_rules.compliance(Share(3, 4), Share(1, 4)) == Decimal("50.00")
    assert review_rules.compliance(Share(0, 0), Share(0, 0)) == Decimal(100)


def test_settings_have_defaults_and_name_what_is_wrong() -> None:
    plain = field_settings.parse({})
    assert (plain.overrun_factor, plain.needs_step_approval) == (Decimal("1.3"), False)
    given_ = field_settings.parse({"truck_day_amount": 90, "needs_step_approval": True})
    assert (given_.truck_day_amount, given_.needs_step_approval) == (Decimal(90), True)
    with pytest.raises(InvalidInput, match="overrun_factor: 'twice'"):
        field_settings.parse({"overrun_factor": "twice"})
    with pytest.raises(InvalidInput, match="overtime_after_minutes"):
        field_settings.parse({"overtime_after_minutes": -1})
