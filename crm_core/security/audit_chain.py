"""The chain of the audit trail: how entries are linked and signed, and what breaks a chain.

Pure: hashes and problems. Reading and writing the chain is in `crm_core.security.audit_seals`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crm_core.security.audit import CHANGED, AuditContent, AuditProblem, content_hash, digest_of

GENESIS = "0" * 64
"""What the first entry of a tenant follows."""

_LINK, _HEAD = "crm-audit-link-1", "crm-audit-head-1"


def link(client_id: UUID, sequence: int, entry_id: UUID, content: str, prev_hash: str) -> str:
    """The hash that ties an entry, by the hash of its content, to all entries before it."""
    return digest_of([_LINK, str(client_id), str(sequence), str(entry_id), content, prev_hash])


@dataclass(frozen=True)
class Head:
    """A signed end of a tenant's chain."""

    client_id: UUID
    sequence: int
    hash: str
    fence: int
    sealed_at: datetime
    signature: str

    @classmethod
    def signed(
        cls,
        key: Ed25519PrivateKey,
        client_id: UUID,
        sequence: int,
        digest: str,
        fence: int,
        sealed_at: datetime,
    ) -> Self:
        """The head with its signature."""
        bare = cls(client_id, sequence, digest, fence, sealed_at, "")
        return cls(client_id, sequence, digest, fence, sealed_at, key.sign(bare._content()).hex())

    def is_signed_with(self, key: Ed25519PrivateKey) -> bool:
        """Whether the signature is that of `key` over this very head."""
        try:
            key.public_key().verify(bytes.fromhex(self.signature), self._content())
        except (InvalidSignature, ValueError):
            return False
        return True

    def to_line(self) -> str:
        """One line of JSON, as it is kept outside of the database."""
        stamp = self.sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
        return json.dumps(vars(self) | {"client_id": str(self.client_id), "sealed_at": stamp})

    @classmethod
    def from_line(cls, line: str) -> Self:
        """The head of a line; raises `ValueError` for anything else."""
        try:
            kept: dict[str, Any] = json.loads(line)
            return cls(
                UUID(kept["client_id"]), int(kept["sequence"]), str(kept["hash"]),
                int(kept["fence"]), datetime.fromisoformat(kept["sealed_at"]),
                str(kept["signature"]),
            )  # fmt: skip
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not a head") from error

    def _content(self) -> bytes:
        stamp = self.sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
        fields: list[str | None] = [
            _HEAD, str(self.client_id), str(self.sequence), self.hash, str(self.fence), stamp,
        ]  # fmt: skip
        return bytes.fromhex(digest_of(fields))


@dataclass(frozen=True)
class SealedEntry:
    """A seal, and the entry it names; None when that is gone."""

    sequence: int
    entry_id: UUID
    prev_hash: str
    hash: str
    entry: AuditContent | None
    content_hash: str | None


def broken_links(
    client_id: UUID, chain: Iterable[SealedEntry], heads: Mapping[int, set[str]]
) -> Iterator[AuditProblem]:
    """What is wrong with one tenant's chain, given in sequence, against its signed heads.

    `heads` holds the hashes that heads, here and outside, vouch for, by sequence. After a break the
    walk goes on from the stored hash, so that each break is named once, where it is.
    """
    before, last, is_rewritten = GENESIS, 0, False

    def problem(sequence: int, entry_id: UUID | None, reason: str) -> AuditProblem:
        return AuditProblem(client_id, sequence, entry_id, reason)

    for seal in chain:
        if seal.sequence != last + 1:
            yield problem(last + 1, None, f"seals {last + 1} to {seal.sequence - 1} were removed")
        elif seal.prev_hash != before:
            reason = "does not follow the entry before it: one was put in, taken out or moved"
            yield problem(seal.sequence, seal.entry_id, reason)
        if wrong := _wrong_entry(client_id, seal):
            yield problem(seal.sequence, seal.entry_id, wrong)
        if not is_rewritten and heads.get(seal.sequence, {seal.hash}) != {seal.hash}:
            is_rewritten = True
            reason = "a signed head says otherwise: the chain was written anew up to here"
            yield problem(seal.sequence, seal.entry_id, reason)
        before, last = seal.hash, seal.sequence
    if heads and max(heads) > last:
        reason = f"the tail was cut off: a signed head reaches to {max(heads)}"
        yield problem(last + 1, None, reason)


def _wrong_entry(client_id: UUID, seal: SealedEntry) -> str | None:
    if seal.entry is None:
        return "the entry was removed"
    content = content_hash(seal.entry)
    if content != seal.content_hash:
        return CHANGED
    if link(client_id, seal.sequence, seal.entry_id, content, seal.prev_hash) != seal.hash:
        return "not what was sealed here: changed together with its hash, or moved"
    return None
