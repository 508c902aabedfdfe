"""Who somebody is: accounts by mail address, sign-in, sessions and passwords.

What they may do is in `crm_core.security.permissions`. Sign-in and sessions stand at the edge:
they open and commit their own transactions, so that a failure is counted even though it is refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
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
from crm_core.services.tenancy import overrides, second_factor

MAX_FAILURES = 5
LOCK_OUT = timedelta(minutes=15)
IDLE_LIMIT = timedelta(minutes=30)
ABSOLUTE_LIMIT = timedelta(hours=8)
CODE_LIMIT = timedelta(minutes=10)
"""How long a session waits for the code of the second factor."""
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


class CodeRefused(CrmError):
    """The code of the second factor is not right, was used before, or there were too many."""

    def __init__(self) -> None:
        super().__init__(
            "code refused: it is wrong or was used before, or there were too many attempts;"
            " wait for the next code, after five attempts 15 minutes"
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
    is_code_due: bool = False
    """The session still has to show the second factor, and opens nothing before."""
    must_set_second_factor: bool = False
    """The company wants a second factor of this role, and the account has none."""


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

    Where the account has a second factor, the session waits for `give_code`. Five failures, of
    passwords and codes together, lock the account for fifteen minutes; all of it is audited.
    """
    found = _find_users(email)
    for row in found:
        # As the platform, not as the user: nobody has proved yet who they are.
        system = system_subject(row.client_id)
        with tenant_session(system) as session:
            user = rows.get(session, system, User, row.user_id)
            if _password_accepted(session, system, user, password, at):
                is_due = user.is_two_factor_enabled
                account = replace(_account(row, email, at), is_code_due=is_due)
                return _open_session(session, account, at)
    if not found:
        password_matches(None, password)
    raise SignInRefused


def give_code(token: str, code: str, *, at: datetime) -> SignedIn:
    """Show the second factor to a session that waits for it: a new session in its place.

    Raises `CodeRefused`, and `SessionEnded` for one that waits for nothing.
    """
    account = session_account(token, at)
    if not account.is_code_due:
        raise SessionEnded
    system = system_subject(account.subject.client_id)
    with tenant_session(system) as session:
        user = rows.get(session, system, User, account.user_id)
        if not _is_locked(user, at) and second_factor.accepts(session, user, code, at=at):
            _note_success(session, system, user, at)
            revoke_sessions(session, system, user.id, at, only=token)
            return _open_session(session, replace(account, is_code_due=False), at)
        _note_failure(session, system, user, at)
        if _is_locked(user, at):
            revoke_sessions(session, system, user.id, at, only=token)
    raise CodeRefused


def session_subject(token: str, at: datetime) -> Subject:
    """The subject behind a session that waits for nothing more; raises `SessionEnded`."""
    account = session_account(token, at)
    if account.is_code_due:
        raise SessionEnded
    return account.subject


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
    return replace(_account(users[0], found.email, at), is_code_due=found.is_code_due)


def sign_out(token: str, *, at: datetime) -> None:
    """End a session; nothing happens when it has ended already."""
    try:
        account = session_account(token, at)
    except SessionEnded:
        return
    with tenant_session(system_subject(account.subject.client_id)) as session:
        revoke_sessions(session, account.subject, account.user_id, at, only=token)
        record_user(session, account.subject, "SIGN_OUT", account.user_id, at)


def change_password(
    subject: Subject, *, current: str, new: str, at: datetime, keep_token: str | None = None
) -> None:
    """Replace one's own password; ends every session but the one of `keep_token`.

    Raises `InvalidInput` for a wrong current password, a short new one, or the same again.
    """
    with own_account(subject) as (session, user):
        require_password(user, current)
        if new == current:
            raise InvalidInput("password", "must differ from the one before")
        user.password_hash = hash_password(new)
        user.must_change_password = False
        revoke_sessions(session, subject, user.id, at, keep=keep_token)
        record_user(session, subject, "CHANGE_PASSWORD", user.id, at)


def set_one_time_password(
    session: Session, subject: Subject, *, user_id: UUID, at: datetime
) -> str:
    """A password for one sign-in, after which it must be changed; ends the user's sessions.

    For administrators of the whole company only: it opens the account of somebody else.
    """
    user = _account_of_another(session, subject, user_id)
    password = one_time_password()
    user.password_hash = hash_password(password)
    user.must_change_password = True
    user.failed_login_count, user.locked_until_at = 0, None
    with as_system(session):
        revoke_sessions(session, subject, user.id, at)
    record_user(session, subject, "SET_ONE_TIME_PASSWORD", user.id, at, AuditSeverity.WARNING)
    session.flush()
    return password


def reset_second_factor(session: Session, subject: Subject, *, user_id: UUID, at: datetime) -> None:
    """Take the second factor from the account of somebody who lost it; ends their sessions.

    For administrators, as `set_one_time_password`.
    """
    user = _account_of_another(session, subject, user_id)
    with as_system(session):
        second_factor.switch_off(session, user, at=at)
        revoke_sessions(session, subject, user.id, at)
    record_user(session, subject, "SECOND_FACTOR_RESET", user.id, at, AuditSeverity.WARNING)
    session.flush()


def end_sessions(session: Session, subject: Subject, user_id: UUID, at: datetime) -> None:
    """Sign somebody out everywhere; whoever calls has looked at the rights."""
    with as_system(session):
        revoke_sessions(session, subject, user_id, at)


def _account_of_another(session: Session, subject: Subject, user_id: UUID) -> User:
    require(subject, Resource.USER, Action.UPDATE)
    if subject.role not in (UserRole.ADMIN, UserRole.SUPER_ADMIN):
        raise ActionRefused(f"{subject.role} may not open the account of somebody else")
    return rows.get(session, subject, User, user_id)


@contextmanager
def own_account(subject: Subject) -> Iterator[tuple[Session, User]]:
    """One transaction with one's own row, locked."""
    if subject.user_id is None:
        raise ActionRefused("only a member of staff has a password")
    # As the platform: the home branch of the user may be outside of what they see.
    with tenant_session(system_subject(subject.client_id)) as session:
        yield session, rows.get(session, subject, User, subject.user_id)


def require_password(user: User, password: str) -> None:
    """Raises `InvalidInput` unless it is the user's."""
    if not password_matches(user.password_hash, password):
        raise InvalidInput("current", "is not your password")


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
        subject,
        found.user_id,
        email.strip().lower(),
        found.language,
        found.must_change_password,
        must_set_second_factor=found.is_second_factor_wanted and not found.is_two_factor_enabled,
    )


def _password_accepted(
    session: Session, system: Subject, user: User, password: str, at: datetime
) -> bool:
    """Compare under the lock of the user's row, count failures, and audit the attempt."""
    matches = password_matches(user.password_hash, password)
    if matches and not _is_locked(user, at) and user.status == UserStatus.ACTIVE:
        if user.password_hash is not None and needs_rehash(user.password_hash):
            user.password_hash = hash_password(password)
        # With a second factor nothing has succeeded yet: codes would be counted from nought again.
        if not user.is_two_factor_enabled:
            _note_success(session, system, user, at)
        return True
    _note_failure(session, system, user, at)
    return False


def _is_locked(user: User, at: datetime) -> bool:
    return user.locked_until_at is not None and at < user.locked_until_at


def _note_success(session: Session, system: Subject, user: User, at: datetime) -> None:
    user.failed_login_count, user.locked_until_at = 0, None
    user.last_login_at = at
    record_user(session, replace(system, user_id=user.id), "SIGN_IN", user.id, at)


def _note_failure(session: Session, system: Subject, user: User, at: datetime) -> None:
    """Counts a wrong password or code; the fifth locks the account."""
    # Nobody has proved who they are: a failure has no owner.
    record_user(session, system, "SIGN_IN_REFUSED", user.id, at, AuditSeverity.WARNING)
    if not _is_locked(user, at):
        user.failed_login_count += 1
        if user.failed_login_count >= MAX_FAILURES:
            user.failed_login_count, user.locked_until_at = 0, at + LOCK_OUT
            record_user(session, system, "LOCK_OUT", user.id, at, AuditSeverity.WARNING)


def _open_session(session: Session, account: Account, at: datetime) -> SignedIn:
    limit = CODE_LIMIT if account.is_code_due else ABSOLUTE_LIMIT
    token, expires_at = new_token(), at + limit
    session.add(
        StoredSession(
            client_id=account.subject.client_id,
            id=new_id(at),
            user_id=account.user_id,
            token_hash=token_hash(token),
            is_code_due=account.is_code_due,
            last_seen_at=at,
            expires_at=expires_at,
        )
    )
    session.flush()
    return SignedIn(token, expires_at, account)


def revoke_sessions(
    session: Session,
    subject: Subject,
    user_id: UUID,
    at: datetime,
    *,
    only: str | None = None,
    keep: str | None = None,
) -> None:
    """End the sessions of a user, or the one of a token; as the platform."""
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


def record_user(
    session: Session,
    subject: Subject,
    action: str,
    user_id: UUID,
    at: datetime,
    severity: AuditSeverity = AuditSeverity.INFO,
) -> None:
    """Enter an act on an account into the trail."""
    audit.record(session, subject, action, Resource.USER, user_id, at, severity=severity)
