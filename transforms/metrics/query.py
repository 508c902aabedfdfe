"""What is asked of the metric layer: metrics, a period, and how to split, filter and compare.

Whether a metric can be asked that way is decided in `answer`.
"""

from dataclasses import dataclass
from enum import StrEnum

from transforms.metrics.errors import (
    DimensionUnknown,
    GrainImpossible,
    PeriodMissing,
    UnknownPeriod,
)
from transforms.metrics.period import Grain, Period

UNASSIGNED = "Unassigned"
"""The branch of rows that no branch owns."""


class Comparison(StrEnum):
    """The period to compare with."""

    PREVIOUS = "previous"
    LAST_YEAR = "last_year"

    def of(self, period: Period) -> Period:
        """The period that `period` is compared with."""
        return period.previous() if self is Comparison.PREVIOUS else period.last_year()


@dataclass(frozen=True)
class Filter:
    """Keep rows whose dimension has one of the values; None stands for rows without a value.

    Branches are named by code, or `Unassigned`.
    """

    dimension: str
    values: tuple[str | None, ...]

    @classmethod
    def parse(cls, text: str) -> "Filter":
        """`branch=VANC,BURN` as a filter; raises `DimensionUnknown` when it is not of that form."""
        name, sign, values = text.partition("=")
        words = tuple(word.strip() for word in values.split(",") if word.strip())
        if not sign or not name.strip() or not words:
            raise DimensionUnknown(f"no filter {text!r}: write it like branch=VANC or source=WEB")
        return cls(name.strip(), words)


@dataclass(frozen=True)
class MetricQuery:
    """One question; `by` and `grain` split the answer, nothing else changes it.

    Raises `PeriodMissing` when there is no period.
    """

    metrics: tuple[str, ...]
    period: Period
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    where: tuple[Filter, ...] = ()
    compare: Comparison | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.period, Period):
            raise PeriodMissing("a metric needs a period: give one, for instance last_month")
        # Callers of the command line and the API hold plain words.
        object.__setattr__(self, "metrics", tuple(self.metrics))
        object.__setattr__(self, "by", tuple(dict.fromkeys(self.by)))
        object.__setattr__(self, "where", tuple(self.where))
        if self.grain is not None and self.grain not in list(Grain):
            raise GrainImpossible(f"no grain {self.grain!r}: use {', '.join(Grain)}")
        if self.compare is not None and self.compare not in list(Comparison):
            raise UnknownPeriod(f"no comparison {self.compare!r}: use {', '.join(Comparison)}")
        object.__setattr__(self, "grain", self.grain and Grain(self.grain))
        object.__setattr__(self, "compare", self.compare and Comparison(self.compare))
