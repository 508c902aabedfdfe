"""Replacing keys while everything stays readable; a run that was killed is taken up again.

Data is not touched where a key can be wrapped anew instead. What a key is, is in `security.keys`.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from crm_core import crash
from crm_core.config import settings
from crm_core.database import DatabaseRole, engine, tenant_session
from crm_core.enums import KeyHolder, KeyState
from crm_core.models import Client, EncryptedValue, EncryptionKey
from crm_core.security.encryption import decrypt, encrypt, place
from crm_core.security.keys import (
    NEXT_ROOT_KEY,
    ROOT_KEY,
    ROOT_LOCK,
    Holder,
    active_key,
    current_root,
    fingerprint,
    forget,
    make_key,
    unwrapped,
    wrap,
    wrap_by,
)
from crm_core.security.permissions import system_subject
from crm_core.security.secrets import secret

BATCH = 100
"""Rows that one transaction wraps or encrypts anew."""


@dataclass(frozen=True)
class Rotated:
    """What a rotation did."""

    keys: int
    """Data keys that were wrapped anew."""
    values: int
    """Values that were encrypted anew."""


def tenants() -> list[UUID]:
    """Every tenant, active or not."""
    with Session(engine(DatabaseRole.EXTRACT)) as session:
        return list(session.scalars(select(Client.id).order_by(Client.id)))


def rotate_root() -> Rotated:
    """A new root key above all tenants' keys; the old one stays beside it, to decrypt only.

    The old file (`var/keys/root-….key`) may be deleted once no backup needs it.
    """
    folder = settings().keys_dir
    secret(NEXT_ROOT_KEY)  # from here on new keys are wrapped by it
    crash.point("rotate.root.made")
    count = sum(_wrap_tenant_keys(client_id) for client_id in tenants())
    crash.point("rotate.root.wrapped")
    with engine(DatabaseRole.APP).connect() as connection:
        # Nobody may wrap a key between the last look and the exchange.
        connection.execute(text(f"select pg_advisory_lock({ROOT_LOCK})"))
        count += sum(_wrap_tenant_keys(client_id) for client_id in tenants())
        old = fingerprint(bytes.fromhex(secret(ROOT_KEY)))
        kept = folder / f"root-{old}.key"
        if not kept.exists():
            kept.hardlink_to(folder / ROOT_KEY)
        crash.point("rotate.root.kept")
        (folder / NEXT_ROOT_KEY).replace(folder / ROOT_KEY)
        connection.execute(text(f"select pg_advisory_unlock({ROOT_LOCK})"))
    return Rotated(count, 0)


def rotate_tenant(client_id: UUID) -> Rotated:
    """A new key of one tenant: its persons' keys wrapped anew, its own values encrypted anew.

    Landed payloads stay under the old key, which keeps decrypting; they are gone in 30 days.
    """
    subject = system_subject(client_id)
    with tenant_session(subject) as session:
        if not (_persons_keys(session, client_id, 1) or _values(session, client_id, 1)):
            _replace_key(session, client_id)
    crash.point("rotate.tenant.made")
    keys = values = 0
    while True:
        with tenant_session(subject) as session:
            rows = _persons_keys(session, client_id, BATCH)
            for row in rows:
                wrap(session, row, unwrapped(session, row))
        keys += len(rows)
        crash.point("rotate.tenant.wrapped")
        if not rows:
            break
    while True:
        with tenant_session(subject) as session:
            stale = _values(session, client_id, BATCH)
            for value in stale:
                _encrypt_anew(session, value)
        values += len(stale)
        crash.point("rotate.tenant.encrypted")
        if not stale:
            return Rotated(keys, values)


def _wrap_tenant_keys(client_id: UUID) -> int:
    """Wrap a tenant's own keys by the current root key."""
    root = current_root()
    with tenant_session(system_subject(client_id)) as session:
        rows = session.scalars(
            select(EncryptionKey)
            .where(
                EncryptionKey.client_id == client_id,
                EncryptionKey.holder == KeyHolder.TENANT.value,
                EncryptionKey.state != KeyState.DESTROYED.value,
                EncryptionKey.wrapped_by_id.is_distinct_from(root[0]),
            )
            .with_for_update()
        ).all()
        for row in rows:
            wrap_by(row, unwrapped(session, row), root)
    crash.point("rotate.root.tenant")
    return len(rows)


def _replace_key(session: Session, client_id: UUID) -> None:
    """A fresh tenant key; the one before may decrypt from now on, no more."""
    holder = Holder.tenant(client_id)
    active_key(session, client_id, holder)  # waits for whoever makes the first
    session.execute(
        update(EncryptionKey)
        .where(
            EncryptionKey.client_id == client_id,
            EncryptionKey.holder == KeyHolder.TENANT.value,
            EncryptionKey.state == KeyState.ACTIVE.value,
        )
        .values(state=KeyState.DECRYPT_ONLY.value)
    )
    forget(session)
    make_key(session, client_id, holder)


def _persons_keys(session: Session, client_id: UUID, limit: int) -> list[EncryptionKey]:
    """Keys of persons that an older tenant key still wraps."""
    current, _ = active_key(session, client_id, Holder.tenant(client_id))
    query = (
        select(EncryptionKey)
        .where(
            EncryptionKey.client_id == client_id,
            EncryptionKey.holder != KeyHolder.TENANT.value,
            EncryptionKey.state != KeyState.DESTROYED.value,
            EncryptionKey.wrapped_by_id.is_distinct_from(current),
        )
        .order_by(EncryptionKey.id)
        .limit(limit)
        .with_for_update()
    )
    return list(session.scalars(query))


def _values(session: Session, client_id: UUID, limit: int) -> list[EncryptedValue]:
    """Values that stand under an older key of the tenant itself."""
    older = select(EncryptionKey.id).where(
        EncryptionKey.client_id == client_id,
        EncryptionKey.holder == KeyHolder.TENANT.value,
        EncryptionKey.state == KeyState.DECRYPT_ONLY.value,
    )
    query = (
        select(EncryptedValue)
        .where(EncryptedValue.client_id == client_id, EncryptedValue.key_id.in_(older))
        .order_by(EncryptedValue.id)
        .limit(limit)
        .with_for_update()
    )
    return list(session.scalars(query))


def _encrypt_anew(session: Session, value: EncryptedValue) -> None:
    where = place(value.table_name, value.column_name, value.row_id)
    plaintext = decrypt(session, value.client_id, value.ciphertext, where)
    value.ciphertext = encrypt(session, value.client_id, plaintext, where)
    value.key_id, _ = active_key(session, value.client_id, Holder.tenant(value.client_id))
