"""Signed-in devices of the field: opened, extended by use, ended.

What devices send is `mobile.mobile_sync` and `mobile.mobile_media`; sign-in is `access`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import SessionSyncState
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import MobileSession, User
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows

LIFETIME = timedelta(hours=12)


class SessionOver(CrmError):
    """The device must sign in again."""


@dataclass(frozen=True)
class Device:
    """What a device says of itself."""

    device_id: str
    app_version: str
    os_version: str
    info: Mapping[str, Any] = field(default_factory=dict)


def open_session(
    session: Session, subject: Subject, *, device: Device, token_hash: str, at: datetime
) -> MobileSession:
    """Sign the subject in on a device for twelve hours; an older session there ends."""
    require(subject, Resource.MOBILE, Action.CREATE)
    if subject.user_id is None:
        raise InvalidInput("user_id", "a device is signed in by a person")
    with as_system(session):
        location_id = rows.get(session, subject, User, subject.user_id, lock=False).location_id
        for older in _active(session, subject, device.device_id):
            _end(session, subject, older, at)
        set_moment(session, at)
        opened = MobileSession(
            client_id=subject.client_id,
            id=new_id(at),
            location_id=location_id,
            user_id=subject.user_id,
            device_id=checks.clean_text("device_id", device.device_id, 100),
            device_info=dict(device.info),
            app_version=checks.clean_text("app_version", device.app_version, 40),
            os_version=checks.clean_text("os_version", device.os_version, 40),
            token_hash=token_hash,
            started_at=at,
            started_on=rows.day_at(session, subject, location_id, at),
            expires_at=at + LIFETIME,
            is_active=True,
            sync_status=SessionSyncState.ONLINE.value,
        )
        session.add(opened)
        session.flush()
        _note(session, subject, opened, "SIGN_IN", at)
    return opened


def end_session(
    session: Session, subject: Subject, *, session_id: UUID, at: datetime
) -> MobileSession:
    """Sign the device out."""
    require(subject, Resource.MOBILE, Action.UPDATE)
    held = rows.act_on(session, subject, MobileSession, session_id, Resource.MOBILE, Action.UPDATE)
    with as_system(session):
        if held.is_active:
            _end(session, subject, held, at)
    return held


def in_use(session: Session, subject: Subject, session_id: UUID, at: datetime) -> MobileSession:
    """The subject's own session, locked; raises `SessionOver` when it has ended or expired."""
    require(subject, Resource.MOBILE, Action.UPDATE)
    held = rows.act_on(session, subject, MobileSession, session_id, Resource.MOBILE, Action.UPDATE)
    if held.user_id != subject.user_id:
        raise rows.NotFound(MobileSession, session_id)
    if not held.is_active or held.expires_at <= at:
        raise SessionOver("the device's session is over: sign in again, nothing queued is lost")
    held.last_active_at = at
    return held


def _active(session: Session, subject: Subject, device_id: str) -> list[MobileSession]:
    query = select(MobileSession).where(
        MobileSession.client_id == subject.client_id,
        MobileSession.user_id == subject.user_id,
        MobileSession.device_id == device_id,
        MobileSession.is_active,
    )
    return list(session.scalars(query.with_for_update()))


def _end(session: Session, subject: Subject, held: MobileSession, at: datetime) -> None:
    held.is_active, held.ended_at = False, max(at, held.started_at)
    _note(session, subject, held, "SIGN_OUT", at)
    session.flush()


def _note(session: Session, subject: Subject, held: MobileSession, act: str, at: datetime) -> None:
    audit.record(session, subject, act, Resource.MOBILE, held.id, at, held.location_id)
    session.flush()
