"""The landing of raw payloads in the core: encrypted, append-only, each version once.

Judging a payload belongs to its source; what becomes of accepted ones to `apply` and `lake`.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    String,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import Session

from crm_core.enums import PayloadStatus
from crm_core.ids import new_id
from crm_core.models import Integration, IntegrationLocation, LandingPayload
from crm_core.security.encryption import decrypt, encrypt, place
from crm_core.services.tenancy.privacy import erased_names
from transforms.sources.base import Known, Payload, Quarantined

Judge = Callable[[Payload], Quarantined | None]
Key = tuple[str, str]


@dataclass(slots=True)
class StreamCount:
    """Rows of one stream in one run; `failed` are those that went to quarantine."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0

    @property
    def processed(self) -> int:
        return self.created + self.updated + self.unchanged + self.failed


@dataclass(frozen=True, slots=True)
class _Version:
    """One landed version of a row, without its content."""

    id: UUID
    digest: str
    verdict: tuple[str, str | None]


@dataclass(slots=True)
class Landing:
    """What is landed for an integration, kept in step with what this run lands."""

    integration_id: UUID
    run_id: UUID
    counts: dict[str, StreamCount] = field(default_factory=dict)
    _newest: dict[Key, _Version] = field(default_factory=dict)
    _landed: dict[tuple[str, str, str], UUID] = field(default_factory=dict)

    @classmethod
    def open(cls, session: Session, integration_id: UUID, run_id: UUID) -> "Landing":
        """Read the landed versions; ids are time-ordered, so the greatest is the newest."""
        landing = cls(integration_id, run_id)
        columns = (
            LandingPayload.stream,
            LandingPayload.external_id,
            LandingPayload.id,
            LandingPayload.payload_hash,
            LandingPayload.status,
            LandingPayload.reason,
        )
        rows = session.execute(
            select(*columns)
            .where(LandingPayload.integration_id == integration_id)
            .order_by(LandingPayload.id)
        )
        for stream, external_id, row_id, digest, status, reason in rows:
            landing._remember((stream, external_id), _Version(row_id, digest, (status, reason)))
        return landing

    @property
    def known(self) -> Known:
        """What a pull need not read again."""
        return Known(
            {
                key: version.digest
                for key, version in self._newest.items()
                if version.verdict[0] == PayloadStatus.ACCEPTED
            }
        )

    def land(
        self,
        session: Session,
        client_id: UUID,
        payloads: Sequence[Payload],
        judge: Judge,
        *,
        at: datetime,
    ) -> None:
        """Write what is new among `payloads`, judged; a repeat of the newest version is no write.

        An older version that comes back, or a row judged anew, is landed again under a new id:
        the newest id must stay the newest truth. Rows of an erased customer are left outside.
        """
        erased = erased_names(session, client_id)
        fresh: list[dict[str, object]] = []
        obsolete: list[UUID] = []
        for payload in payloads:
            if not erased.isdisjoint(payload.external_id.split(":")):
                continue
            verdict = _verdict(judge(payload))
            before = self._newest.get((payload.stream, payload.external_id))
            self._count(payload, before, verdict)
            if before and (before.digest, before.verdict) == (payload.digest, verdict):
                continue
            if same := self._landed.get((payload.stream, payload.external_id, payload.digest)):
                obsolete.append(same)
            row_id = new_id()
            self._remember(
                (payload.stream, payload.external_id), _Version(row_id, payload.digest, verdict)
            )
            fresh.append(
                {
                    "client_id": client_id,
                    "id": row_id,
                    "integration_id": self.integration_id,
                    "run_id": self.run_id,
                    "stream": payload.stream,
                    "external_id": payload.external_id,
                    "payload_hash": payload.digest,
                    "ciphertext": encrypt(session, client_id, payload.content, _context(row_id)),
                    "status": verdict[0],
                    "reason": verdict[1],
                    "fetched_at": at,
                }
            )
        if obsolete:
            session.execute(delete(LandingPayload).where(LandingPayload.id.in_(obsolete)))
        if fresh:
            session.execute(insert(LandingPayload), fresh)

    def _remember(self, key: Key, version: _Version) -> None:
        self._newest[key] = version
        self._landed[(*key, version.digest)] = version.id

    def _count(
        self, payload: Payload, before: _Version | None, verdict: tuple[str, str | None]
    ) -> None:
        count = self.counts.setdefault(payload.stream, StreamCount())
        if verdict[0] == PayloadStatus.QUARANTINED:
            count.failed += 1
        elif before is None:
            count.created += 1
        elif before.digest == payload.digest and before.verdict == verdict:
            count.unchanged += 1
        else:
            count.updated += 1


@dataclass(frozen=True, slots=True)
class QuarantineCount:
    """How many rows of a stream stand in quarantine for one reason."""

    stream: str
    reason: str
    rows: int


def quarantine(session: Session, integration_id: UUID) -> list[QuarantineCount]:
    """What stands in quarantine now, by stream and reason, most frequent first."""
    newest = (
        select(LandingPayload.stream, LandingPayload.status, LandingPayload.reason)
        .where(LandingPayload.integration_id == integration_id)
        .distinct(LandingPayload.stream, LandingPayload.external_id)
        .order_by(LandingPayload.stream, LandingPayload.external_id, LandingPayload.id.desc())
        .subquery()
    )
    rows = session.execute(
        select(newest.c.stream, newest.c.reason, func.count())
        .where(newest.c.status == PayloadStatus.QUARANTINED)
        .group_by(newest.c.stream, newest.c.reason)
        .order_by(func.count().desc(), newest.c.stream, newest.c.reason)
    )
    return [QuarantineCount(str(row[0]), str(row[1]), int(str(row[2]))) for row in rows]


def accepted(
    session: Session,
    integration_id: UUID,
    streams: Collection[str],
    heads: Collection[str] | None = None,
    *,
    all_versions: bool = False,
) -> Iterator[Payload]:
    """Decrypted payloads that kept their contract, oldest first.

    `heads` keeps rows of some heads only: "order:payment" has the head "order". Only the newest
    version of each row is given unless `all_versions`; a row whose newest version stands in
    quarantine still counts with its last good one.
    """
    query = (
        select(LandingPayload)
        .where(
            LandingPayload.integration_id == integration_id,
            LandingPayload.stream.in_(streams),
            LandingPayload.status == PayloadStatus.ACCEPTED,
        )
        .order_by(LandingPayload.stream, LandingPayload.external_id, LandingPayload.id.desc())
    )
    if heads is not None:
        query = query.where(head_of(LandingPayload.external_id).in_(list(heads)))
    if not all_versions:
        query = query.distinct(LandingPayload.stream, LandingPayload.external_id)
    rows = session.scalars(query.execution_options(yield_per=1000))
    for row in sorted(rows, key=lambda row: row.id.int):
        content = decrypt(session, row.client_id, row.ciphertext, _context(row.id))
        yield Payload(row.stream, row.external_id, content, row.payload_hash)


def head_of(external_id: SQLColumnExpression[str]) -> ColumnElement[str]:
    """The part of an external id before the first colon: the row that the row belongs to."""
    return func.split_part(external_id, ":", 1, type_=String)


def fence_of(session: Session) -> int:
    """The oldest transaction still running: whatever is landed later has this number or more."""
    query = text("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    return int(session.scalars(query).one())


def heads_since(
    session: Session, integration_id: UUID, streams: Collection[str], fence: int
) -> set[str]:
    """Heads of the rows of some streams that were landed since a fence (0 is ever)."""
    query = select(head_of(LandingPayload.external_id)).where(
        LandingPayload.integration_id == integration_id,
        LandingPayload.stream.in_(streams),
        LandingPayload.changed_xid >= xid(fence),
    )
    return set(session.scalars(query))


def is_remapped(session: Session, integration_id: UUID, fence: int) -> bool:
    """Whether a branch of the integration changed its name or mode since a fence."""
    query = select(IntegrationLocation.id).where(
        IntegrationLocation.integration_id == integration_id,
        IntegrationLocation.changed_xid >= xid(fence),
    )
    return session.scalars(query).first() is not None


def xid(fence: int) -> ColumnElement[int]:
    """A fence as the server compares it: as xid8, never as text."""
    return literal_column(f"'{int(fence)}'::xid8")


def forget_before(session: Session, integration: Integration, instant: datetime) -> int:
    """Delete payloads fetched before an instant (raw personal data is kept 30 days); how many."""
    gone = session.execute(
        delete(LandingPayload)
        .where(LandingPayload.integration_id == integration.id, LandingPayload.fetched_at < instant)
        .returning(LandingPayload.id)
    )
    return len(gone.all())


def _verdict(refusal: Quarantined | None) -> tuple[str, str | None]:
    if refusal is None:
        return PayloadStatus.ACCEPTED.value, None
    return PayloadStatus.QUARANTINED.value, refusal.reason[:500]


def _context(row_id: UUID) -> bytes:
    return place("landing.payloads", "ciphertext", row_id)
