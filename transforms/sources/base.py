"""What every integration source shares: payloads, verdicts, counts, and the shape of a source.

Nothing here knows a vendor, opens a connection or touches a database.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from crm_core.errors import CrmError

_SAFE_ID = re.compile(r"[A-Za-z0-9._:\-]{1,100}")

Json = dict[str, object]


class SourceError(CrmError):
    """Something is wrong between us and an outside system."""


class SourceUnreachable(SourceError):
    """The source did not answer, or answered with a server error, more often than we retry."""


class SourceTooBusy(SourceError):
    """The source keeps asking us to wait (429), or asks for longer than we are willing to."""


class SourceRefusedKey(SourceError):
    """The source rejects our key (401 or 403)."""


class SourceRefusedRequest(SourceError):
    """The source rejects one request (400, 404, or another 4xx)."""


class SourceAnswerUnreadable(SourceError):
    """The source answered with something that is not the JSON it promises."""


@dataclass(frozen=True, slots=True)
class Payload:
    """One raw row as the source gave it; `content` is its canonical JSON, `digest` the SHA-256."""

    stream: str
    external_id: str
    content: bytes
    digest: str

    @classmethod
    def of(cls, stream: str, body: Json, external_id: object = None) -> "Payload":
        """Wrap one answer row; a row without a usable id is named by its own digest.

        ASCII JSON keeps lone surrogates and NUL escapes as text, so that every row, however
        poisoned, can be stored and shown to somebody.
        """
        content = json.dumps(body, sort_keys=True, separators=(",", ":")).encode("ascii")
        digest = hashlib.sha256(content).hexdigest()
        candidate = str(body.get("id") if external_id is None else external_id)
        usable = _SAFE_ID.fullmatch(candidate) and candidate != "None"
        name = candidate if usable else f"unidentified-{digest[:16]}"
        return cls(stream, name, content, digest)

    def body(self) -> Json:
        """The row again, every number with a fraction as an exact Decimal."""
        return read_content(self.content)


def read_content(content: bytes) -> Json:
    """Canonical JSON back to a row; fractions become exact Decimals."""
    body: Json = json.loads(content, parse_float=Decimal)
    return body


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that breaks its contract: which, and why (the reason names the field)."""

    stream: str
    external_id: str
    reason: str


@dataclass(slots=True)
class Oddities:
    """What was tolerated but must be seen: unknown codes, unreadable texts, new or lost things."""

    unknown_codes: dict[str, int] = field(default_factory=dict)
    unreadable_texts: int = 0
    new_fields: set[str] = field(default_factory=set)
    vanished_rows: int = 0

    def count_code(self, name: str) -> None:
        self.unknown_codes[name] = self.unknown_codes.get(name, 0) + 1


@dataclass(frozen=True, slots=True)
class Known:
    """What is landed already and stands: rows in quarantine are not among it."""

    accepted: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Digest of the newest version by (stream, external id)."""
    positions: Mapping[str, Json] = field(default_factory=dict)
    """Per stream, how far it was read: the last `Mark` that was kept."""

    def has(self, payload: Payload) -> bool:
        """Whether this very version of the row is the newest landed."""
        return self.accepted.get((payload.stream, payload.external_id)) == payload.digest

    def has_row(self, stream: str, external_id: str) -> bool:
        """Whether some version of the row stands."""
        return (stream, external_id) in self.accepted


@dataclass(frozen=True, slots=True)
class Mark:
    """Yielded between payloads: whatever came before of the stream was yielded up to here.

    It is kept in one transaction with the payloads before it, so that a run that breaks off is
    gone on with, and none is skipped.
    """

    stream: str
    position: Json


@dataclass(slots=True)
class Applied:
    """What was done to the core, and which records it refused; those stay as they were."""

    unchanged: int = 0
    """Records that the core already was up to."""
    changed: int = 0
    events: Counter[str] = field(default_factory=Counter)
    """Acts of the services upon the core, by name."""
    refused: dict[str, str] = field(default_factory=dict)
    """Id at the source, and the one line that says why."""


class Source(Protocol):
    """A connector: pulls raw payloads and judges them; knows no database."""

    @property
    def provider(self) -> str:
        """The short name that `Integration.provider` carries."""

    @property
    def streams(self) -> tuple[str, ...]:
        """Every stream it can yield, in the order of the pull."""

    def pull(self, today: date, known: Known) -> Iterator[Payload | Mark]:
        """Yield payloads; what `known` holds need not be read in detail again."""

    def judge(self, payload: Payload) -> Quarantined | None:
        """None when the payload keeps its contract."""

    @property
    def oddities(self) -> Oddities:
        """What `judge` tolerated so far."""
