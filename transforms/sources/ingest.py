"""One run of an integration: pull, land, apply, log; one run at a time per integration.

Which sources there are is in `catalogue`.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import DatabaseRole, engine, tenant_session
from crm_core.enums import ActorType, IntegrationStatus, SyncType
from crm_core.errors import CrmError
from crm_core.ids import new_id
from crm_core.models import Client, Integration
from crm_core.security.permissions import Subject, system_subject
from crm_core.services.integration import sync_runs
from transforms.sources.access import Access, DemoAccess, read_access, save_access
from transforms.sources.base import Applied, Json, Mark, Oddities, Payload, Source
from transforms.sources.catalogue import PROVIDERS
from transforms.sources.http import Manners
from transforms.sources.landing import (
    Landing,
    QuarantineCount,
    StreamCount,
    forget_before,
    quarantine,
)
from transforms.sources.provider import Provider
from transforms.sources.smartmoving.provider import SMARTMOVING

INTERVAL = timedelta(hours=2)
"""How long after a completed run an integration is due again."""
KEPT = timedelta(days=30)
"""How long raw payloads are kept."""
BATCH = 200
"""Payloads landed in one transaction: a run that breaks off loses at most these."""
CORE_STREAM = "core"
"""The stream of the log that counts opportunities brought into the core."""
POSITIONS = "positions"
"""Where the integration's cursor keeps how far each stream was read."""
_UNPACED = Manners(requests_per_second=None)


class IntegrationMissing(CrmError):
    """The tenant has no integration with this provider."""


class IngestAlreadyRunning(CrmError):
    """Another process is reading the same integration."""


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What one run brought."""

    client_id: UUID
    provider: str
    run_id: UUID
    streams: Mapping[str, StreamCount]
    """Rows read, by stream; `failed` are those that went, or stay, in quarantine."""
    quarantine: tuple[QuarantineCount, ...]
    """All that stands in quarantine after the run."""
    oddities: Oddities
    applied: Applied
    seconds: float

    @property
    def quarantined(self) -> int:
        """Records that stand in quarantine after the run."""
        return sum(count.rows for count in self.quarantine)

    @property
    def summary(self) -> str:
        """One line for people."""
        read = sum(count.processed for count in self.streams.values())
        new = sum(count.created + count.updated for count in self.streams.values())
        return (
            f"{self.provider}: {read:,} records read, {new:,} new or changed,"
            f" {self.quarantined:,} in quarantine,"
            f" {self.applied.events.total():,} changes to the core"
        )


@dataclass(slots=True)
class _Run:
    """One run on its way; what it has reached when it breaks off is what is logged."""

    subject: Subject
    integration_id: UUID
    at: datetime
    run_id: UUID
    landing: Landing
    streams: tuple[str, ...] = ()
    positions: Mapping[str, Json] = field(default_factory=dict)
    oddities: Oddities = field(default_factory=Oddities)
    applied: Applied = field(default_factory=Applied)
    is_first: bool = False
    is_complete: bool = False
    error: str = "the run broke off"
    logs: dict[str, UUID] = field(default_factory=dict)
    """The open log of each stream."""


def run_ingest(
    client_id: UUID,
    *,
    at: datetime,
    base_url: str,
    api_key: str = "",
    options: Mapping[str, str] | None = None,
    provider: str = SMARTMOVING.name,
    manners: Manners | None = None,
) -> IngestResult:
    """Read one account into the landing and, for source branches, into the core.

    Raises `IntegrationMissing`, `IngestAlreadyRunning`, or a `SourceError`; what was landed until
    then stays, is logged as a failed run, and the next run goes on from there.
    """
    subject = system_subject(client_id, ActorType.INTEGRATION)
    with tenant_session(subject) as session:
        integration_id = _integration(session, provider).id
    access = Access(base_url, api_key, options or {})
    with _only_run(integration_id, provider):
        return _ingest(subject, integration_id, PROVIDERS[provider], access, manners, at)


def ingest_due(at: datetime) -> Iterator[IngestResult]:
    """Run every active integration, of all tenants, whose last run is two hours old or more.

    One without a saved access is skipped: nobody has connected it yet.
    """
    with Session(engine(DatabaseRole.EXTRACT)) as session:
        columns = (Integration.client_id, Integration.id, Integration.provider)
        found = session.execute(
            select(*columns, Integration.last_sync_at)
            .where(Integration.status != IntegrationStatus.INACTIVE.value)
            .order_by(Integration.client_id, Integration.id)
        ).all()
    for client_id, integration_id, name, last in found:
        if name in PROVIDERS and (last is None or at - last >= INTERVAL):
            subject = system_subject(client_id, ActorType.INTEGRATION)
            with tenant_session(subject) as session:
                integration = session.get_one(Integration, (client_id, integration_id))
                access = read_access(session, integration, at=at) if integration.config else None
            if access is not None:
                with _only_run(integration_id, name):
                    yield _ingest_with(subject, integration_id, PROVIDERS[name], access, at)


def use_demo_account(client_id: UUID, *, seed: int, provider: str = SMARTMOVING.name) -> None:
    """Connect a tenant's integration to an invented account, served locally while it is read."""
    subject = system_subject(client_id, ActorType.INTEGRATION)
    with tenant_session(subject) as session:
        save_access(session, _integration(session, provider), DemoAccess(seed))


def _ingest_with(
    subject: Subject,
    integration_id: UUID,
    provider: Provider,
    access: Access | DemoAccess,
    at: datetime,
) -> IngestResult:
    if isinstance(access, Access):
        return _ingest(subject, integration_id, provider, access, None, at)
    if provider.open_demo is None:
        raise IntegrationMissing(f"{provider.name} has no demo account: connect a real one")
    with provider.open_demo(subject, integration_id, seed=access.seed, as_of=at) as demo:
        return _ingest(subject, integration_id, provider, demo, _UNPACED, at)


def _ingest(
    subject: Subject,
    integration_id: UUID,
    provider: Provider,
    access: Access,
    manners: Manners | None,
    at: datetime,
) -> IngestResult:
    started = time.monotonic()
    run_id = new_id()
    with tenant_session(subject) as session:
        run = _Run(
            subject, integration_id, at, run_id, Landing.open(session, integration_id, run_id)
        )
        zone = session.scalars(select(Client.timezone).where(Client.id == subject.client_id)).one()
        run.is_first = not run.landing.known.accepted
        integration = sync_runs.start(session, subject, integration_id=integration_id, at=at)
        run.positions = integration.cursor.get(POSITIONS, {})
        _open_logs(session, run, (CORE_STREAM,))
    try:
        with provider.connect(subject, integration_id, access, manners) as source:
            run.streams, run.oddities = source.streams, source.oddities
            with tenant_session(subject) as session:
                _open_logs(session, run, run.streams)
            _land(run, source, zone)
        if provider.apply is not None:
            run.applied = provider.apply(subject, integration_id, at)
        run.is_complete = True
    except CrmError as error:
        run.error = error.line
        raise
    finally:
        seconds = time.monotonic() - started
        standing = _log(run, seconds)
    return IngestResult(
        client_id=subject.client_id,
        provider=provider.name,
        run_id=run_id,
        streams=run.landing.counts,
        quarantine=standing,
        oddities=run.oddities,
        applied=run.applied,
        seconds=seconds,
    )


def _land(run: _Run, source: Source, zone: str) -> None:
    """Pull outside any transaction, land in short ones: an open one would hold the fence back."""
    known = replace(run.landing.known, positions=run.positions)
    pulled = source.pull(clock.local_date(run.at, zone), known)
    while batch := list(islice(pulled, BATCH)):
        payloads = [item for item in batch if isinstance(item, Payload)]
        marks = {item.stream: item.position for item in batch if isinstance(item, Mark)}
        with tenant_session(run.subject) as session:
            run.landing.land(session, run.subject.client_id, payloads, source.judge, at=run.at)
            if marks:
                run.positions = {**run.positions, **marks}
                key = (run.subject.client_id, run.integration_id)
                integration = session.get_one(Integration, key)
                integration.cursor = {**integration.cursor, POSITIONS: run.positions}


def _open_logs(session: Session, run: _Run, streams: tuple[str, ...]) -> None:
    for stream in streams:
        log = sync_runs.open_stream(
            session,
            run.subject,
            integration_id=run.integration_id,
            run_id=run.run_id,
            stream=stream,
            type=SyncType.FULL if run.is_first else SyncType.INCREMENTAL,
            at=run.at,
        )
        run.logs[stream] = log.id
        sync_runs.begin_stream(session, run.subject, log_id=log.id, at=run.at)


def _log(run: _Run, seconds: float) -> tuple[QuarantineCount, ...]:
    """End the logs of a run, complete or not; says what stands in quarantine after it."""
    ended_at = run.at + timedelta(seconds=seconds)
    counts = dict(run.landing.counts)
    counts[CORE_STREAM] = StreamCount(
        updated=run.applied.changed,
        unchanged=run.applied.unchanged,
        failed=len(run.applied.refused),
    )
    with tenant_session(run.subject) as session:
        for stream, log_id in run.logs.items():
            _end_log(session, run, stream, log_id, counts.get(stream, StreamCount()), ended_at)
        # A run is true to when it began: what changed since then is for the next.
        integration = sync_runs.finish(
            session,
            run.subject,
            integration_id=run.integration_id,
            at=run.at,
            error=None if run.is_complete else run.error,
        )
        if run.is_complete:
            forget_before(session, integration, run.at - KEPT)
        return tuple(quarantine(session, run.integration_id))


def _end_log(
    session: Session, run: _Run, stream: str, log_id: UUID, count: StreamCount, at: datetime
) -> None:
    counts = sync_runs.Counts(
        count.processed, count.created, count.updated, count.unchanged, count.failed
    )
    error = _error(run, stream)
    if run.is_complete:
        sync_runs.complete_stream(
            session, run.subject, log_id=log_id, counts=counts, at=at, note=error
        )
    else:
        sync_runs.fail_stream(
            session, run.subject, log_id=log_id, counts=counts, error=run.error, at=at
        )


def _error(run: _Run, stream: str) -> str | None:
    """Why a run failed; for the core's stream of a complete one, what the core refused."""
    if not run.is_complete:
        return run.error
    if stream != CORE_STREAM or not run.applied.refused:
        return None
    return "; ".join(f"{name}: {line}" for name, line in sorted(run.applied.refused.items()))


@contextmanager
def _only_run(integration_id: UUID, name: str) -> Iterator[None]:
    """Hold the integration's lock, on a connection that has no transaction open.

    The server lets go of it when this process dies, so a killed run never blocks the next.
    """
    digest = hashlib.sha256(b"ingest" + integration_id.bytes).digest()
    key = int.from_bytes(digest[:8], "big", signed=True)
    connected = engine(DatabaseRole.APP).connect()
    with connected.execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": key}):
            raise IngestAlreadyRunning(
                f"{name} is being read by another process: wait for it to end"
            )
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": key})


def _integration(session: Session, provider: str) -> Integration:
    """The tenant's integration with a provider; row-level security picks the tenant."""
    found = session.scalars(select(Integration).where(Integration.provider == provider)).first()
    if found is None or provider not in PROVIDERS:
        raise IntegrationMissing(
            f"this company has no {provider} integration: create it, and name its branches"
        )
    return found
