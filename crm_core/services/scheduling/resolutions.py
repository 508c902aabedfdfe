"""What to do about somebody or something that is taken: offers, in the order they are made.

Another resource of the branch, one of a branch that shares the fleet, the nearest free time within
three days; and where the other slot weighs less, that one yields. Nothing is booked here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import as_system
from crm_core.enums import EquipmentStatus, SchedulePriority, ScheduleStatus, UserStatus
from crm_core.errors import CrmError
from crm_core.models import Equipment, EquipmentAssignment, Location, Occupancy, Schedule, User
from crm_core.security.permissions import Subject
from crm_core.services.scheduling import pools, slot_facts
from crm_core.services.scheduling.conflicts import Span, is_open

WITHIN = timedelta(days=3)
MOST = 3
"""Other resources named per branch."""
WEIGHTS = {priority: weight for weight, priority in enumerate(SchedulePriority)}


class OfferKind(StrEnum):
    SAME_BRANCH = "SAME_BRANCH"
    SHARED_FLEET = "SHARED_FLEET"
    NEAREST_TIME = "NEAREST_TIME"
    OTHER_YIELDS = "OTHER_YIELDS"


@dataclass(frozen=True)
class Offer:
    """One way out: which resource when, or which slot gives way."""

    kind: OfferKind
    sentence: str
    resource_id: UUID
    location_id: UUID
    span: Span
    schedule_id: UUID | None = None
    """The slot that would yield."""


class ResourceTaken(CrmError):
    """A person or an asset that cannot be booked for a span, with what could be done instead."""

    def __init__(self, reason: str, alternatives: Sequence[Offer]) -> None:
        ways = "; ".join(offer.sentence for offer in alternatives[:MOST]) or "nothing else is free"
        super().__init__(f"{reason}: {ways}")
        self.reason = reason
        self.alternatives = tuple(alternatives)


@dataclass(frozen=True)
class Candidate:
    """Somebody or something that could take over, and what it is booked for."""

    id: UUID
    label: str
    location_id: UUID
    booked: tuple[Span, ...]
    rank: int = 0
    """How little it differs from what was wanted."""


def offers_of_resources(candidates: Iterable[Candidate], home: UUID, span: Span) -> list[Offer]:
    """Free candidates: those of the branch first, then those of the others, the best fit first."""
    free = sorted(
        (c for c in candidates if not any(span.overlaps(each) for each in c.booked)),
        key=lambda c: (c.rank, c.label, c.id),
    )
    same = [c for c in free if c.location_id == home][:MOST]
    shared = [c for c in free if c.location_id != home][:MOST]
    return [
        *(_free(OfferKind.SAME_BRANCH, c, span, "is free") for c in same),
        *(_free(OfferKind.SHARED_FLEET, c, span, "of a sharing branch is free") for c in shared),
    ]


def nearest_free(
    span: Span,
    booked: Sequence[Span],
    fits: Callable[[Span], bool],
    not_before: datetime,
) -> Span | None:
    """The free span of the same length that starts nearest, within three days; the later of two.

    Tried are the ends and beginnings of what is booked, and the same hour on other days.
    """
    length = span.end_at - span.start_at
    starts = {each.end_at for each in booked} | {each.start_at - length for each in booked}
    starts |= {span.start_at + timedelta(days=days) for days in range(-3, 4)}
    tried = [
        Span(start, start + length)
        for start in starts
        if start >= not_before and abs(start - span.start_at) <= WITHIN
    ]
    free = [
        each for each in tried if fits(each) and not any(each.overlaps(taken) for taken in booked)
    ]
    return min(
        free,
        key=lambda each: (abs(each.start_at - span.start_at), each.start_at < span.start_at),
        default=None,
    )


def yields(mine: SchedulePriority, theirs: SchedulePriority) -> bool:
    """Whether the other slot gives way: only one that weighs less does."""
    return WEIGHTS[theirs] < WEIGHTS[mine]


def truck_offers(
    session: Session,
    subject: Subject,
    *,
    equipment: Equipment,
    location_id: UUID,
    span: Span,
    at: datetime,
    priority: SchedulePriority = SchedulePriority.NORMAL,
) -> list[Offer]:
    """What could be done for a branch that wants this asset for a span in which it is taken."""
    with as_system(session):
        pool = pools.pool_of(session, subject, location_id)
        others = _others(session, subject, equipment, pool)
        booked = _all_booked(session, subject, [equipment.id, *(each.id for each in others)], span)
        wanted = equipment.capacity_cubic_feet or 0
        candidates = [
            Candidate(
                each.id,
                each.name,
                each.location_id,
                booked[each.id],
                rank=abs((each.capacity_cubic_feet or 0) - wanted),
            )
            for each in others
            if (each.capacity_cubic_feet or wanted) >= wanted
        ]
        offers = offers_of_resources(candidates, location_id, span)
        own = Candidate(equipment.id, equipment.name, location_id, booked[equipment.id])
        if equipment.status == EquipmentStatus.ACTIVE:
            offers += _later(pool[0], own, span, at)
        offers += _yielding(session, subject, equipment, location_id, span, priority)
        return offers


def people_offers(
    session: Session,
    subject: Subject,
    *,
    user: User,
    location_id: UUID,
    span: Span,
    at: datetime,
) -> list[Offer]:
    """Who could go instead of a person who is taken or away: the same role and skills."""
    with as_system(session):
        pool = pools.pool_of(session, subject, location_id)
        query = select(User).where(
            User.client_id == subject.client_id,
            User.location_id.in_([branch.id for branch in pool]),
            User.role == user.role,
            User.status == UserStatus.ACTIVE.value,
            User.id != user.id,
        )
        others = [
            each
            for each in session.scalars(query.order_by(User.id))
            if set(user.skills) <= set(each.skills)
        ]
        ids = [user.id, *(each.id for each in others)]
        booked = _all_booked(session, subject, ids, span)
        wide = Span(span.start_at - WITHIN, span.end_at + WITHIN)
        for person, away in slot_facts.away_of(session, subject, ids, wide).items():
            booked[person] += away
        # Offers are shown to people, who look names up; the sentence holds none.
        candidates = [
            Candidate(each.id, f"another {each.role.lower()}", each.location_id, booked[each.id])
            for each in others
            if each.location_id is not None
        ]
        offers = offers_of_resources(candidates, location_id, span)
        own = Candidate(user.id, f"the same {user.role.lower()}", location_id, booked[user.id])
        return offers + _later(pool[0], own, span, at)


def _free(kind: OfferKind, candidate: Candidate, span: Span, said: str) -> Offer:
    sentence = f"{candidate.label} {said}"
    return Offer(kind, sentence, candidate.id, candidate.location_id, span)


def _later(branch: Location, own: Candidate, span: Span, at: datetime) -> list[Offer]:
    def fits(each: Span) -> bool:
        start, end = (clock.local_naive(instant, branch.timezone) for instant in each)
        return is_open(branch.business_hours, start, end)

    found = nearest_free(span, own.booked, fits, at)
    if found is None:
        return []
    local = clock.local_naive(found.start_at, branch.timezone)
    sentence = f"{own.label} is free from {local:%Y-%m-%d %H:%M}"
    return [Offer(OfferKind.NEAREST_TIME, sentence, own.id, own.location_id, found)]


def _others(
    session: Session, subject: Subject, equipment: Equipment, pool: Sequence[Location]
) -> list[Equipment]:
    query = select(Equipment).where(
        Equipment.client_id == subject.client_id,
        Equipment.location_id.in_([branch.id for branch in pool]),
        Equipment.equipment_type == equipment.equipment_type,
        Equipment.status == EquipmentStatus.ACTIVE.value,
        Equipment.id != equipment.id,
    )
    return list(session.scalars(query.order_by(Equipment.name)))


def _all_booked(
    session: Session, subject: Subject, ids: Sequence[UUID], span: Span
) -> dict[UUID, tuple[Span, ...]]:
    wide = Span(span.start_at - WITHIN, span.end_at + WITHIN)
    return slot_facts.booked_of(session, subject, ids, wide)


def _yielding(
    session: Session,
    subject: Subject,
    equipment: Equipment,
    location_id: UUID,
    span: Span,
    priority: SchedulePriority,
) -> list[Offer]:
    """The slots of journeys that hold the asset in the span and weigh less."""
    query = (
        select(Schedule)
        .join(
            EquipmentAssignment,
            (EquipmentAssignment.client_id == Schedule.client_id)
            & (EquipmentAssignment.journey_id == Schedule.journey_id),
        )
        .join(
            Occupancy,
            (Occupancy.client_id == EquipmentAssignment.client_id)
            & (Occupancy.id == EquipmentAssignment.id),
        )
        .where(
            Schedule.client_id == subject.client_id,
            Schedule.status.not_in([each.value for each in ScheduleStatus.released()]),
            Occupancy.resource_id == equipment.id,
            Occupancy.start_at < span.end_at,
            Occupancy.end_at > span.start_at,
        )
    )
    return [
        Offer(
            OfferKind.OTHER_YIELDS,
            f"the slot that has {equipment.name} is {each.priority} and yields",
            equipment.id,
            location_id,
            span,
            each.id,
        )
        for each in session.scalars(query.order_by(Schedule.id))
        if yields(priority, SchedulePriority(each.priority))
    ]
