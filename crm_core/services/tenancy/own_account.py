"""What somebody does with the second factor of their own account.

Signing in, and the password, is `tenancy.access`; the factor itself is `tenancy.second_factor`.
"""

from datetime import datetime

from crm_core.enums import AuditSeverity
from crm_core.errors import InvalidInput
from crm_core.security.permissions import Subject
from crm_core.services.tenancy import access, second_factor
from crm_core.services.tenancy.second_factor import Beginning


def begin_second_factor(subject: Subject, *, at: datetime) -> Beginning:
    """The secret for one's telephone, until `set_second_factor` confirms it."""
    with access.own_account(subject) as (session, user):
        return second_factor.begin(session, user, at=at)


def set_second_factor(
    subject: Subject, *, password: str, code: str, at: datetime, keep_token: str | None = None
) -> list[str]:
    """Switch one's second factor on; recovery codes, shown this once. Other sessions end.

    Raises `InvalidInput` for a wrong password or code.
    """
    with access.own_account(subject) as (session, user):
        access.require_password(user, password)
        codes = second_factor.switch_on(session, user, code=code, at=at)
        access.revoke_sessions(session, subject, user.id, at, keep=keep_token)
        access.record_user(session, subject, "SECOND_FACTOR_ON", user.id, at)
        return codes


def renew_recovery_codes(subject: Subject, *, password: str, at: datetime) -> list[str]:
    """Ten new recovery codes in place of those before; raises `InvalidInput`."""
    with access.own_account(subject) as (session, user):
        access.require_password(user, password)
        if not user.is_two_factor_enabled:
            raise InvalidInput("code", "there is no second factor")
        access.record_user(session, subject, "RECOVERY_CODES", user.id, at)
        return second_factor.new_recovery_codes(user)


def end_second_factor(subject: Subject, *, password: str, at: datetime) -> None:
    """Switch one's second factor off; raises `InvalidInput`, `ActionRefused` where it is wanted."""
    with access.own_account(subject) as (session, user):
        second_factor.refuse_where_required(session, subject)
        access.require_password(user, password)
        second_factor.switch_off(session, user, at=at)
        access.record_user(
            session, subject, "SECOND_FACTOR_OFF", user.id, at, AuditSeverity.WARNING
        )


def has_second_factor(subject: Subject) -> bool:
    """Whether one's account has a second factor."""
    with access.own_account(subject) as (_, user):
        return user.is_two_factor_enabled
