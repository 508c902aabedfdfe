"""Secrets and sensitive values, held encrypted apart from the rows they belong to.

How a value is encrypted is in `security.encryption`; what must not stand in a plain column is
decided by the services that write it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm_core.ids import new_id
from crm_core.models import EncryptedValue
from crm_core.security import audit
from crm_core.security.encryption import decrypt, encrypt, key_id_of, place
from crm_core.security.keys import Holder
from crm_core.security.permissions import Action, Resource, Subject, require


@dataclass(frozen=True)
class Place:
    """Where a value belongs: one column of one row; the column need not exist in the table."""

    table: str
    row_id: UUID
    column: str

    @property
    def context(self) -> bytes:
        return place(self.table, self.column, self.row_id)


def protect(
    session: Session,
    subject: Subject,
    where: Place,
    value: str,
    *,
    at: datetime,
    holder: Holder | None = None,
) -> None:
    """Keep a value, in place of the one before, under the key of `holder` or of the tenant.

    A person's value goes under the person's key, so that an erasure destroys it for good.
    """
    require(subject, Resource.ENCRYPTED_DATA, Action.UPDATE)
    ciphertext = encrypt(session, subject.client_id, value.encode(), where.context, holder)
    kept = _find(session, subject, where)
    if kept is None:
        kept = EncryptedValue(
            client_id=subject.client_id,
            id=new_id(at),
            table_name=where.table,
            row_id=where.row_id,
            column_name=where.column,
        )
        session.add(kept)
    kept.ciphertext, kept.key_id = ciphertext, key_id_of(ciphertext)
    _note(session, subject, "PROTECT", where, at)
    session.flush()


def reveal(
    session: Session, subject: Subject, where: Place, *, purpose: str, at: datetime
) -> str | None:
    """The value in clear, None when there is none; noted, with the purpose, in this transaction.

    Raises `ActionRefused`, and `DecryptionRefused` when the value was moved or its key destroyed.
    """
    require(subject, Resource.ENCRYPTED_DATA, Action.READ)
    kept = _find(session, subject, where)
    if kept is None:
        return None
    _note(session, subject, "REVEAL", where, at, purpose)
    session.flush()
    return decrypt(session, subject.client_id, kept.ciphertext, where.context).decode()


def discard(session: Session, subject: Subject, where: Place, *, at: datetime) -> None:
    """Remove a value, if there is one."""
    require(subject, Resource.ENCRYPTED_DATA, Action.UPDATE)
    kept = _find(session, subject, where)
    if kept is not None:
        session.execute(
            delete(EncryptedValue).where(
                EncryptedValue.client_id == kept.client_id, EncryptedValue.id == kept.id
            )
        )
        _note(session, subject, "DISCARD", where, at)


def _find(session: Session, subject: Subject, where: Place) -> EncryptedValue | None:
    return session.scalars(
        select(EncryptedValue).where(
            EncryptedValue.client_id == subject.client_id,
            EncryptedValue.table_name == where.table,
            EncryptedValue.row_id == where.row_id,
            EncryptedValue.column_name == where.column,
        )
    ).one_or_none()


def _note(
    session: Session,
    subject: Subject,
    action: str,
    where: Place,
    at: datetime,
    purpose: str | None = None,
) -> None:
    details = {"table": where.table, "column": where.column}
    audit.record(
        session, subject, action, Resource.ENCRYPTED_DATA, where.row_id, at,
        details=details | ({"purpose": purpose} if purpose else {}),
    )  # fmt: skip
