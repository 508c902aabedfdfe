"""What the filters of a page ask for, and small things that sources say of data; pure data.

Answers come from `app.source`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from reports.result import Measure
from transforms.metrics.branches import Branch
from transforms.metrics.period import Period
from transforms.metrics.query import Filter


@dataclass(frozen=True)
class Question:
    """What the filters of a page ask for."""

    period: Period
    where: tuple[Filter, ...] = ()
    branch: Branch | None = None
    """The one branch it is about, if it is about one."""

    @property
    def key(self) -> str:
        """The question as part of a cache key."""
        return f"{self.period} {self.period.within} {self.where}"

    def values_of(self, dimension: str) -> tuple[str | None, ...]:
        """What the page is narrowed to in a dimension; empty where it is not."""
        return next((each.values for each in self.where if each.dimension == dimension), ())


@dataclass(frozen=True)
class Choice:
    """A value of a dimension, and what people read for it."""

    value: str
    text: str


@dataclass(frozen=True)
class Stream:
    """One stream of an outside system."""

    provider: str
    stream: str
    processed: int
    refused: int
    last_success_at: datetime | None


@dataclass(frozen=True)
class Definition:
    """All that is said about a figure."""

    measure: Measure
    sql: str


class Made(Protocol):
    """What pages say of a publication."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def definitions(self) -> str:
        """Hash of the definitions."""

    @property
    def as_of(self) -> datetime:
        """The instant of its data."""
