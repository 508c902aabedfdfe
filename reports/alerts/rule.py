"""What an alert asks of a metric, and how a row of figures is judged by it; pure.

Fetching the figures and telling people is in `watch`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from reports.errors import RuleInvalid
from transforms.metrics.period import Grain, Period, shift

GROWTH_BUCKETS = 4
"""The season is last year's figure times how these buckets grew over theirs of last year."""

MetricName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,99}$")]
Percent = Annotated[Decimal, Field(ge=-100, le=10_000)]


class Rule(BaseModel):
    """A metric breaks the rule in a bucket of time when everything that is said here holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: MetricName
    grain: Literal["day", "week", "month"] = "week"
    per_branch: bool = False
    """Each branch by itself; else what the owner sees as a whole."""
    below: Decimal | None = None
    above: Decimal | None = None
    change_pct: Percent | None = None
    """-20: it fell by a fifth or more; 20: it rose by that."""
    against: Literal["previous", "last_year", "season"] = "previous"
    """What the change is measured against."""
    volume_metric: MetricName | None = None
    volume_least: Decimal = Decimal(0)
    """With fewer of these in the bucket nothing is said: a rate of three cases is noise."""
    for_buckets: int = Field(default=1, ge=1, le=12)
    """So many in a row must break it."""
    recover_buckets: int = Field(default=1, ge=1, le=12)
    """So many in a row must keep it, by the margin, before it is over."""
    margin_pct: Decimal = Field(default=Decimal(10), ge=0, le=90)
    """How far back inside the limits a figure must be to count as recovered."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.below is None and self.above is None and not self.change_pct:
            raise ValueError("say below, above or change_pct (not 0): what is to be noticed?")
        return self

    @property
    def unit(self) -> Grain:
        """The bucket of time."""
        return Grain(self.grain)


def read_rule(raw: Mapping[str, Any]) -> Rule:
    """A rule as it stands in a row or a file; raises `RuleInvalid`."""
    try:
        return Rule.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the rule"
        raise RuleInvalid(f"{field}: {first['msg'].removeprefix('Value error, ')}") from error


@dataclass(frozen=True)
class Point:
    """A bucket of time: the figure, what it is measured against, how many cases it rests on."""

    on: date
    value: Decimal | None
    base: Decimal | None = None
    volume: Decimal | None = None


class Event(StrEnum):
    """What an alert says."""

    RAISED = "RAISED"
    RECOVERED = "RECOVERED"


@dataclass(frozen=True)
class Standing:
    """Where an alert stands after a bucket."""

    is_raised: bool = False
    run_length: int = 0
    """Buckets in a row that speak for a change of state."""
    raised_on: date | None = None


@dataclass(frozen=True)
class Said:
    """What an alert said, or would have said, about a bucket."""

    branch: str
    event: Event
    point: Point


def breaks(rule: Rule, point: Point, *, eased: bool = False) -> bool | None:
    """Whether a bucket breaks the rule; None when it cannot be told.

    Eased, the limits are nearer: what still breaks those has not recovered.
    """
    if point.value is None:
        return None
    if rule.volume_metric is not None and (point.volume or 0) < rule.volume_least:
        return None
    margin = rule.margin_pct / 100 if eased else Decimal(0)
    said = []
    if rule.below is not None:
        said.append(point.value < rule.below + abs(rule.below) * margin)
    if rule.above is not None:
        said.append(point.value > rule.above - abs(rule.above) * margin)
    if rule.change_pct:
        if point.base is None or point.base == 0:
            return None
        change = (point.value - point.base) / abs(point.base) * 100
        limit = rule.change_pct * (1 - margin)
        said.append(change <= limit if rule.change_pct < 0 else change >= limit)
    return all(said)


def step(rule: Rule, standing: Standing, point: Point) -> tuple[Standing, Event | None]:
    """The next bucket: where the alert stands after it, and what is said, if anything."""
    is_broken = breaks(rule, point, eased=standing.is_raised)
    if is_broken is None:
        return standing, None
    if is_broken == standing.is_raised:
        return replace(standing, run_length=0), None
    run = standing.run_length + 1
    if run < (rule.recover_buckets if standing.is_raised else rule.for_buckets):
        return replace(standing, run_length=run), None
    if standing.is_raised:
        return Standing(), Event.RECOVERED
    return Standing(True, 0, point.on), Event.RAISED


def points(
    rule: Rule, values: Mapping[date, Decimal | None], volumes: Mapping[date, Decimal | None]
) -> list[Point]:
    """The buckets in order, each beside what it is measured against."""
    grain = rule.unit
    return [
        Point(on, values[on], _base(rule, grain, values, on), volumes.get(on))
        for on in sorted(values)
    ]


def walk(
    rule: Rule, standing: Standing, judged: Iterable[Point]
) -> tuple[Standing, list[tuple[Point, Event]]]:
    """Bucket after bucket: where it ends, and everything that was said on the way."""
    said = []
    for point in judged:
        standing, event = step(rule, standing, point)
        if event is not None:
            said.append((point, event))
    return standing, said


def told(
    stood: Standing,
    after: Standing,
    events: Sequence[tuple[Point, Event]],
    *,
    was_told: bool,
    muted: bool,
) -> tuple[bool, Event | None]:
    """Whether people know where it stands after these buckets, and what they hear, if anything.

    Until they were told they believe the opposite. What came and went in a silence is not said;
    an end that fell into it is, where they had heard of the beginning.
    """
    believed = stood.is_raised == was_told
    if muted:
        return after.is_raised == believed, None
    if events and was_told:
        return True, events[-1][1]
    if after.is_raised != believed:
        return True, Event.RAISED if after.is_raised else Event.RECOVERED
    return True, None


def _base(
    rule: Rule, grain: Grain, values: Mapping[date, Decimal | None], on: date
) -> Decimal | None:
    if rule.against == "previous":
        return values.get(shift(on, grain, -1))
    last_year = values.get(_year_before(on, grain))
    if rule.against == "last_year" or last_year is None:
        return last_year
    recent = [shift(on, grain, -n) for n in range(1, GROWTH_BUCKETS + 1)]
    now = _sum(values, recent)
    then = _sum(values, [_year_before(each, grain) for each in recent])
    return None if now is None or not then else last_year * now / then


def _year_before(on: date, grain: Grain) -> date:
    if grain is Grain.DAY:  # the same weekday: a Monday is measured against a Monday
        return shift(on, grain, -364)
    return Period(on, shift(on, grain, 1)).last_year().start


def _sum(values: Mapping[date, Decimal | None], days: Sequence[date]) -> Decimal | None:
    found = [values.get(day) for day in days]
    known = [each for each in found if each is not None]
    return sum(known, Decimal(0)) if len(known) == len(found) else None
