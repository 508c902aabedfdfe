"""Encryption of single values: AES-256-GCM under a data key, bound to the place of the value.

Which key, and how it is wrapped, is in `crm_core.security.keys`; which values are encrypted is
decided where they are written.
"""

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from crm_core.security.keys import (
    NONCE_BYTES,
    DecryptionRefused,
    Holder,
    active_key,
    joined,
    key_of,
)

__all__ = ["DecryptionRefused", "decrypt", "encrypt", "key_id_of", "place"]

AES_256_GCM = b"\x01"
_FORMAT = b"\x02" + AES_256_GCM
_OLD_FORMAT = b"\x01"
"""Values written before the algorithm was part of them."""
_KEY_ID_BYTES = 16


def place(table: str, column: str, row_id: UUID) -> bytes:
    """The context of a value that is stored in one column of one row."""
    return joined(table.encode(), column.encode(), row_id.bytes)


def encrypt(
    session: Session,
    client_id: UUID,
    plaintext: bytes,
    context: bytes,
    holder: Holder | None = None,
) -> bytes:
    """version | algorithm | key id | nonce | ciphertext and tag; bound to tenant and `context`.

    Under the key of `holder`, or the tenant's; it is made at first use, in the transaction of
    `session`.
    """
    key_id, key = active_key(session, client_id, holder or Holder.tenant(client_id))
    nonce = os.urandom(NONCE_BYTES)
    bound = joined(_FORMAT, client_id.bytes, context)
    return _FORMAT + key_id.bytes + nonce + AESGCM(key).encrypt(nonce, plaintext, bound)


def decrypt(session: Session, client_id: UUID, ciphertext: bytes, context: bytes) -> bytes:
    """The plaintext; raises `DecryptionRefused` unless tenant, context and content all agree."""
    head = _head_of(ciphertext)
    key = key_of(session, client_id, key_id_of(ciphertext))
    start = len(head) + _KEY_ID_BYTES
    nonce, content = ciphertext[start : start + NONCE_BYTES], ciphertext[start + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, content, joined(head, client_id.bytes, context))
    except (InvalidTag, ValueError):
        raise DecryptionRefused(
            "an encrypted value does not belong where it stands, or was changed"
        ) from None


def key_id_of(ciphertext: bytes) -> UUID:
    """The data key that a value was encrypted under; raises `DecryptionRefused`."""
    start = len(_head_of(ciphertext))
    return UUID(bytes=ciphertext[start : start + _KEY_ID_BYTES])


def _head_of(ciphertext: bytes) -> bytes:
    """The leading bytes that say how the rest is to be read."""
    for head in (_FORMAT, _OLD_FORMAT):
        if ciphertext.startswith(head) and len(ciphertext) >= len(head) + 28:
            return head
    raise DecryptionRefused("an encrypted value is cut short or of an unknown version")
