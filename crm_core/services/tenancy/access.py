"""Who somebody is: accounts by mail address, sign-in, sessions and passwords.

What they may do is in `crm_core.security.permissions`. Sign-in and sessions stand at the edge:
they open and commit their own transactions, so that a failure is counted even though it is refused.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import DatabaseRole, as_system, engine, tenant_session
from crm_core.enums import AuditSeverity, UserRole, UserStatus
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import Session as StoredSession
from crm_core.models import User
from crm_core.security import audit
from crm_core.security.passwords import (
    hash_password,
    needs_rehash,
    new_token,
    one_time_password,
    password_matches,
    token_hash,
)
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Resource,
    Subject,
    effective,
    require,
    scope_of,
    system_subject,
)
from crm_core.services import rows
from crm_core.services.tenancy import overrides

MAX_FAILURES = 5
LOCK_OUT = timedelta(minutes=15)
IDLE_LIMIT = timedelta(minutes=30)
ABSOLUTE_LIMIT = timedelta(hours=8)
TOUCH_EVERY = timedelta(minutes=1)
"""How stale `last_seen_at` may get: not every click needs to write."""


class UnknownUser(CrmError):
    """No active account with this mail address."""


class SignInRefused(CrmError):
    """One line for every cause, so that nobody learns which accounts exist."""

    def __init__(self) -> None:
        super().__init__(
            "sign-in refused: address or password is wrong, or there were too many attempts;"
            " wait 15 minutes and try again"
        )


class SessionEnded(CrmError):
    """The session is unknown, too old, idle for too long, or was ended."""

    def __init__(self) -> None:
        super().__init__("the session has ended: sign in again")


@dataclass(frozen=True)
class Account:
    """An account as it stands now: role and branches are read anew at each request."""

    subject: Subject
    user_id: UUID
    email: str
    language: str
    must_change_password: bool


@dataclass(frozen=True)
class SignedIn:
    """A fresh session; the token is given out here and never again."""

    token: str
    expires_at: datetime
    account: Account


def subject_of(email: str, at: datetime | None = None) -> Subject:
    """The subject behind a mail address as of `at`, or now; raises `UnknownUser`."""
    return account_of(email, at).subject


def account_of(email: str, at: datetime | None = None) -> Account:
    """The active account of a mail address as of `at`, or now; raises `UnknownUser`."""
    found = _find_users(email)
    if len(found) > 1:
        raise UnknownUser(f"{email} belongs to more than one company: sign in to the one you mean")
    if not found or found[0].status != UserStatus.ACTIVE:
        raise UnknownUser(f"there is no active user {email}: check the address")
    return _account(found[0], email, at or clock.now())


def has_own_password(email: str) -> bool:
    """Whether the user has chosen a password of their own (a one-time password is not)."""
    return any(u.password_hash and not u.must_change_password for u in _find_users(email))


def timezone_of(subject: Subject) -> str:
    """The time zone of the subject's company."""
    # As the platform: a driver knows the time, though not the company's profile.
    with tenant_session(system_subject(subject.client_id)) as session:
        return rows.zone_of(session, subject, None)


def sign_in(email: str, password: str, *, at: datetime) -> SignedIn:
    """Check a password and open a session; raises `SignInRefused`.

    Five failures lock the account for fifteen minutes; success and failure are audited.
    """
    found = _find_users(email)
    for row in found:
        # As the platform, not as the user: nobody has proved yet who they are.
        system = system_subject(row.client_id)
        with tenant_session(system) as session:
            user = rows.get(session, system, User, row.user_id)
            if _password_accepted(session, system, user, password, at):
                return _open_session(session, _account(row, email, at), at)
    if not found:
        password_matches(None, password)
    raise SignInRefused


def session_subject(token: str, at: datetime) -> Subject:
    """The subject behind a session token; raises `SessionEnded`."""
    return session_account(token, at).subject


def session_account(token: str, at: datetime) -> Account:
    """The account behind a session token, with what it may do now; raises `SessionEnded`."""
    with engine(DatabaseRole.APP).begin() as connection:
        query = text("select * from core.find_session(:hash)")
        found = connection.execute(query, {"hash": token_hash(token)}).one_or_none()
    if found is None or found.revoked_at is not None or at >= found.expires_at:
        raise SessionEnded
    if at - found.last_seen_at >= IDLE_LIMIT:
        raise SessionEnded
    users = [user for user in _find_users(found.email) if user.user_id == found.user_id]
    if not users or users[0].status != UserStatus.ACTIVE:
        raise SessionEnded
    if at - found.last_seen_at >= TOUCH_EVERY:
        with tenant_session(system_subject(found.client_id)) as session:
            session.execute(
                update(StoredSession)
                .where(StoredSession.client_id == found.client_id)
                .where(StoredSession.id == found.session_id)
                .values(last_seen_at=at)
            )
    return _account(users[0], found.email, at)


def sign_out(token: str, *, at: datetime) -> None:
    """End a session; nothing happens when it has ended already."""
    try:
        account = session_account(token, at)
    except SessionEnded:
        return
    with tenant_session(system_subject(account.subject.client_id)) as session:
        _revoke(session, account.subject, account.user_id, at, only=token)
        _record_user(session, account.subject, "SIGN_OUT", account.user_id, at)


def change_password(
    subject: Subject, *, current: str, new: str, at: datetime, keep_token: str | None = None
) -> None:
    """Replace one's own password; ends every session but the one of `keep_token`.

    Raises `InvalidInput` for a wrong current password, a short new one, or the same again.
    """
    if subject.user_id is None:
        raise ActionRefused("only a member of staff has a password")
    # As the platform: the home branch of the user may be outside of what they see.
    with tenant_session(system_subject(subject.client_id)) as session:
        user = rows.get(session, subject, User, subject.user_id)
        if not password_matches(user.password_hash, current):
            raise InvalidInput("current", "is not your password")
        if new == current:
            raise InvalidInput("password", "must differ from the one before")
        user.password_hash = hash_password(new)
        user.must_change_password = False
        _revoke(session, subject, user.id, at, keep=keep_token)
        _record_user(session, subject, "CHANGE_PASSWORD", user.id, at)


def set_one_time_password(
    session: Session, subject: Subject, *, user_id: UUID, at: datetime
) -> str:
    """A password for one sign-in, after which it must be changed; ends the user's sessions.

    For administrators of the whole company only: it opens the account of somebody else.
    """
    require(subject, Resource.USER, Action.UPDATE)
    if subject.role not in (UserRole.ADMIN, UserRole.SUPER_ADMIN):
        raise ActionRefused(f"{subject.role} may not set the password of somebody else")
    user = rows.get(session, subject, User, user_id)
    password = one_time_password()
    user.password_hash = hash_password(password)
    user.must_change_password = True
    user.failed_login_count, user.locked_until_at = 0, None
    with as_system(session):
        _revoke(session, subject, user.id, at)
    _record_user(session, subject, "SET_ONE_TIME_PASSWORD", user.id, at, AuditSeverity.WARNING)
    session.flush()
    return password


def _find_users(email: str) -> list[Any]:
    """Accounts of an address over all tenants, by the definer function that alone may look."""
    with engine(DatabaseRole.APP).begin() as connection:
        query = text("select * from core.find_user(:email)")
        return list(connection.execute(query, {"email": email.strip()}))


def _account(found: Any, email: str, at: datetime) -> Account:
    role = UserRole(found.role)
    subject = Subject(
        client_id=found.client_id,
        user_id=found.user_id,
        role=role,
        scope=scope_of(role),
        location_ids=frozenset(found.location_ids),
        grants=effective(
            role,
            map(overrides.of_role, found.role_overrides),
            map(overrides.of_person, found.own_overrides),
            at,
        ),
    )
    return Account(
        subject, found.user_id, email.strip().lower(), found.language, found.must_change_password
    )


def _password_accepted(
    session: Session, system: Subject, user: User, password: str, at: datetime
) -> bool:
    """Compare under the lock of the user's row, count failures, and audit the attempt."""
    locked = user.locked_until_at is not None and at < user.locked_until_at
    matches = password_matches(user.password_hash, password)
    if matches and not locked and user.status == UserStatus.ACTIVE:
        user.failed_login_count, user.locked_until_at = 0, None
        user.last_login_at = at
        if user.password_hash is not None and needs_rehash(user.password_hash):
            user.password_hash = hash_password(password)
        _record_user(session, replace(system, user_id=user.id), "SIGN_IN", user.id, at)
        return True
    # Nobody has proved who they are: a failure has no owner.
    _record_user(session, system, "SIGN_IN_REFUSED", user.id, at, AuditSeverity.WARNING)
    if not locked:
        user.failed_login_count += 1
        if user.failed_login_count >= MAX_FAILURES:
            user.failed_login_count, user.locked_until_at = 0, at + LOCK_OUT
            _record_user(session, system, "LOCK_OUT", user.id, at, AuditSeverity.WARNING)
    return False


def _open_session(session: Session, account: Account, at: datetime) -> SignedIn:
    token, expires_at = new_token(), at + ABSOLUTE_LIMIT
    session.add(
        StoredSession(
            client_id=account.subject.client_id,
            id=new_id(at),
            user_id=account.user_id,
            token_hash=token_hash(token),
            last_seen_at=at,
            expires_at=expires_at,
        )
    )
    session.flush()
    return SignedIn(token, expires_at, account)


def _revoke(
    session: Session,
    subject: Subject,
    user_id: UUID,
    at: datetime,
    *,
    only: str | None = None,
    keep: str | None = None,
) -> None:
    statement = update(StoredSession).where(
        StoredSession.client_id == subject.client_id,
        StoredSession.user_id == user_id,
        StoredSession.revoked_at.is_(None),
    )
    if only is not None:
        statement = statement.where(StoredSession.token_hash == token_hash(only))
    if keep is not None:
        statement = statement.where(StoredSession.token_hash != token_hash(keep))
    session.execute(statement.values(revoked_at=at))


def _record_user(
    session: Session,
    subject: Subject,
    action: str,
    user_id: UUID,
    at: datetime,
    severity: AuditSeverity = AuditSeverity.INFO,
) -> None:
    audit.record(session, subject, action, Resource.USER, user_id, at, severity=severity)
