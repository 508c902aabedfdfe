"""The figures an alert is judged by, asked at somebody's own door.

Judging is in `rule`, when it is asked in `watch`.
"""

from datetime import date
from decimal import Decimal

from crm_core import clock
from crm_core.security.permissions import Subject
from reports.alerts.rule import Point, Rule, points
from reports.reader import reader_of
from transforms.lake import publication
from transforms.lake.door import open_door
from transforms.metrics.answer import answer
from transforms.metrics.period import Grain, Period, floor, shift
from transforms.metrics.query import MetricQuery

BRANCH = "branch"
WHOLE = ""
"""The branch code of an alert on the whole."""
BUCKETS_BEFORE = {Grain.DAY: 364 + 5, Grain.WEEK: 53 + 5, Grain.MONTH: 12 + 5}
"""What the first bucket asked for may be measured against."""


def figures(subject: Subject, rule: Rule, first: date, until: date) -> dict[str, list[Point]]:
    """By branch the buckets from `first`, each beside its base; one question at the door."""
    start = shift(first, rule.unit, -BUCKETS_BEFORE[rule.unit])
    metrics = tuple(filter(None, (rule.metric, rule.volume_metric)))
    by = (BRANCH,) if rule.per_branch else ()
    with open_door(subject) as door:
        found = answer(door, MetricQuery(metrics, Period(start, until), by, rule.unit))
    values: dict[str, dict[date, Decimal | None]] = {}
    volumes: dict[str, dict[date, Decimal | None]] = {}
    name = found.metrics[0].name
    for row in found.rows:
        branch = str(row.keys[BRANCH]) if rule.per_branch else WHOLE
        on = row.keys[rule.unit.value]
        assert isinstance(on, date)
        values.setdefault(branch, {})[on] = row.values[name]
        if rule.volume_metric:
            volumes.setdefault(branch, {})[on] = row.values[found.metrics[1].name]
    return {
        branch: points(rule, figures, volumes.get(branch, {})) for branch, figures in values.items()
    }


def complete_until(subject: Subject, rule: Rule) -> date:
    """The end of the last complete bucket of the newest publication, in the company's zone."""
    as_of = publication.get().as_of
    return floor(clock.local_date(as_of, reader_of(subject).timezone), rule.unit)
