"""A source for page tests: the real widgets over made-up figures, no door and no database.

The real source is met in the browser tests.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from uuid import UUID

import polars as pl

from app.question import Choice, Question, Stream
from app.source import HEALTH_MART, Source
from crm_core.enums import PermissionScope, UserRole
from crm_core.enums_office import TargetDirection
from crm_core.security.permissions import Subject, scope_of
from crm_core.services.reporting.marks import Target
from crm_core.services.tenancy.access import Account
from reports.desk import Desk
from reports.reader import Reader
from tests.unit.reports import fake_metrics
from tests.unit.reports.fake_metrics import FakePublication
from transforms.metrics.branches import Branch
from transforms.metrics.catalogue import Metric
from transforms.metrics.query import MetricQuery
from transforms.metrics.result import MetricResult
from transforms.metrics.rows import Behind

SQL = "select count(*) as bookings\nfrom marts.fct_bookings"
EXTRA = {
    metric.name: metric
    for metric in (
        fake_metrics._metric("open_pipeline", "S18", "Open pipeline", "money"),
        fake_metrics._metric(
            "lead_booking_rate", "S07", "Booking rate, leads", "percent", "up",
            ("bookings", "decided"),
        ),
        fake_metrics._metric(
            "on_time_rate", "O02", "On-time rate", "percent", "up", ("bookings", "decided")
        ),
    )
}  # fmt: skip
DIMENSIONS = (
    "branch", "province", "account", "cause", "channel", "class", "crew_lead", "customer_type",
    "hour_of_day", "item_category", "item_group", "job", "loss_reason", "move_size", "owner",
    "payment_method", "role", "service_type", "sku", "source", "status", "tax_province",
    "template", "truck", "unit_size", "unit_type", "voucher",
)  # fmt: skip
BY_BRANCH_ONLY = ("receivables", "open_pipeline")
"""They know no other dimension, as in the real catalogue."""


class Known(dict[str, Metric]):
    """The made-up metrics; whatever else a page names is made up when it is asked for."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Metric:
        found = {**fake_metrics.METRICS, **EXTRA}.get(name)
        label = name.replace("_", " ").capitalize()
        found = found or fake_metrics._metric(name, name, label, "count")
        dimensions = ("branch", "province") if name in BY_BRANCH_ONLY else DIMENSIONS
        self[name] = replace(found, dimensions=dimensions)
        return self[name]


KNOWN = Known()

_numbers = count(1)


def account(role: UserRole = UserRole.EXECUTIVE, language: str = "en") -> Account:
    """An account of that role."""
    subject = Subject(UUID(int=1), UUID(int=2), role, scope_of(role), frozenset({UUID(int=3)}))
    return Account(subject, UUID(int=2), f"{role.value.lower()}@acme.example", language, False)


@dataclass(frozen=True)
class FakeSource(Source):
    """A source whose answers are made up; `hidden` metrics are not in the viewer's door."""

    branch_codes: tuple[str, ...] = ("VANC", "BURN", "DTOR", "MONT")
    hidden: tuple[str, ...] = ()
    streams: tuple[Stream, ...] = ()
    opened: list[int] = field(default_factory=list, hash=False)
    """One entry for every time a door would have been opened."""

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        self.opened.append(1)
        made = fake_metrics.desk(self.locale, hidden=self.hidden)
        yield replace(made, ask=_ask, metric=KNOWN.__getitem__)

    @contextmanager
    def live_desk(self) -> Iterator[Desk]:
        with self.desk() as desk:
            yield desk

    def choice(self, dimension: str, value: str) -> Choice:
        return Choice(value, value)

    def read_rows(self, metric: str, question: Question) -> tuple[Behind, ...]:
        rows = pl.DataFrame({"booking_id": ["b-1", "b-2"], "branch": ["VANC", "MONT"]})
        return (Behind("marts.fct_bookings", rows, False),)

    def read_targets(self, question: Question) -> dict[str, Target]:
        return {"S08": Target(Decimal("0.10"), TargetDirection.AT_LEAST)}

    def explained(self, metric: str, question: Question) -> str:
        return f"{SQL} -- {metric}, {question.period}"

    def read_branches(self) -> tuple[Branch, ...]:
        known = fake_metrics.BRANCHES
        return tuple(
            Branch(code, code, known[code][0], known[code][1], True, None, None)
            for code in self.branch_codes
        )

    def read_health(self) -> tuple[Stream, ...]:
        return self.streams

    def read_catalogue(self) -> dict[str, list[tuple[str, str]]]:
        return {"marts.fct_bookings": [("booking_id", "uuid"), ("booked_amount", "decimal(18,2)")]}


def fake_source(
    role: UserRole = UserRole.EXECUTIVE,
    *,
    language: str = "en",
    branches: tuple[str, ...] = ("VANC", "BURN", "DTOR", "MONT"),
    hidden: tuple[str, ...] = (),
    refused: int = 0,
    door: str = "",
) -> FakeSource:
    """A fresh source; its door is its own unless given, so that no answer is remembered."""
    who = account(role, language)
    limited = () if who.subject.scope is PermissionScope.CLIENT else ("Vancouver",)
    return FakeSource(
        subject=who.subject,
        locale="fr-CA" if language == "fr" else "en-CA",
        reader=Reader(
            "Acme Movers", "America/Toronto", "CAD", who.subject.scope, limited, who.email
        ),
        publication=FakePublication(),
        door=door or f"door-{next(_numbers)}",
        relations=frozenset({HEALTH_MART}),
        branch_codes=branches,
        hidden=hidden,
        streams=(
            Stream("smartmoving", "leads", 1200, refused, datetime(2026, 11, 16, tzinfo=UTC)),
        ),
    )


def _ask(query: MetricQuery) -> MetricResult:
    """The made-up answer; dimensions it does not know borrow the branches."""
    borrowed = query if query.by in ((), ("province",)) else replace(query, by=("branch",))
    before, fake_metrics.METRICS = fake_metrics.METRICS, KNOWN
    try:
        answered = fake_metrics.ask(borrowed)
    finally:
        fake_metrics.METRICS = before
    if borrowed is query:
        return answered
    rows = [
        replace(row, keys={**dict.fromkeys(query.by, row.keys["branch"]),
                           **{k: v for k, v in row.keys.items() if k != "branch"}})
        for row in answered.rows
    ]  # fmt: skip
    return replace(answered, query=query, rows=rows)
