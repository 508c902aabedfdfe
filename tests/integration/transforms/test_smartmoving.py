"""One account read into a real core: landed encrypted, refused rows counted, nothing done twice."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from crm_core.database import DatabaseRole, engine, tenant_session
from crm_core.enums import IntegrationMode, IntegrationStatus, SyncStatus
from crm_core.models import Customer, Integration, IntegrationSyncLog, LandingPayload, Lead
from crm_core.security.permissions import system_subject
from tests.conftest import TEST_NOW
from tests.factories import create_tenant
from tests.integration.transforms.smartmoving_account import (
    Connected,
    connected,
    payloads_of,
    serve,
    story,
)
from transforms.sources.access import Access, DemoAccess, read_access, save_access
from transforms.sources.base import Payload, SourceRefusedKey, SourceUnreachable
from transforms.sources.http import Manners
from transforms.sources.ingest import (
    CORE_STREAM,
    KEPT,
    IngestAlreadyRunning,
    IntegrationMissing,
    ingest_due,
    run_ingest,
    use_demo_account,
)
from transforms.sources.landing import accepted, quarantine
from transforms.sources.smartmoving.fake import Faults
from transforms.sources.smartmoving.lake import changed_rows

pytestmark = pytest.mark.long

__all__ = ["connected"]

BROKEN = Faults(broken_opportunities=4)


def test_a_first_run_lands_the_good_and_quarantines_the_bad(connected: Connected) -> None:
    with serve(BROKEN) as server:
        result = connected.ingest(server)
        everybody = server.account.customers(None, None)
    landed = connected.rows(LandingPayload)
    assert len(landed) == sum(count.processed for count in result.streams.values())
    refused = [row for row in landed if row.status == "QUARANTINED"]
    assert result.quarantined == len(refused) == result.streams["opportunities"].failed
    reasons = {row.external_id: row.reason for row in refused}
    assert {key: reasons[key].split(" ")[0] for key in server.broken} == dict(
        zip(
            sorted(server.broken, key=lambda key: server.broken[key]),
            ("branch", "estimatedTotal.finalTotal", "serviceDate", "status"),
            strict=True,
        )
    )
    assert {row.reason for row in landed if row.status == "ACCEPTED"} == {None}
    names = [str(row["name"]).strip().encode() for row in everybody]
    assert not any(name in row.ciphertext for row in landed for name in names)


def test_the_log_says_what_each_stream_brought(connected: Connected) -> None:
    with serve(BROKEN) as server:
        result = connected.ingest(server)
    logs = {log.stream: log for log in connected.rows(IntegrationSyncLog)}
    assert set(logs) == {*result.streams, CORE_STREAM}
    for stream, count in result.streams.items():
        log = logs[stream]
        assert (log.records_processed, log.records_failed) == (count.processed, count.failed)
        assert (log.status, log.type, log.run_id) == ("COMPLETED", "FULL", result.run_id)
    assert logs["opportunities"].records_failed == result.quarantined > 4
    assert logs[CORE_STREAM].records_processed == result.applied.changed
    assert connected.one(Integration).last_sync_at == TEST_NOW


def test_a_second_run_changes_nothing(connected: Connected) -> None:
    with serve(BROKEN) as server:
        first = connected.ingest(server)
        before = connected.content()
        second = connected.ingest(server)
    assert connected.content() == before
    assert all(before.values())
    assert second.applied.events.total() == 0 < first.applied.events.total()
    assert sum(count.created + count.updated for count in second.streams.values()) == 0
    assert second.quarantine == first.quarantine, "what is refused is asked for, and counted, again"
    assert second.streams["opportunities"].failed == first.streams["opportunities"].failed


def test_a_broken_row_that_is_mended_leaves_quarantine(connected: Connected) -> None:
    with serve(BROKEN) as server:
        first = connected.ingest(server)
        broken = server.broken
    with serve() as server:
        second = connected.ingest(server)
    assert first.quarantined - second.quarantined == 4
    assert second.streams["opportunities"].updated == 4
    mended = {payload.external_id for payload in _accepted(connected)}
    assert set(broken) <= mended


def _accepted(connected: Connected) -> list[Payload]:
    with tenant_session(connected.subject) as session:
        return list(accepted(session, connected.integration_id, ("opportunities",)))


def test_a_version_that_comes_back_is_the_newest_again(connected: Connected) -> None:
    with serve() as server:
        rows = story(server, lambda life: life.status_at(TEST_NOW) == 3)
    for volume in (100, 200, 100):
        connected.land(payloads_of(rows, volume=volume))
    (newest,) = _accepted(connected)
    assert newest.body()["volume"] == 100
    assert len(connected.rows(LandingPayload, stream="opportunities")) == 2


def test_a_refused_version_leaves_the_last_good_one_in_force(connected: Connected) -> None:
    with serve() as server:
        rows = story(server, lambda life: life.status_at(TEST_NOW) == 3)
    connected.land(payloads_of(rows))
    counts = connected.land(payloads_of(rows, status="booked")).counts["opportunities"]
    assert (counts.failed, len(_accepted(connected))) == (1, 1)
    with tenant_session(connected.subject) as session:
        (standing,) = quarantine(session, connected.integration_id)
    assert (standing.reason, standing.rows) == ("status is not a whole number", 1)


def test_a_branch_named_later_is_judged_anew(connected: Connected) -> None:
    with serve() as server:
        rows = story(server, lambda life: life.status_at(TEST_NOW) == 3)
    stranger = payloads_of(rows, branch={"name": "Northway Moving Tofino", "phoneNumber": None})
    assert connected.land(stranger).counts["opportunities"].failed == 1
    assert connected.apply().changed == 0
    with tenant_session(connected.subject) as session:
        session.execute(
            text("update core.integration_locations set external_name = 'tofino' where mode = :m"),
            {"m": IntegrationMode.SOURCE.value},
        )
    assert connected.land(stranger).counts["opportunities"].updated == 1
    assert connected.apply().events["lead created"] == 1


def test_a_wrong_key_is_logged_and_three_in_a_row_are_an_error(connected: Connected) -> None:
    with serve() as server:
        for failures in (1, 2, 3):
            with pytest.raises(SourceRefusedKey):
                connected.ingest(server, key="wrong")
            integration = connected.one(Integration)
            assert integration.error_count == failures
            assert integration.status == ("ERROR" if failures == 3 else "ACTIVE")
            assert "renew the key" in integration.last_error
        logs = connected.rows(IntegrationSyncLog)
        assert {log.status for log in logs} == {SyncStatus.FAILED.value}
        connected.ingest(server)
    integration = connected.one(Integration)
    assert (integration.status, integration.error_count) == (IntegrationStatus.ACTIVE.value, 0)


def test_a_run_that_broke_off_is_gone_on_with(connected: Connected) -> None:
    once = Manners(tries=1, requests_per_second=None)
    with serve(Faults(server_error_every=60)) as server, pytest.raises(SourceUnreachable):
        connected.ingest(server, manners=once)
    assert connected.rows(Lead) == []
    with serve() as server:
        connected.ingest(server)
        wanted = {
            key
            for key, (_, life) in server.account.lives.items()
            if life.branch.code == "VANC" and life.has_date
        }
        before = connected.content()
        assert connected.ingest(server).applied.changed == 0
    assert connected.content() == before
    assert {lead.external_id for lead in connected.rows(Lead)} >= wanted - outside(server)


def outside(server: object) -> set[str]:
    """Opportunities with no job within the connector's reach."""
    first, last = TEST_NOW.date() - timedelta(days=35), TEST_NOW.date() + timedelta(days=60)
    lives = server.account.lives  # type: ignore[attr-defined]
    return {
        key
        for key, (person, _) in lives.items()
        if not any(
            first <= job.day_at(TEST_NOW) <= last for life in person.lives for job in life.jobs
        )
    }


def test_one_run_at_a_time(connected: Connected) -> None:
    with serve(Faults(slow_every=1, slow_seconds=0.01)) as server:
        other = threading.Thread(target=connected.ingest, args=(server,), daemon=True)
        other.start()
        while server.calls == 0:
            other.join(0.01)
        with pytest.raises(IngestAlreadyRunning, match="wait for it to end"):
            connected.ingest(server)
        other.join(60)
    assert {log.status for log in connected.rows(IntegrationSyncLog)} == {"COMPLETED"}


def test_a_tenant_without_the_integration_is_told_so(connected: Connected) -> None:
    stranger = create_tenant("beta", at=TEST_NOW)
    with serve() as server:
        connected.ingest(server)
        with pytest.raises(IntegrationMissing, match="create it"):
            run_ingest(
                stranger.client_id, at=TEST_NOW, base_url=server.base_url, api_key=server.api_key
            )
    other = Connected(stranger, system_subject(stranger.client_id), UUID(int=0))
    assert other.rows(LandingPayload) == other.rows(Customer) == []


def test_payloads_are_forgotten_after_thirty_days(connected: Connected) -> None:
    with serve() as server:
        rows = story(server, lambda life: life.status_at(TEST_NOW) == 3)
        connected.land(payloads_of(rows), at=TEST_NOW - KEPT - timedelta(seconds=1))
        connected.ingest(server)
    fetched = {row.fetched_at for row in connected.rows(LandingPayload)}
    assert fetched == {TEST_NOW}


def test_a_key_is_kept_encrypted(connected: Connected) -> None:
    access = Access("https://vendor.example/v1", "a-secret-key")
    with tenant_session(connected.subject) as session:
        integration = session.get_one(
            Integration, (connected.tenant.client_id, connected.integration_id)
        )
        save_access(session, integration, access)
    integration = connected.one(Integration)
    assert "a-secret-key" not in str(integration.config) + repr(access)
    with tenant_session(connected.subject) as session:
        assert read_access(session, integration) == access


def test_what_is_due_is_read_from_a_demo_account(connected: Connected) -> None:
    assert list(ingest_due(TEST_NOW)) == [], "nobody has connected it yet"
    use_demo_account(connected.tenant.client_id, seed=5)
    (first,) = ingest_due(TEST_NOW)
    assert first.applied.changed > 0
    assert first.quarantined > 0, "a demo account holds broken rows"
    assert "in quarantine" in first.summary
    assert list(ingest_due(TEST_NOW + timedelta(minutes=119))) == []
    (second,) = ingest_due(TEST_NOW + timedelta(hours=2))
    assert second.streams["customers"].created < first.streams["customers"].created
    with tenant_session(connected.subject) as session:
        assert read_access(session, connected.one(Integration)) == DemoAccess(5)


@pytest.mark.parametrize(
    "faults",
    [
        Faults(bare_arrays=True),
        Faults(duplicate_across_pages=True),
        Faults(server_error_every=4, truncated_every=5, too_busy_every=7, retry_after=0.001),
    ],
)
def test_faults_on_the_way_leave_no_trace(connected: Connected, faults: Faults) -> None:
    manners = Manners(tries=6, first_wait=0.001, longest_wait=1, requests_per_second=None)
    with serve(faults) as server:
        disturbed = connected.ingest(server, manners=manners)
    with serve() as server:
        again = connected.ingest(server)
    assert sum(count.created + count.updated for count in again.streams.values()) == 0
    assert again.quarantine == disturbed.quarantine


def test_the_lake_gets_both_modes_and_only_what_changed(connected: Connected) -> None:
    def rows_since(fence: int) -> dict[str, list[str]]:
        with engine(DatabaseRole.EXTRACT).connect() as connection:
            tables = changed_rows(connection, fence)
        return {name: table["id"].to_pylist() for name, table in tables.items()}

    def fence() -> int:
        query = text("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        with engine(DatabaseRole.EXTRACT).connect() as connection:
            return int(connection.execute(query).scalar_one())

    with serve(BROKEN) as server:
        connected.ingest(server)
        everything = rows_since(0)
        standing = {payload.external_id for payload in _accepted(connected)}
        assert set(everything["smartmoving__opportunities"]) == standing
        after_first = fence()
        assert all(ids == [] for ids in rows_since(after_first).values())
        later = TEST_NOW + timedelta(days=3)
        server.move_to(later)
        connected.ingest(server, later)
    changed = rows_since(after_first)["smartmoving__opportunities"]
    assert 0 < len(changed) < len(standing)
    assert set(changed) <= set(rows_since(0)["smartmoving__opportunities"])


def test_a_branch_that_changes_its_mode_changes_in_the_lake(connected: Connected) -> None:
    with serve() as server:
        rows = story(server, lambda life: life.status_at(TEST_NOW) == 3)
    connected.land(payloads_of(rows))
    assert _modes(0) == ["SOURCE"]
    with tenant_session(connected.subject) as session:
        number = session.execute(
            text(
                "update core.integration_locations set mode = 'REFERENCE' where mode = 'SOURCE'"
                " returning changed_xid::text::bigint"
            )
        ).scalar_one()
    assert _modes(number) == ["REFERENCE"]


def _modes(fence: int) -> list[str]:
    with engine(DatabaseRole.EXTRACT).connect() as connection:
        table = changed_rows(connection, fence)["smartmoving__opportunities"]
    return [str(mode) for mode in table["mode"].to_pylist()]
