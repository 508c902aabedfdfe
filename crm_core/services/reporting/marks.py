"""What people set beside figures: targets of a period, and remarks on a span of days.

The figures themselves come from the warehouse.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.enums_office import PeriodGrain, TargetDirection
from crm_core.models import Annotation, KpiTarget
from crm_core.security.permissions import Subject

MOST_REMARKS = 20


@dataclass(frozen=True)
class Target:
    """What a metric should reach, in its unit."""

    value: Decimal
    direction: TargetDirection

    def is_met(self, value: Decimal) -> bool:
        """Whether a figure is as good as the target asks."""
        if self.direction is TargetDirection.AT_LEAST:
            return value >= self.value
        return value <= self.value


@dataclass(frozen=True)
class Remark:
    """What somebody noted about a metric (or all of them) from one day to another, both in it."""

    metric: str | None
    starts_on: date
    ends_on: date
    title: str
    body: str | None


def targets_of(
    session: Session,
    subject: Subject,
    *,
    grain: PeriodGrain,
    period_on: date,
    location_id: UUID | None = None,
) -> dict[str, Target]:
    """Targets of one period by metric, of a branch or of the company as a whole."""
    rows = session.scalars(
        select(KpiTarget)
        .where(KpiTarget.client_id == subject.client_id)
        .where(KpiTarget.grain == grain, KpiTarget.period_on == period_on)
        .where(KpiTarget.location_id.is_not_distinct_from(location_id))
    )
    return {row.metric: Target(row.target, TargetDirection(row.direction)) for row in rows}


def remarks_on(
    session: Session, subject: Subject, *, starts_on: date, ends_on: date, metrics: Collection[str]
) -> list[Remark]:
    """Remarks that touch the days from `starts_on` to `ends_on`, newest first."""
    rows = session.scalars(
        select(Annotation)
        .where(Annotation.client_id == subject.client_id)
        .where(Annotation.starts_on <= ends_on, Annotation.ends_on >= starts_on)
        .where(Annotation.metric.is_(None) | Annotation.metric.in_(metrics))
        .order_by(Annotation.starts_on.desc(), Annotation.id.desc())
        .limit(MOST_REMARKS)
    )
    return [Remark(row.metric, row.starts_on, row.ends_on, row.title, row.body) for row in rows]
