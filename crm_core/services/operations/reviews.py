"""The review of a finished journey: opened, worked on, scored; and the findings it leaves.

Whether the journey may then be audited is decided in `review_rules`, done in `operations.journeys`.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import (
    AuditReviewStatus,
    ChecklistStatus,
    FindingSeverity,
    FindingStatus,
    JourneyStage,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import JourneyReview, ReviewFinding, TruckJourney
from crm_core.security import audit
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Resource,
    Subject,
    require,
)
from crm_core.services import checks, rows
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.operations import FINDING, REVIEW, FindingEvent, ReviewEvent
from crm_core.services.moves import move
from crm_core.services.operations import review_rules
from crm_core.services.operations.journey_progress import asked_of
from crm_core.services.operations.journey_reach import is_on_crew, journey_to_work_on
from crm_core.services.operations.phase_rules import Share


def open_review(
    session: Session, subject: Subject, *, journey_id: UUID, at: datetime
) -> JourneyReview:
    """Line a finished journey up for review; it has one, and a second call gives it back."""
    journey = _journey(session, subject, journey_id)
    with as_system(session):
        known = session.scalars(
            select(JourneyReview).where(
                JourneyReview.client_id == journey.client_id,
                JourneyReview.journey_id == journey.id,
            )
        ).one_or_none()
        if known is not None:
            return known
        if journey.status != JourneyStage.COMPLETED:
            raise InvalidInput("journey_id", f"the journey is {journey.status}, not COMPLETED")
        set_moment(session, at)
        review = JourneyReview(
            client_id=journey.client_id,
            id=new_id(at),
            location_id=journey.location_id,
            journey_id=journey.id,
            status=AuditReviewStatus.PENDING.value,
        )
        session.add(review)
        session.flush()
        _note(session, subject, review, "CREATE", at, {"journey_id": journey.id})
    return review


def start(session: Session, subject: Subject, *, review_id: UUID, at: datetime) -> JourneyReview:
    """The subject takes the review on; never somebody of the crew."""
    review, journey = _review(session, subject, review_id)
    if is_on_crew(session, subject, journey):
        raise ActionRefused("the crew may not review its own work")
    with as_system(session):
        move(session, subject, REVIEW, review, ReviewEvent.START, at)
        review.started_at = review.started_at or at
        review.owner_id = subject.user_id
        session.flush()
    return review


def complete(
    session: Session,
    subject: Subject,
    *,
    review_id: UUID,
    quality_pct: Decimal,
    at: datetime,
    compliance_pct: Decimal | None = None,
) -> JourneyReview:
    """The review is done. Compliance is what checklist and media say, unless the reviewer differs.

    Findings stay open beyond it; a critical one keeps the journey from its audit.
    """
    review, journey = _review(session, subject, review_id)
    with as_system(session):
        scored = _compliance(session, journey) if compliance_pct is None else compliance_pct
        move(session, subject, REVIEW, review, ReviewEvent.COMPLETE, at)
        review.completed_at = at
        review.compliance_pct, review.quality_pct = scored, quality_pct
        session.flush()
    return review


def fail(
    session: Session, subject: Subject, *, review_id: UUID, reason: str, at: datetime
) -> JourneyReview:
    """The review cannot be done as things are; it may be taken up again."""
    review, _ = _review(session, subject, review_id)
    reason = checks.clean_text("reason", reason, 100)
    with as_system(session):
        move(session, subject, REVIEW, review, ReviewEvent.FAIL, at, reason=reason)
        session.flush()
    return review


def find(
    session: Session,
    subject: Subject,
    *,
    review_id: UUID,
    severity: FindingSeverity,
    finding_type: str,
    description: str,
    at: datetime,
    assigned_to_id: UUID | None = None,
) -> ReviewFinding:
    """Note what the running review found, and who must put it right."""
    review, _ = _review(session, subject, review_id)
    if review.status != AuditReviewStatus.IN_PROGRESS:
        raise InvalidInput("review_id", f"the review is {review.status}, not IN_PROGRESS")
    finding = ReviewFinding(
        client_id=review.client_id,
        id=new_id(at),
        location_id=review.location_id,
        owner_id=assigned_to_id,
        review_id=review.id,
        severity=severity.value,
        status=FindingStatus.OPEN.value,
        finding_type=checks.clean_text("finding_type", finding_type, 60),
        description=checks.clean_text("description", description, 1000),
    )
    with as_system(session):
        set_moment(session, at)
        session.add(finding)
        session.flush()
        details = {"finding_id": finding.id, "severity": severity}
        _note(session, subject, review, "FIND", at, details)
    return finding


def work_on(session: Session, subject: Subject, *, finding_id: UUID, at: datetime) -> ReviewFinding:
    """Somebody has begun to put the finding right."""
    return _move_finding(session, subject, finding_id, FindingEvent.START, at)


def resolve(session: Session, subject: Subject, *, finding_id: UUID, at: datetime) -> ReviewFinding:
    """The finding is put right, as somebody confirms who may approve work."""
    return _move_finding(session, subject, finding_id, FindingEvent.RESOLVE, at)


def _move_finding(
    session: Session, subject: Subject, finding_id: UUID, event: FindingEvent, at: datetime
) -> ReviewFinding:
    require(subject, Resource.JOURNEY_STEP, Action.APPROVE)
    finding = rows.act_on(
        session, subject, ReviewFinding, finding_id, Resource.JOURNEY_STEP, Action.APPROVE
    )
    with as_system(session):
        move(session, subject, FINDING, finding, event, at)
        if event is FindingEvent.RESOLVE:
            finding.resolved_at = at
        session.flush()
    return finding


def _journey(session: Session, subject: Subject, journey_id: UUID) -> TruckJourney:
    require(subject, Resource.JOURNEY_STEP, Action.APPROVE)
    return journey_to_work_on(session, subject, journey_id, Action.APPROVE)


def _review(
    session: Session, subject: Subject, review_id: UUID
) -> tuple[JourneyReview, TruckJourney]:
    """A review with its journey, both locked; nothing moves once the journey is audited."""
    require(subject, Resource.JOURNEY_STEP, Action.APPROVE)
    with as_system(session):
        review = rows.get(session, subject, JourneyReview, review_id)
    journey = _journey(session, subject, review.journey_id)
    if journey.status != JourneyStage.COMPLETED:
        status = AuditReviewStatus(review.status)
        reason = f"the journey is {journey.status}"
        raise TransitionRefused(REVIEW.name, status, ReviewEvent.START, reason)
    return review, journey


def _compliance(session: Session, journey: TruckJourney) -> Decimal:
    asked = asked_of(session, journey)
    items = [item for each in asked.items.values() for item in each if item.is_required]
    media = [medium for each in asked.media.values() for medium in each if medium.is_required]
    done = sum(item.status == ChecklistStatus.COMPLETED for item in items)
    satisfied = sum(medium.satisfied_by_media_id is not None for medium in media)
    return review_rules.compliance(Share(done, len(items)), Share(satisfied, len(media)))


def _note(
    session: Session,
    subject: Subject,
    review: JourneyReview,
    act: str,
    at: datetime,
    details: dict[str, object],
) -> None:
    audit.record(
        session, subject, act, Resource.JOURNEY, review.id, at, review.location_id, details=details
    )
    session.flush()
