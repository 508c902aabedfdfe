"""Random walks of journeys, their parts and what devices send about them; see `walks.py`."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, tenant_session
from crm_core.enums import (
    CrewRole,
    FindingSeverity,
    FindingStatus,
    JourneyStage,
    MediaType,
    MobileUpdateType,
    TimeEntryKind,
)
from crm_core.ids import new_id
from crm_core.models import (
    AssignedCrew,
    JourneyChecklistItem,
    JourneyPhase,
    JourneyReview,
    JourneyStep,
    MobileJourneyUpdate,
    MobileMediaItem,
    ReviewFinding,
    TruckJourney,
)
from crm_core.services.machines.mobile import MOBILE_UPDATE, UPLOAD
from crm_core.services.machines.operations import (
    CHECKLIST_ITEM,
    CREW,
    FINDING,
    JOURNEY,
    PHASE,
    REVIEW,
    STEP,
)
from crm_core.services.mobile import mobile_media, mobile_sessions, mobile_sync
from crm_core.services.mobile.mobile_media import Announced
from crm_core.services.mobile.mobile_sessions import Device
from crm_core.services.mobile.mobile_sync import DeviceUpdate
from crm_core.services.operations import (
    checklists,
    crews,
    journey_steps,
    journeys,
    reviews,
    time_entries,
)
from tests.factories import Tenant
from tests.integration.crm_core.field_flow import (
    HERE,
    a_journey,
    crewed,
    digest,
)
from tests.integration.crm_core.field_walks import Act, check_journey, journey_acts, of
from tests.integration.crm_core.flow import done, hours
from tests.integration.crm_core.walks import Step, Walk, take, walks

pytestmark = pytest.mark.long

START = hours(500)


@pytest.fixture
def journey(company: Tenant) -> TruckJourney:
    with tenant_session(company.subjects["admin"]) as session:
        made = a_journey(session, company, START)
        crewed(session, company, made)
    return made


@pytest.fixture
def under_way(company: Tenant, journey: TruckJourney) -> list[TruckJourney]:
    """Four journeys of the same crew: planned, in the morning, at the customer, finished."""
    admin = company.subjects["admin"]
    made = [journey]
    with tenant_session(admin) as session:
        for day in (1, 2, 3):
            later = a_journey(session, company, hours(24 * day, START))
            crewed(session, company, later)
            made.append(later)
        for each in made[1:]:
            ask = {"journey_id": each.id, "at": each.planned_start_at}
            journeys.prepare(session, admin, **ask)
            if each is not made[1]:
                journeys.depart(session, admin, **ask)
                journeys.arrive(session, admin, **ask)
        journeys.complete(
            session, admin, journey_id=made[3].id, at=hours(6, made[3].planned_start_at)
        )
    return made


@pytest.fixture
def finished(company: Tenant, journey: TruckJourney) -> TruckJourney:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        return done(session, admin, journey)


def _one(company: Tenant, model: Any, *where: Any) -> Any:
    with tenant_session(company.subjects["admin"]) as session:
        return session.scalars(select(model).where(*where)).one()


@walks
@given(data=st.data())
def test_journeys(company: Tenant, under_way: list[TruckJourney], data: st.DataObject) -> None:
    journey = data.draw(st.sampled_from(under_way))
    start = hours(7, journey.planned_start_at)
    walk = Walk(
        JOURNEY, TruckJourney, journey.id, start, journey_acts(of("self")),
        lambda session, row: check_journey(session, row.id),
    )  # fmt: skip
    take(walk, company.subjects["admin"], data)


@walks
@given(data=st.data())
def test_phases(company: Tenant, under_way: list[TruckJourney], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, 6))
    journey = data.draw(st.sampled_from(under_way[:3]))
    phase = _one(
        company, JourneyPhase,
        JourneyPhase.journey_id == journey.id, JourneyPhase.phase_number == number,
    )  # fmt: skip
    walk = Walk(
        PHASE, JourneyPhase, phase.id, hours(7, journey.planned_start_at),
        journey_acts(of("journey")),
        lambda session, row: check_journey(session, row.journey_id),
    )  # fmt: skip
    take(walk, company.subjects["admin"], data)


@walks
@given(data=st.data())
def test_steps(company: Tenant, finished: TruckJourney, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, 4))
    step = _one(
        company, JourneyStep,
        JourneyStep.journey_id == finished.id, JourneyStep.step_number == number,
    )  # fmt: skip
    named = {"step_number": number}
    acts: dict[str, Act] = {
        "start": lambda s: journey_steps.start(
            s.session, s.subject, journey_id=s.row.journey_id, at=s.at, **named
        ),
        "complete": lambda s: journey_steps.complete(
            s.session, s.subject, journey_id=s.row.journey_id, at=s.at, **named
        ),
        "approve": lambda s: journey_steps.approve(
            s.session, s.subject, journey_id=s.row.journey_id, at=s.at, **named
        ),
        "reject": lambda s: journey_steps.reject(
            s.session, s.subject, journey_id=s.row.journey_id, at=s.at, reason="dirty", **named
        ),
    }
    more = journey_acts(of("journey"))
    acts |= {name: more[name] for name in ("review", "audit")}
    walk = Walk(
        STEP, JourneyStep, step.id, hours(600), acts,
        lambda session, row: check_journey(session, row.journey_id),
    )  # fmt: skip
    take(walk, company.subjects["admin"], data)


@walks
@given(data=st.data())
def test_checklist_items(company: Tenant, journey: TruckJourney, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(["vehicle_inspection", "route_review"]))
    item = _one(
        company, JourneyChecklistItem,
        JourneyChecklistItem.journey_id == journey.id, JourneyChecklistItem.item_key == key,
    )  # fmt: skip
    named = {"phase_number": 2, "item_key": key}
    acts = journey_acts(of("journey")) | {
        "tick": lambda s: checklists.complete(
            s.session, s.subject, journey_id=s.row.journey_id, at=s.at, **named
        ),
        "skip": lambda s: checklists.skip(
            s.session, s.subject, journey_id=s.row.journey_id, at=s.at, reason="rain", **named
        ),
    }
    walk = Walk(
        CHECKLIST_ITEM, JourneyChecklistItem, item.id, START, acts,
        lambda session, row: check_journey(session, row.journey_id),
    )  # fmt: skip
    take(walk, company.subjects["admin"], data)


@walks
@given(data=st.data())
def test_crew_assignments(
    company: Tenant, under_way: list[TruckJourney], data: st.DataObject
) -> None:
    journey = data.draw(st.sampled_from(under_way[:3]))
    member = _one(company, AssignedCrew, AssignedCrew.journey_id == journey.id)
    named = {"assignment_id": member.id}
    own = {"user_id": member.user_id}
    more = journey_acts(of("journey"))
    acts: dict[str, Act] = {name: more[name] for name in ("depart", "arrive", "complete", "cancel")}
    acts |= {
        "confirm": lambda s: crews.confirm(s.session, s.subject, at=s.at, **named),
        "decline": lambda s: crews.decline(s.session, s.subject, at=s.at, reason="ill", **named),
        "release": lambda s: crews.release(s.session, s.subject, at=s.at, reason="full", **named),
        "assign": lambda s: crews.assign(
            s.session, s.subject, journey_id=s.row.journey_id, at=s.at,
            crew_role=CrewRole.DRIVER, is_lead=s.data.draw(st.booleans()), **own,
        ),
        "clock in": lambda s: time_entries.clock_in(
            s.session, s.subject, kind=s.data.draw(st.sampled_from(TimeEntryKind)), at=s.at,
            journey_id=s.row.journey_id, **own,
        ),
        "clock out": lambda s: time_entries.clock_out(s.session, s.subject, at=s.at, **own),
    }  # fmt: skip
    walk = Walk(
        CREW, AssignedCrew, member.id, hours(7, journey.planned_start_at), acts,
        lambda session, row: check_journey(session, row.journey_id),
    )  # fmt: skip
    take(walk, company.subjects["admin"], data)


@pytest.fixture
def review(company: Tenant, finished: TruckJourney) -> JourneyReview:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        return reviews.open_review(session, admin, journey_id=finished.id, at=hours(600))


def _find(step: Step[Any]) -> object:
    return reviews.find(
        step.session, step.subject, review_id=step.row.id,
        severity=step.data.draw(st.sampled_from(FindingSeverity)),
        finding_type="damage", description="A scratch", at=step.at,
    )  # fmt: skip


def _resolve(step: Step[Any]) -> None:
    query = select(ReviewFinding.id).where(ReviewFinding.status != FindingStatus.RESOLVED.value)
    for finding_id in step.session.scalars(query).all():
        reviews.resolve(step.session, step.subject, finding_id=finding_id, at=step.at)


def _no_audit_over_a_critical_finding(session: Session, row: JourneyReview) -> None:
    with as_system(session):
        stage = session.scalars(
            select(TruckJourney.status).where(TruckJourney.id == row.journey_id)
        ).one()
        critical = session.scalars(
            select(ReviewFinding.id).where(
                ReviewFinding.severity == FindingSeverity.CRITICAL.value,
                ReviewFinding.status != FindingStatus.RESOLVED.value,
            )
        ).all()
    assert stage != JourneyStage.AUDITED or (row.status == "COMPLETED" and not critical)


@walks
@given(data=st.data())
def test_reviews(company: Tenant, review: JourneyReview, data: st.DataObject) -> None:
    named = {"review_id": review.id}
    acts: dict[str, Act] = {
        "start": lambda s: reviews.start(s.session, s.subject, at=s.at, **named),
        "fail": lambda s: reviews.fail(s.session, s.subject, at=s.at, reason="no files", **named),
        "complete": lambda s: reviews.complete(
            s.session, s.subject, at=s.at, quality_pct=Decimal(75), **named
        ),
        "find": _find,
        "resolve": _resolve,
        "audit": journey_acts(of("journey"))["audit"],
    }
    walk = Walk(
        REVIEW, JourneyReview, review.id, hours(601), acts, _no_audit_over_a_critical_finding
    )
    take(walk, company.subjects["admin"], data)


@walks
@given(data=st.data())
def test_findings(company: Tenant, review: JourneyReview, data: st.DataObject) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        finding = session.scalars(select(ReviewFinding)).one_or_none()
        if finding is None:
            reviews.start(session, admin, review_id=review.id, at=hours(601))
            finding = reviews.find(
                session, admin, review_id=review.id, severity=FindingSeverity.MAJOR,
                finding_type="gps", description="No track", at=hours(602),
            )  # fmt: skip
    named = {"finding_id": finding.id}
    acts: dict[str, Act] = {
        "work on": lambda s: reviews.work_on(s.session, s.subject, at=s.at, **named),
        "resolve": lambda s: reviews.resolve(s.session, s.subject, at=s.at, **named),
    }
    take(Walk(FINDING, ReviewFinding, finding.id, hours(603), acts), admin, data)


@pytest.fixture
def update(company: Tenant, journey: TruckJourney) -> MobileJourneyUpdate:
    """A departure that waits for its evidence."""
    driver = company.subjects["driver"]
    with tenant_session(driver) as session:
        device = mobile_sessions.open_session(
            session, driver, device=Device("t", "1", "1"), token_hash=digest(str(journey.id)),
            at=START,
        )  # fmt: skip
        with as_system(session):
            row = session.get_one(TruckJourney, (company.client_id, journey.id))
        sent = DeviceUpdate(
            new_id(START), journey.id, MobileUpdateType.STATUS, START, {"event": "DEPART"},
            base_version=row.lock_version, position=HERE,
        )  # fmt: skip
        mobile_sync.sync(session, driver, session_id=device.id, updates=[sent], at=START)
        return session.scalars(select(MobileJourneyUpdate)).one()


@walks
@given(data=st.data())
def test_mobile_updates(company: Tenant, update: MobileJourneyUpdate, data: st.DataObject) -> None:
    named = {"update_id": update.id}
    more = journey_acts(of("journey"))
    acts: dict[str, Act] = {name: more[name] for name in ("prepare", "evidence")}
    acts |= {
        "retry": lambda s: mobile_sync.retry(s.session, s.subject, at=s.at, **named),
        "take": lambda s: mobile_sync.resolve(
            s.session, s.subject, at=s.at, takes_device=s.data.draw(st.booleans()), **named
        ),
    }
    walk = Walk(
        MOBILE_UPDATE, MobileJourneyUpdate, update.id, START, acts,
        lambda session, row: check_journey(session, row.journey_id),
    )  # fmt: skip
    take(walk, company.subjects["driver"], data)


@walks
@given(data=st.data())
def test_uploads(company: Tenant, update: MobileJourneyUpdate, data: st.DataObject) -> None:
    driver = company.subjects["driver"]
    with tenant_session(driver) as session:
        item = session.scalars(select(MobileMediaItem)).one_or_none()
        if item is None:
            file = Announced(
                MediaType.PHOTO, "/van.jpg", "image/jpeg", 10, digest("van"), START, 2,
                "vehicle_photo",
            )  # fmt: skip
            item = mobile_media.announce(
                session, driver, journey_id=update.journey_id, file=file, at=START
            )
    named = {"item_id": item.id}
    right = st.booleans().map(lambda same: digest("van" if same else "broken"))
    acts: dict[str, Act] = {
        "begin": lambda s: mobile_media.begin(s.session, s.subject, at=s.at, **named),
        "part": lambda s: mobile_media.progress(
            s.session, s.subject, pct=s.data.draw(st.integers(-1, 101)), **named
        ),
        "finish": lambda s: mobile_media.finish(
            s.session, s.subject, at=s.at, object_key="m/van", sha256=s.data.draw(right), **named
        ),
        "interrupt": lambda s: mobile_media.interrupt(s.session, s.subject, at=s.at, **named),
    }
    take(Walk(UPLOAD, MobileMediaItem, item.id, START, acts), driver, data)
