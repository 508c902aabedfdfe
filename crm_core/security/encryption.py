"""Encryption of single values: AES-256-GCM under a key of the tenant, wrapped by the root key.

The root key is a file under `var/keys` and never in the database; which columns are encrypted is
decided where they are written.
"""

import base64
import os
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from crm_core.errors import CrmError
from crm_core.ids import new_id
from crm_core.models import EncryptionKey
from crm_core.security.secrets import secret

VERSION = b"\x01"
ROOT_KEY = "root.key"
_KEY_ID_BYTES = 16
_NONCE_BYTES = 12
_HEAD_BYTES = len(VERSION) + _KEY_ID_BYTES + _NONCE_BYTES
_CACHE = "crm_core.security.encryption"


class DecryptionRefused(CrmError):
    """The value was changed, cut, moved to another place, or its key is gone."""


def place(table: str, column: str, row_id: UUID) -> bytes:
    """The context of a value that is stored in one column of one row."""
    return _joined(table.encode(), column.encode(), row_id.bytes)


def encrypt(session: Session, client_id: UUID, plaintext: bytes, context: bytes) -> bytes:
    """version | key id | nonce | ciphertext and tag; bound to the tenant and to `context`.

    Makes the tenant's key at first use, in the transaction of `session`.
    """
    key_id, key = _active_key(session, client_id)
    nonce = os.urandom(_NONCE_BYTES)
    bound = _joined(VERSION, client_id.bytes, context)
    return VERSION + key_id.bytes + nonce + AESGCM(key).encrypt(nonce, plaintext, bound)


def decrypt(session: Session, client_id: UUID, ciphertext: bytes, context: bytes) -> bytes:
    """The plaintext; raises `DecryptionRefused` unless tenant, context and content all agree."""
    if len(ciphertext) < _HEAD_BYTES or ciphertext[:1] != VERSION:
        raise DecryptionRefused("an encrypted value is cut short or of an unknown version")
    key_id = UUID(bytes=ciphertext[1 : 1 + _KEY_ID_BYTES])
    key = _key(session, client_id, key_id)
    nonce = ciphertext[1 + _KEY_ID_BYTES : _HEAD_BYTES]
    bound = _joined(VERSION, client_id.bytes, context)
    try:
        return AESGCM(key).decrypt(nonce, ciphertext[_HEAD_BYTES:], bound)
    except InvalidTag:
        raise DecryptionRefused(
            "an encrypted value does not belong where it stands, or was changed"
        ) from None


def _active_key(session: Session, client_id: UUID) -> tuple[UUID, bytes]:
    cache = _cache(session)
    if client_id not in cache:
        # Two first users at once must not make two keys.
        session.execute(
            text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"),
            {"name": f"{_CACHE}:{client_id}"},
        )
        query = select(EncryptionKey).where(
            EncryptionKey.client_id == client_id, EncryptionKey.is_active
        )
        row = session.scalars(query.order_by(EncryptionKey.id.desc())).first()
        cache[client_id] = (
            _make_key(session, client_id) if row is None else (row.id, _unwrapped(row))
        )
    found: tuple[UUID, bytes] = cache[client_id]
    return found


def _key(session: Session, client_id: UUID, key_id: UUID) -> bytes:
    cache = _cache(session)
    if (client_id, key_id) not in cache:
        query = select(EncryptionKey).where(
            EncryptionKey.client_id == client_id, EncryptionKey.id == key_id
        )
        row = session.scalars(query).one_or_none()
        if row is None:
            raise DecryptionRefused(f"encryption key {key_id} is not there: it was destroyed")
        cache[client_id, key_id] = _unwrapped(row)
    found: bytes = cache[client_id, key_id]
    return found


def _make_key(session: Session, client_id: UUID) -> tuple[UUID, bytes]:
    key_id, key = new_id(), AESGCM.generate_key(bit_length=256)
    nonce = os.urandom(_NONCE_BYTES)
    wrapped = nonce + AESGCM(_root_key()).encrypt(nonce, key, _wrapping(client_id, key_id))
    session.add(
        EncryptionKey(
            client_id=client_id,
            id=key_id,
            wrapped_key=base64.b64encode(wrapped).decode(),
            is_active=True,
        )
    )
    session.flush()
    return key_id, key


def _unwrapped(row: EncryptionKey) -> bytes:
    wrapped = base64.b64decode(row.wrapped_key)
    nonce, content = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
    try:
        return AESGCM(_root_key()).decrypt(nonce, content, _wrapping(row.client_id, row.id))
    except InvalidTag:
        raise DecryptionRefused(
            f"the root key in var/keys/{ROOT_KEY} is not the one that key {row.id} was made with"
        ) from None


def _root_key() -> bytes:
    return bytes.fromhex(secret(ROOT_KEY))


def _wrapping(client_id: UUID, key_id: UUID) -> bytes:
    return _joined(b"tenant key", VERSION, client_id.bytes, key_id.bytes)


def _joined(*parts: bytes) -> bytes:
    """The parts, each with its length, so that none can flow over into the next."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _cache(session: Session) -> dict[Any, Any]:
    """Unwrapped keys of one session; a bulk load unwraps each once."""
    cache: dict[Any, Any] = session.info.setdefault(_CACHE, {})
    return cache


@event.listens_for(Session, "after_soft_rollback")
def _forget_keys(session: Session, _previous: object) -> None:
    """A key made in what was rolled back does not exist: nothing may be encrypted with it."""
    session.info.pop(_CACHE, None)
