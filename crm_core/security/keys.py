"""Data keys in envelopes: the root key wraps each tenant's, which wraps those of persons.

Root keys are files under `var/keys` and never in the database. Values are encrypted in
`crm_core.security.encryption`; replacing keys is in `crm_core.security.key_rotation`.
"""

import base64
import hashlib
import os
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import event, select, text, update
from sqlalchemy.orm import Session

from crm_core.config import settings
from crm_core.enums import KeyHolder, KeyState
from crm_core.errors import CrmError
from crm_core.ids import new_id
from crm_core.models import EncryptionKey
from crm_core.security.secrets import secret

ROOT_KEY, NEXT_ROOT_KEY, OLD_ROOT_KEYS = "root.key", "root-next.key", "root-*.key"
NONCE_BYTES = 12
ROOT_LOCK = "hashtextextended('crm_core.security.keys.root', 0)"
"""Held while a key is being wrapped by the root key, and exclusively while that is replaced."""
_WRAPPING = b"\x01"
_CACHE = "crm_core.security.keys"


class DecryptionRefused(CrmError):
    """The value was changed, cut, moved to another place, or its key is gone."""


@dataclass(frozen=True)
class Holder:
    """Whose values a key protects; when the key is destroyed, all of them are gone at once."""

    kind: KeyHolder
    id: UUID

    @classmethod
    def tenant(cls, client_id: UUID) -> Self:
        return cls(KeyHolder.TENANT, client_id)

    @classmethod
    def customer(cls, customer_id: UUID) -> Self:
        return cls(KeyHolder.CUSTOMER, customer_id)

    @classmethod
    def user(cls, user_id: UUID) -> Self:
        return cls(KeyHolder.USER, user_id)


def active_key(session: Session, client_id: UUID, holder: Holder) -> tuple[UUID, bytes]:
    """The key new values of `holder` are written under; made at first use."""
    cache = _cache(session)
    if (client_id, holder) not in cache:
        # Two first users at once must not make two keys.
        session.execute(
            text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"),
            {"name": f"{_CACHE}:{client_id}:{holder.id}"},
        )
        row = session.scalars(
            select(EncryptionKey).where(
                EncryptionKey.client_id == client_id,
                EncryptionKey.holder == holder.kind.value,
                EncryptionKey.holder_id == holder.id,
                EncryptionKey.state == KeyState.ACTIVE.value,
            )
        ).one_or_none()
        cache[client_id, holder] = (
            (row.id, unwrapped(session, row)) if row else make_key(session, client_id, holder)
        )
    found: tuple[UUID, bytes] = cache[client_id, holder]
    return found


def key_of(session: Session, client_id: UUID, key_id: UUID) -> bytes:
    """A key by its id, to decrypt with; raises `DecryptionRefused` once it is destroyed."""
    cache = _cache(session)
    if (client_id, key_id) not in cache:
        row = session.scalars(
            select(EncryptionKey).where(
                EncryptionKey.client_id == client_id, EncryptionKey.id == key_id
            )
        ).one_or_none()
        if row is None or row.wrapped_key is None:
            raise DecryptionRefused(f"encryption key {key_id} is not there: it was destroyed")
        cache[client_id, key_id] = unwrapped(session, row)
    found: bytes = cache[client_id, key_id]
    return found


def make_key(session: Session, client_id: UUID, holder: Holder) -> tuple[UUID, bytes]:
    """A fresh active key of `holder`, wrapped and stored."""
    row = EncryptionKey(
        client_id=client_id,
        id=new_id(),
        holder=holder.kind.value,
        holder_id=holder.id,
        state=KeyState.ACTIVE.value,
    )
    key = AESGCM.generate_key(bit_length=256)
    wrap(session, row, key)
    session.add(row)
    session.flush()
    return row.id, key


def wrap(session: Session, row: EncryptionKey, key: bytes) -> None:
    """Put `key` into `row`, under the key above it as that is now."""
    if row.holder == KeyHolder.TENANT.value:
        session.execute(text(f"select pg_advisory_xact_lock_shared({ROOT_LOCK})"))
        wrap_by(row, key, current_root())
    else:
        wrap_by(row, key, active_key(session, row.client_id, Holder.tenant(row.client_id)))


def wrap_by(row: EncryptionKey, key: bytes, above: tuple[UUID, bytes]) -> None:
    """Put `key` into `row`, under a given key above it."""
    nonce = os.urandom(NONCE_BYTES)
    wrapped = nonce + AESGCM(above[1]).encrypt(nonce, key, _context_of(row))
    row.wrapped_key, row.wrapped_by_id = base64.b64encode(wrapped).decode(), above[0]


def unwrapped(session: Session, row: EncryptionKey) -> bytes:
    """The content of a stored key; raises `DecryptionRefused`."""
    if row.wrapped_key is None:
        raise DecryptionRefused(f"encryption key {row.id} was destroyed")
    wrapped = base64.b64decode(row.wrapped_key)
    for above in _keys_above(session, row):
        try:
            return AESGCM(above).decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _context_of(row)
            )
        except InvalidTag:
            continue
    raise DecryptionRefused(
        f"encryption key {row.id} was wrapped by a root key that is not in var/keys,"
        " or it was changed"
    )


def destroy(session: Session, client_id: UUID, holder: Holder) -> int:
    """Shred every key of `holder`: what was encrypted under them can never be read again."""
    gone = session.execute(
        update(EncryptionKey)
        .where(
            EncryptionKey.client_id == client_id,
            EncryptionKey.holder == holder.kind.value,
            EncryptionKey.holder_id == holder.id,
            EncryptionKey.state != KeyState.DESTROYED.value,
        )
        .values(state=KeyState.DESTROYED.value, wrapped_key=None)
        .returning(EncryptionKey.id)
    )
    count = len(gone.all())
    forget(session)
    return count


def current_root() -> tuple[UUID, bytes]:
    """The root key that wraps now: the next one as soon as there is one."""
    has_next = (settings().keys_dir / NEXT_ROOT_KEY).exists()
    key = bytes.fromhex(secret(NEXT_ROOT_KEY if has_next else ROOT_KEY))
    return fingerprint(key), key


def fingerprint(root_key: bytes) -> UUID:
    """What the database knows of a root key."""
    return UUID(bytes=hashlib.sha256(b"crm root key" + root_key).digest()[:16])


def _keys_above(session: Session, row: EncryptionKey) -> list[bytes]:
    """The keys that may have wrapped `row`; more than one for keys of the first release only."""
    if row.holder != KeyHolder.TENANT.value:
        if row.wrapped_by_id is None:
            return []
        return [key_of(session, row.client_id, row.wrapped_by_id)]
    files = [settings().keys_dir / ROOT_KEY, *settings().keys_dir.glob(OLD_ROOT_KEYS)]
    roots = [bytes.fromhex(path.read_text().strip()) for path in files if path.exists()]
    return [key for key in roots if row.wrapped_by_id in (None, fingerprint(key))]


def _context_of(row: EncryptionKey) -> bytes:
    if row.holder == KeyHolder.TENANT.value:
        return joined(b"tenant key", _WRAPPING, row.client_id.bytes, row.id.bytes)
    return joined(
        b"subject key",
        _WRAPPING,
        row.client_id.bytes,
        row.id.bytes,
        row.holder.encode(),
        row.holder_id.bytes,
    )


def joined(*parts: bytes) -> bytes:
    """The parts, each with its length, so that none can flow over into the next."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _cache(session: Session) -> dict[Any, Any]:
    """Unwrapped keys of one session; a bulk load unwraps each once."""
    cache: dict[Any, Any] = session.info.setdefault(_CACHE, {})
    return cache


def forget(session: Session) -> None:
    """Drop the unwrapped keys of a session."""
    session.info.pop(_CACHE, None)


@event.listens_for(Session, "after_soft_rollback")
def _forget_keys(session: Session, _previous: object) -> None:
    """A key made in what was rolled back does not exist: nothing may be encrypted with it."""
    forget(session)
