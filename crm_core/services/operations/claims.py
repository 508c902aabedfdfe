"""Claims: what a customer asks for after a journey, looked at, paid or denied.

Damage is reported in the field; a claim takes the reports of its journey together.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import ClaimStatus, ClaimType, CostKind, JourneyStage
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Claim, DamageReport, JourneyCost, TruckJourney
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.checks import CENT
from crm_core.services.finance import ledger, ledger_rules
from crm_core.services.finance.ledger import Voucher
from crm_core.services.machines.claims import CLAIM, ClaimEvent
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.moves import move
from crm_core.services.numbers import NumberKind, next_number


def open_claim(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    claim_type: ClaimType,
    claimed_amount: Decimal,
    description: str,
    at: datetime,
    damage_report_ids: Sequence[UUID] = (),
) -> Claim:
    """Note what the customer of a journey asks for, with the damage reported on it."""
    require(subject, Resource.CLAIM, Action.CREATE)
    checks.instant("at", at)
    journey = rows.get(session, subject, TruckJourney, journey_id, lock=False)
    if journey.customer_id is None or journey.status == JourneyStage.SCHEDULED:
        raise InvalidInput("journey_id", f"journey {journey.journey_number} has not begun")
    today = rows.day_at(session, subject, journey.location_id, at)
    claim = Claim(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=journey.location_id,
        owner_id=subject.user_id,
        journey_id=journey.id,
        customer_id=journey.customer_id,
        claim_type=claim_type.value,
        status=ClaimStatus.OPEN.value,
        opened_at=at,
        opened_on=today,
        claimed_amount=checks.money("claimed_amount", claimed_amount, least=CENT),
        currency=journey.currency,
        description=checks.clean_text("description", description, 2000),
    )
    reports = [_report(session, subject, journey, each) for each in damage_report_ids]
    claim.claim_number = next_number(session, subject, NumberKind.CLAIM, today)
    set_moment(session, at)
    rows.add(session, subject, claim, Resource.CLAIM)
    session.flush()
    with as_system(session):
        for report in reports:
            report.claim_id = claim.id
        audit.record(
            session,
            subject,
            "CREATE",
            Resource.CLAIM,
            claim.id,
            at,
            claim.location_id,
            details={"claimed": claim.claimed_amount, "reports": len(reports)},
        )
        session.flush()
    return claim


def review(session: Session, subject: Subject, *, claim_id: UUID, at: datetime) -> Claim:
    """Somebody looks at it."""
    require(subject, Resource.CLAIM, Action.UPDATE)
    claim = rows.get(session, subject, Claim, claim_id)
    move(session, subject, CLAIM, claim, ClaimEvent.REVIEW, at)
    session.flush()
    return claim


def settle(
    session: Session,
    subject: Subject,
    *,
    claim_id: UUID,
    amount: Decimal,
    at: datetime,
    above_claim: bool = False,
) -> Claim:
    """Pay an amount, a cost of the journey and the ledger's; more than claimed only if said so."""
    require(subject, Resource.CLAIM, Action.APPROVE)
    claim = rows.act_on(session, subject, Claim, claim_id, Resource.CLAIM, Action.APPROVE)
    checks.money("settled_amount", amount, least=CENT)
    if amount > claim.claimed_amount and not above_claim:
        raise InvalidInput(
            "settled_amount", f"{amount} is more than the {claim.claimed_amount} claimed"
        )
    with as_system(session):
        closed = _close(session, subject, claim, ClaimEvent.SETTLE, at, amount=amount)
        closed.settled_amount = amount
        closed.is_settled_above_claim = amount > claim.claimed_amount
        session.flush()
        _cost(session, subject, claim, amount, at)
    return claim


def deny(session: Session, subject: Subject, *, claim_id: UUID, reason: str, at: datetime) -> Claim:
    """Pay nothing."""
    require(subject, Resource.CLAIM, Action.APPROVE)
    claim = rows.act_on(session, subject, Claim, claim_id, Resource.CLAIM, Action.APPROVE)
    with as_system(session):
        closed = _close(session, subject, claim, ClaimEvent.DENY, at)
        closed.denial_reason = checks.clean_text("reason", reason, 500)
        session.flush()
    return claim


def reopen(session: Session, subject: Subject, *, claim_id: UUID, at: datetime) -> Claim:
    """Look at a denied claim once more."""
    require(subject, Resource.CLAIM, Action.APPROVE)
    claim = rows.act_on(session, subject, Claim, claim_id, Resource.CLAIM, Action.APPROVE)
    with as_system(session):
        move(session, subject, CLAIM, claim, ClaimEvent.REOPEN, at)
        claim.closed_on, claim.denial_reason = None, None
        session.flush()
    return claim


def _close(
    session: Session,
    subject: Subject,
    claim: Claim,
    event: ClaimEvent,
    at: datetime,
    **details: object,
) -> Claim:
    """The claim in its last status, not written yet: what that needs is still missing."""
    if at < claim.opened_at:
        reason = f"it was opened later, at {claim.opened_at.isoformat()}"
        raise TransitionRefused(CLAIM.name, ClaimStatus(claim.status), event, reason)
    closed_on = rows.day_at(session, subject, claim.location_id, at)
    with session.no_autoflush:
        move(session, subject, CLAIM, claim, event, at, **details)
    claim.closed_on = closed_on
    return claim


def _cost(session: Session, subject: Subject, claim: Claim, amount: Decimal, at: datetime) -> None:
    assert claim.closed_on is not None
    session.add(
        JourneyCost(
            client_id=claim.client_id,
            id=new_id(at),
            location_id=claim.location_id,
            owner_id=claim.owner_id,
            journey_id=claim.journey_id,
            kind=CostKind.CLAIM.value,
            incurred_on=claim.closed_on,
            quantity=Decimal(1),
            unit_amount=amount,
            amount=amount,
            currency=claim.currency,
            claim_id=claim.id,
        )
    )
    voucher = Voucher(
        claim.location_id,
        claim.owner_id,
        claim.currency,
        claim.closed_on,
        journey_id=claim.journey_id,
        reference=str(claim.id),
    )
    ledger.post(session, subject, voucher, ledger_rules.of_claim(amount), at)


def _report(
    session: Session, subject: Subject, journey: TruckJourney, report_id: UUID
) -> DamageReport:
    report = rows.get(session, subject, DamageReport, report_id)
    if report.journey_id != journey.id or report.claim_id is not None:
        raise InvalidInput("damage_report_ids", f"{report_id} is of another journey or claim")
    return report
