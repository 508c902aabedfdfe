"""The second factor of an account: set up, checked, renewed, ended, and who must have one.

Codes are `security.totp`; asking for one at sign-in, and counting failures, is `tenancy.access`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import AuditSeverity, UserRole
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import SecondFactorRole, User
from crm_core.security import audit, totp, vault
from crm_core.security.matrix import PLATFORM_ROLES
from crm_core.security.passwords import token_hash
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Resource,
    Subject,
    require,
    system_subject,
)
from crm_core.security.vault import Place

ISSUER: Final = "C&C CRM"


@dataclass(frozen=True)
class Beginning:
    """A secret that waits for its first code."""

    secret: str
    address: str
    """For a QR code."""


def begin(session: Session, user: User, *, at: datetime) -> Beginning:
    """The secret to put into the telephone: the same one until it is confirmed."""
    if user.is_two_factor_enabled:
        raise InvalidInput("code", "the second factor is on already")
    system = system_subject(user.client_id)
    where = _place(user, "totp_pending")
    secret = vault.reveal(session, system, where, purpose="set up", at=at)
    if secret is None:
        secret = totp.new_secret()
        vault.protect(session, system, where, secret, at=at)
    return Beginning(secret, totp.address(secret, ISSUER, user.email))


def switch_on(session: Session, user: User, *, code: str, at: datetime) -> list[str]:
    """From the first right code on the account has a second factor; its recovery codes, once.

    Raises `InvalidInput` for a code that is not right.
    """
    system, pending = system_subject(user.client_id), _place(user, "totp_pending")
    secret = vault.reveal(session, system, pending, purpose="set up", at=at)
    step = secret and totp.matching_step(secret, totp.plain_code(code), at)
    if secret is None or step is None:
        raise InvalidInput("code", "is not the code of this moment")
    vault.protect(session, system, _place(user, "totp_secret"), secret, at=at)
    vault.discard(session, system, pending, at=at)
    user.is_two_factor_enabled = True
    user.last_code_step = int(step)
    return new_recovery_codes(user)


def new_recovery_codes(user: User) -> list[str]:
    """Ten fresh codes; the ones before are worth nothing any more."""
    codes = totp.recovery_codes()
    user.recovery_hashes = [_hash(code) for code in codes]
    return codes


def switch_off(session: Session, user: User, *, at: datetime) -> None:
    """The password alone opens the account again."""
    system = system_subject(user.client_id)
    for column in ("totp_secret", "totp_pending"):
        vault.discard(session, system, _place(user, column), at=at)
    user.is_two_factor_enabled = False
    user.last_code_step, user.recovery_hashes = None, []


def accepts(session: Session, user: User, code: str, *, at: datetime) -> bool:
    """Whether this is a code of now, or a recovery code not used yet; each is good once.

    The row of the user must be locked.
    """
    said = totp.plain_code(code)
    hashed = _hash(said)
    if hashed in user.recovery_hashes:
        user.recovery_hashes = [each for each in user.recovery_hashes if each != hashed]
        return True
    where = _place(user, "totp_secret")
    system = system_subject(user.client_id)
    secret = vault.reveal(session, system, where, purpose="sign-in", at=at)
    step = secret and totp.matching_step(secret, said, at, user.last_code_step)
    if not step:
        return False
    user.last_code_step = int(step)
    return True


def require_of_role(
    session: Session, subject: Subject, *, role: UserRole, is_required: bool, at: datetime
) -> None:
    """Whether people of a role must have a second factor; they set it up at their next click.

    For administrators of the company only.
    """
    require(subject, Resource.PERMISSION, Action.CREATE)
    if role in PLATFORM_ROLES:
        raise InvalidInput("role", f"{role} belongs to the platform, not to a company")
    row = session.scalars(_wanted(subject, role.value)).one_or_none()
    if is_required and row is None:
        made = SecondFactorRole(client_id=subject.client_id, id=new_id(at), role=role.value)
        session.add(made)
    elif row is not None and not is_required:
        session.delete(row)
    session.flush()
    audit.record(
        session, subject, "SECOND_FACTOR_POLICY", Resource.PERMISSION, subject.client_id, at,
        severity=AuditSeverity.WARNING, details={"role": role, "is_required": is_required},
    )  # fmt: skip
    session.flush()


def refuse_where_required(session: Session, subject: Subject) -> None:
    """Raises `ActionRefused` where the company wants the role to have one."""
    with as_system(session):
        is_wanted = session.scalars(_wanted(subject, subject.role.value)).one_or_none()
    if is_wanted is not None:
        raise ActionRefused(f"your company wants a second factor of every {subject.role}")


def _wanted(subject: Subject, role: str) -> Select[SecondFactorRole]:
    return select(SecondFactorRole).where(
        SecondFactorRole.client_id == subject.client_id, SecondFactorRole.role == role
    )


def _place(user: User, column: str) -> Place:
    return Place("users", user.id, column)


def _hash(code: str) -> str:
    return token_hash(totp.plain_code(code))
