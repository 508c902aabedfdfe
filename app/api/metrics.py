"""Routes of metrics: the catalogue, and answers to questions.

What a metric means and how it is computed belongs to `transforms.metrics`.
"""

from datetime import date, datetime
from decimal import Decimal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from crm_core import clock
from crm_core.api.dependencies import CurrentSubject
from crm_core.services.tenancy.access import timezone_of
from transforms.lake.door import open_door
from transforms.metrics.answer import answer
from transforms.metrics.catalogue import LOCATION_MART, catalogue
from transforms.metrics.period import Grain, parse_period
from transforms.metrics.query import Comparison, Filter, MetricQuery
from transforms.metrics.result import MetricResult

router = APIRouter(prefix="/metrics", tags=["metrics"])


class MetricView(BaseModel):
    """A metric of the catalogue."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    id: str | None
    label: str
    label_fr: str
    unit: str
    direction: str
    basis: str
    additivity: str
    owner: str
    formula: str
    dimensions: tuple[str, ...]


class FilterView(BaseModel):
    """Rows whose dimension has one of the values; null stands for rows without one."""

    model_config = ConfigDict(extra="forbid")

    dimension: str
    values: tuple[str | None, ...] = Field(min_length=1, max_length=500)


class Question(BaseModel):
    """A metric query in plain words."""

    model_config = ConfigDict(extra="forbid")

    metrics: tuple[str, ...] = Field(min_length=1, max_length=24)
    period: str
    by: tuple[str, ...] = Field(default=(), max_length=3)
    grain: Grain | None = None
    where: tuple[FilterView, ...] = Field(default=(), max_length=20)
    compare: Comparison | None = None
    publication: int | None = None


class RowView(BaseModel):
    """One group; figures are exact decimals as text."""

    keys: dict[str, str | date | None]
    values: dict[str, Decimal | None]
    compared: dict[str, Decimal | None]


class AnswerView(BaseModel):
    """The answer to a question."""

    start: date
    end: date
    """The first day that is no longer in the period."""
    units: dict[str, str]
    rows: list[RowView]
    totals: dict[str, Decimal | None]
    compared_totals: dict[str, Decimal | None]
    publication: int
    as_of: datetime


@router.get("")
def list_metrics(subject: CurrentSubject) -> list[MetricView]:
    """The metrics the subject may ask for."""
    with open_door(subject) as door:
        known = catalogue(door.publication.definitions)
        return [
            MetricView.model_validate(metric)
            for metric in known.offered
            if {*known.needs_of(metric), LOCATION_MART} <= door.relations
        ]


@router.post("/query")
def query_metrics(question: Question, subject: CurrentSubject) -> AnswerView:
    """Figures as the subject may see them."""
    with open_door(subject, question.publication) as door:
        today = clock.local_date(door.publication.as_of, timezone_of(subject))
        query = MetricQuery(
            metrics=question.metrics,
            period=parse_period(question.period, today),
            by=question.by,
            grain=question.grain,
            where=tuple(Filter(each.dimension, each.values) for each in question.where),
            compare=question.compare,
        )
        return _view(answer(door, query))


def _view(result: MetricResult) -> AnswerView:
    return AnswerView(
        start=result.period.start,
        end=result.period.end,
        units={metric.name: metric.unit for metric in result.metrics},
        rows=[
            RowView(keys=dict(row.keys), values=dict(row.values), compared=dict(row.compared))
            for row in result.rows
        ],
        totals=dict(result.totals),
        compared_totals=dict(result.compared_totals),
        publication=result.publication.id,
        as_of=result.publication.as_of,
    )
