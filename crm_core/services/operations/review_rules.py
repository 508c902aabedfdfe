"""What the review of a journey comes to: its score, and whether it lets the journey be audited.

Conducting the review is `operations.reviews`.
"""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.enums import AuditReviewStatus, FindingSeverity, FindingStatus
from crm_core.models import JourneyReview, ReviewFinding, TruckJourney
from crm_core.money import cents
from crm_core.services.operations.phase_rules import Share

PERFECT = Decimal(100)


def compliance(items: Share, media: Share) -> Decimal:
    """The share of required items done and required media handed in, in percent."""
    total = items.total + media.total
    if total == 0:
        return PERFECT
    return cents(PERFECT * (items.done + media.done) / total)


def why_not_audited(session: Session, journey: TruckJourney) -> str | None:
    """What keeps a journey from its audit: no completed review, or a critical finding."""
    review = session.scalars(
        select(JourneyReview).where(
            JourneyReview.client_id == journey.client_id, JourneyReview.journey_id == journey.id
        )
    ).one_or_none()
    if review is None:
        return "nobody has reviewed it yet"
    if review.status != AuditReviewStatus.COMPLETED:
        return f"its review is {review.status}"
    critical = session.scalars(
        select(ReviewFinding.id).where(
            ReviewFinding.client_id == journey.client_id,
            ReviewFinding.review_id == review.id,
            ReviewFinding.severity == FindingSeverity.CRITICAL.value,
            ReviewFinding.status != FindingStatus.RESOLVED.value,
        )
    )
    return None if critical.first() is None else "a critical finding is not resolved"
