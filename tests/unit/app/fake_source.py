"""A source for page tests: the real widgets over made-up figures, no door and no database.

The real source is met in the browser tests.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from app.source import HEALTH_MART, Question, Source, Stream
from crm_core.enums import PermissionScope, UserRole
from crm_core.security.permissions import Subject, scope_of
from crm_core.services.tenancy.access import Account
from reports.desk import Desk
from reports.reader import Reader
from tests.unit.reports import fake_metrics
from tests.unit.reports.fake_metrics import FakePublication
from transforms.metrics.branches import Branch
from transforms.metrics.catalogue import Metric
from transforms.metrics.query import MetricQuery
from transforms.metrics.result import MetricResult

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
SPLITS = {"source": "province", "service_type": "province"}
"""The made-up figures know branches and provinces only; other splits borrow theirs."""

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
    def desk(self, split: Collection[str] = ()) -> Iterator[Desk]:
        self.opened.append(1)
        made = fake_metrics.desk(self.locale, hidden=self.hidden)
        yield replace(made, ask=_ask, metric=_metric)

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


def _metric(name: str) -> Metric:
    return EXTRA.get(name) or fake_metrics.get_metric(name)


def _ask(query: MetricQuery) -> MetricResult:
    """The made-up answer, with splits it does not know borrowed and metrics looked up here."""
    known = {**fake_metrics.METRICS, **EXTRA}
    before, fake_metrics.METRICS = fake_metrics.METRICS, known
    try:
        borrowed = replace(query, by=tuple(SPLITS.get(name, name) for name in query.by))
        answered = fake_metrics.ask(borrowed)
    finally:
        fake_metrics.METRICS = before
    names = dict(zip(borrowed.by, query.by, strict=True))
    rows = [
        replace(row, keys={names.get(name, name): value for name, value in row.keys.items()})
        for row in answered.rows
    ]
    return replace(answered, query=query, rows=rows)
