"""What becomes of a report whose data are not complete: wait, stamp, hold."""

from datetime import UTC, datetime, timedelta

import pytest

from crm_core.enums import DeadlinePolicy
from crm_core.services.reporting.occasions import Report
from crm_core.services.reporting.saved_reports import Audience
from reports.delivery.lateness import Way, judge
from reports.delivery.plan import Plan
from reports.spec import load_report
from transforms.metrics.period import parse_period

DUE = datetime(2026, 11, 16, 12, tzinfo=UTC)
WEEK = parse_period("2026-W46", DUE.date())
COMPLETE = datetime(2026, 11, 16, 11, tzinfo=UTC)
SHORT = datetime(2026, 11, 15, 23, tzinfo=UTC)
ZONE = "America/Toronto"


def plan(policy: DeadlinePolicy, *, is_whole: bool = True) -> Plan:
    spec = load_report("executive_weekly")
    return Plan(
        Report(spec.name), spec, Audience(), ("pdf",), policy=policy,
        deadline=timedelta(hours=2), is_whole=is_whole,
    )  # fmt: skip


@pytest.mark.parametrize("policy", DeadlinePolicy)
def test_complete_data_go_under_every_policy(policy: DeadlinePolicy) -> None:
    assert judge(plan(policy), WEEK, COMPLETE, DUE, DUE, ZONE).way is Way.GO


@pytest.mark.parametrize(
    ("policy", "hours", "way"),
    [
        (DeadlinePolicy.WAIT, 1, Way.WAIT),
        (DeadlinePolicy.WAIT, 30, Way.WAIT),
        (DeadlinePolicy.STAMP, 1, Way.WAIT),
        (DeadlinePolicy.STAMP, 2, Way.GO_STAMPED),
        (DeadlinePolicy.HOLD, 1, Way.WAIT),
        (DeadlinePolicy.HOLD, 2, Way.HOLD),
    ],
)
def test_incomplete_data_wait_until_the_deadline(
    policy: DeadlinePolicy, hours: int, way: Way
) -> None:
    verdict = judge(plan(policy), WEEK, SHORT, DUE, DUE + timedelta(hours=hours), ZONE)
    assert verdict.way is way and verdict.is_late is (hours >= 2)
    assert verdict.reason.startswith("held: the data end on 2026-11-15, before the period")


def test_what_a_person_released_goes_stamped() -> None:
    held = plan(DeadlinePolicy.HOLD)
    assert judge(held, WEEK, SHORT, DUE, DUE, ZONE, is_released=True).way is Way.GO_STAMPED
    assert judge(held, WEEK, None, DUE, DUE, ZONE, is_released=True).way is Way.WAIT


def test_a_running_period_goes_as_far_as_it_goes() -> None:
    running = parse_period("this_week", DUE.date())
    assert judge(plan(DeadlinePolicy.HOLD), running, SHORT, DUE, DUE, ZONE).way is Way.GO
    assert judge(plan(DeadlinePolicy.HOLD), running, None, DUE, DUE, ZONE).way is Way.WAIT
    partial = plan(DeadlinePolicy.HOLD, is_whole=False)
    assert judge(partial, WEEK, SHORT, DUE, DUE, ZONE).way is Way.GO
