"""Devices that were offline: every change is applied once, in order, and answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, tenant_session
from crm_core.enums import JourneyStage, MediaType, MobileSyncStatus, MobileUpdateType, UploadStatus
from crm_core.ids import new_id
from crm_core.models import (
    JourneyChecklistItem,
    JourneyEntry,
    JourneyMediaRequirement,
    MobileJourneyUpdate,
    MobileMediaItem,
    TruckJourney,
)
from crm_core.security.permissions import Subject
from crm_core.services.mobile import mobile_media, mobile_sessions, mobile_sync
from crm_core.services.mobile.mobile_sessions import Device, SessionOver
from crm_core.services.mobile.mobile_sync import DeviceUpdate
from crm_core.services.operations import journeys
from tests.factories import Tenant
from tests.integration.crm_core.field_flow import (
    HERE,
    a_file,
    a_journey,
    crewed,
    digest,
    hand_in,
    minutes,
    tick,
)
from tests.integration.crm_core.flow import hours

START = hours(500)


def _change(
    journey_id: UUID,
    kind: MobileUpdateType,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    base_version: int | None = None,
) -> DeviceUpdate:
    return DeviceUpdate(
        new_id(at), journey_id, kind, at, data or {}, base_version=base_version, position=HERE
    )


def _status(journey_id: UUID, event: str, at: datetime, base: int) -> DeviceUpdate:
    return _change(journey_id, MobileUpdateType.STATUS, at, {"event": event}, base)


def _sign_in(session: Session, subject: Subject) -> UUID:
    device = Device("tablet-1", "1.0", "14")
    opened = mobile_sessions.open_session(
        session, subject, device=device, token_hash=digest(str(subject.user_id)), at=START
    )
    found: UUID = opened.id
    return found


def _journey(company: Tenant, *, templates: bool, on_crew: bool = True) -> TruckJourney:
    with tenant_session(company.subjects["admin"]) as session:
        journey = a_journey(session, company, START, templates=templates)
        if on_crew:
            crewed(session, company, journey)
        session.refresh(journey)
    return journey


def _sync(
    session: Session, subject: Subject, device: UUID, at: datetime, *updates: DeviceUpdate
) -> list[mobile_sync.Outcome]:
    return mobile_sync.sync(session, subject, session_id=device, updates=updates, at=at)


def test_a_day_offline_is_applied_in_order_and_only_once(company: Tenant) -> None:
    driver = company.subjects["driver"]
    journey = _journey(company, templates=False)
    base = journey.lock_version
    with tenant_session(driver) as session:
        device = _sign_in(session, driver)
        queue = [
            _status(journey.id, "DEPART", minutes(5, START), base),
            _change(journey.id, MobileUpdateType.NOTE, minutes(9, START), {"text": "Dog"}),
            _change(journey.id, MobileUpdateType.LOCATION, minutes(20, START)),
            _status(journey.id, "ARRIVE", minutes(40, START), base),
        ]
        first = _sync(session, driver, device, hours(6, START), *queue)
        again = _sync(session, driver, device, hours(7, START), *queue)
        assert [answer.status for answer in first] == [MobileSyncStatus.SYNCED] * 4
        assert [answer.server_stage for answer in first] == ["EN_ROUTE"] * 3 + ["ONSITE"]
        assert [answer.status for answer in again] == [answer.status for answer in first]
        with as_system(session):
            row = session.get_one(TruckJourney, (company.client_id, journey.id))
            entries = session.scalars(select(JourneyEntry.entry_type)).all()
            kept = session.scalars(select(MobileJourneyUpdate.id)).all()
    assert (row.started_at, row.arrived_at) == (minutes(5, START), minutes(40, START))
    assert sorted(entries) == ["GPS", "NOTE", "STATUS_UPDATE", "STATUS_UPDATE"]
    assert len(kept) == 4


def test_a_server_that_moved_on_is_a_conflict_unless_it_is_there_already(company: Tenant) -> None:
    driver, manager = company.subjects["driver"], company.subjects["manager"]
    journey = _journey(company, templates=False)
    base = journey.lock_version
    with tenant_session(manager) as session:
        journeys.depart(session, manager, journey_id=journey.id, at=START)
    with tenant_session(driver) as session:
        device = _sign_in(session, driver)
        reached, clash = _sync(
            session, driver, device, hours(2, START),
            _status(journey.id, "DEPART", minutes(5, START), base),
            _status(journey.id, "ARRIVE", minutes(40, START), base),
        )  # fmt: skip
        # The server stood where the device thought: what the device did next still fits.
        assert reached.status == MobileSyncStatus.SYNCED
        assert clash.status == MobileSyncStatus.SYNCED
        late = _status(journey.id, "DEPART", minutes(50, START), base)
        (stale,) = _sync(session, driver, device, hours(3, START), late)
        assert stale.status == MobileSyncStatus.CONFLICT
        assert (stale.device_version, stale.server_stage) == (base, JourneyStage.ONSITE)
        assert stale.server_version is not None
        assert stale.server_version > base
        stored = session.scalars(
            select(MobileJourneyUpdate).where(
                MobileJourneyUpdate.client_update_id == late.client_update_id
            )
        ).one()
        solved = mobile_sync.resolve(
            session, driver, update_id=stored.id, takes_device=True, at=hours(4, START)
        )
    assert (solved.status, solved.server_stage) == (MobileSyncStatus.SYNCED, "EN_ROUTE")


def test_what_waits_for_evidence_is_tried_again_and_fails_in_the_end(company: Tenant) -> None:
    driver = company.subjects["driver"]
    journey = _journey(company, templates=True)
    with tenant_session(driver) as session:
        device = _sign_in(session, driver)
        depart = _status(journey.id, "DEPART", minutes(30, START), journey.lock_version)
        (waiting,) = _sync(session, driver, device, hours(1, START), depart)
        assert waiting.status == MobileSyncStatus.PENDING
        assert waiting.error is not None
        assert "vehicle_inspection" in waiting.error
        hand_in(session, driver, journey.id, 2, hours(1, START))
        journeys.prepare(session, driver, journey_id=journey.id, at=minutes(20, START))
        tick(session, driver, journey.id, 2, hours(1, START))
        # The person's own work on another screen moved the version on: theirs to decide.
        (clash,) = _sync(session, driver, device, hours(2, START), depart)
        assert clash.status == MobileSyncStatus.CONFLICT
        stuck = _change(
            journey.id, MobileUpdateType.CHECKLIST, hours(1, START),
            {"phase_number": 3, "item_key": "load"},
        )  # fmt: skip
        answers = [
            _sync(session, driver, device, hours(3 + again, START), stuck)[0] for again in range(6)
        ]
    states = [answer.status for answer in answers]
    assert states == [MobileSyncStatus.PENDING] * 4 + [MobileSyncStatus.FAILED] * 2


def test_what_cannot_be_is_answered_one_by_one(company: Tenant) -> None:
    driver = company.subjects["driver"]
    journey = _journey(company, templates=True)
    other = _journey(company, templates=True, on_crew=False)
    with tenant_session(driver) as session:
        device = _sign_in(session, driver)
        early = hours(-100)
        answers = _sync(
            session, driver, device, hours(1, START),
            _change(other.id, MobileUpdateType.NOTE, START, {"text": "not mine"}),
            _change(new_id(START), MobileUpdateType.NOTE, START, {"text": "nowhere"}),
            _change(journey.id, MobileUpdateType.NOTE, minutes(66, START), {"text": "ahead"}),
            _status(journey.id, "FLY", START, journey.lock_version),
            _status(journey.id, "COMPLETE", START, journey.lock_version),
            _change(journey.id, MobileUpdateType.NOTE, early, {"text": "late but fine"}),
        )  # fmt: skip
        states = [answer.status for answer in answers]
        errors = [answer.error or "" for answer in answers]
        assert states == [*[MobileSyncStatus.FAILED] * 5, MobileSyncStatus.SYNCED]
        assert "not yours" in errors[0]
        assert answers[0].server_version is None
        assert "not yours" in errors[1]
        assert "ahead of our clock" in errors[2]
        assert "not one of" in errors[3]
        assert "refused" in errors[4]
        assert len(session.scalars(select(MobileJourneyUpdate.id)).all()) == 4
        with pytest.raises(SessionOver):
            _sync(session, driver, device, hours(13, START))


def test_ticks_are_united_and_the_later_remark_stays(company: Tenant) -> None:
    driver = company.subjects["driver"]
    journey = _journey(company, templates=True)

    def ticked(at: datetime, notes: str) -> DeviceUpdate:
        data = {"phase_number": 2, "item_key": "route_review", "notes": notes}
        return _change(journey.id, MobileUpdateType.CHECKLIST, at, data)

    with tenant_session(driver) as session:
        device = _sign_in(session, driver)
        journeys.prepare(session, driver, journey_id=journey.id, at=START)
        answers = _sync(
            session, driver, device, hours(2, START),
            ticked(minutes(10, START), "bridge is closed"),
            ticked(minutes(5, START), "all clear"),
            ticked(minutes(30, START), "bridge is open"),
        )  # fmt: skip
        with as_system(session):
            item = session.scalars(
                select(JourneyChecklistItem).where(JourneyChecklistItem.item_key == "route_review")
            ).one()
    assert {answer.status for answer in answers} == {MobileSyncStatus.SYNCED}
    assert (item.notes, item.completed_at) == ("bridge is open", minutes(10, START))


def test_a_file_is_verified_kept_and_satisfies_what_asked_for_it(company: Tenant) -> None:
    driver = company.subjects["driver"]
    journey = _journey(company, templates=True)
    file = a_file("van", MediaType.PHOTO, 2, "vehicle_photo")
    data = {
        "media_type": "PHOTO", "file_path": "/photos/van.jpg", "mime_type": file.mime_type,
        "sha256": file.sha256, "byte_count": 1000, "phase_number": 2, "item_key": "vehicle_photo",
    }  # fmt: skip
    with tenant_session(driver) as session:
        device = _sign_in(session, driver)
        announced = _change(journey.id, MobileUpdateType.MEDIA, START, data)
        assert _sync(session, driver, device, START, announced)[0].status == "SYNCED"
        item = session.scalars(select(MobileMediaItem)).one()
        act = {"item_id": item.id, "at": hours(1, START)}
        mobile_media.begin(session, driver, **act)
        broken = {"object_key": "media/van", "sha256": digest("other"), **act}
        mobile_media.finish(session, driver, **broken)
        assert (item.upload_status, item.retry_count) == (UploadStatus.PENDING, 1)
        mobile_media.begin(session, driver, **act)
        mobile_media.progress(session, driver, item_id=item.id, pct=100)
        assert item.upload_pct == 99
        mobile_media.finish(session, driver, **{**broken, "sha256": file.sha256})
        with as_system(session):
            wanted = session.scalars(
                select(JourneyMediaRequirement).where(
                    JourneyMediaRequirement.item_key == "vehicle_photo"
                )
            ).one()
    assert item.upload_status == UploadStatus.COMPLETED
    assert wanted.satisfied_by_media_id == item.media_id
