"""Declared sources against a real core: landed, logged, applied and in the lake's rows, once."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from crm_core.database import DatabaseRole, engine, tenant_session
from crm_core.enums import ActorType, CommunicationStatus
from crm_core.ids import new_id
from crm_core.models import (
    Communication,
    FxRate,
    Integration,
    IntegrationSyncLog,
    LandingPayload,
    MarketingSpend,
)
from crm_core.security.permissions import Subject, system_subject
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.conftest import company, shared_database
from transforms.sources import lake
from transforms.sources.access import Access, read_access, save_access
from transforms.sources.bank_of_canada import fake as bank_fake
from transforms.sources.base import Json, SourceUnreachable
from transforms.sources.fake import FakeVendor, ServerFaults
from transforms.sources.google_ads import fake as google_fake
from transforms.sources.http import Manners
from transforms.sources.ingest import IngestResult, run_ingest
from transforms.sources.messages import fake as message_fake
from transforms.sources.oauth import Grant
from transforms.sources.quickbooks import fake as books_fake
from transforms.sources.stripe import fake as stripe_fake

__all__ = ["company", "shared_database"]

FAST = Manners(first_wait=0.001, longest_wait=1.0, requests_per_second=None)
ONCE = Manners(tries=1, requests_per_second=None)
GRANT = Grant("client", "secret", "refresh-0").written()
PAYMENTS = [(str(UUID(int=index + 1)), Decimal(100 + index)) for index in range(120)]


@dataclass(frozen=True)
class Account:
    """One tenant's connection to one source."""

    tenant: Tenant
    subject: Subject
    provider: str
    integration_id: UUID

    @classmethod
    def of(cls, tenant: Tenant, provider: str) -> "Account":
        subject = system_subject(tenant.client_id, ActorType.INTEGRATION)
        row = Integration(
            client_id=tenant.client_id, id=new_id(), provider=provider, name=provider.title()
        )
        with tenant_session(subject) as session:
            session.add(row)
        return cls(tenant, subject, provider, row.id)

    def ingest(
        self, url: str, key: str = "", *, manners: Manners = FAST, **options: str
    ) -> IngestResult:
        return run_ingest(
            self.tenant.client_id, at=TEST_NOW, base_url=url, api_key=key, options=options,
            provider=self.provider, manners=manners,
        )  # fmt: skip

    def rows(self, model: type[Any], **values: object) -> list[Any]:
        with tenant_session(self.subject) as session:
            return list(session.scalars(select(model).filter_by(**values)))

    def content(self) -> set[tuple[Any, ...]]:
        rows = self.rows(LandingPayload, integration_id=self.integration_id)
        return {(row.id, row.stream, row.external_id, row.status) for row in rows}


def read(account: Account, server: FakeVendor, manners: Manners = FAST) -> IngestResult:
    """One run, reached as each vendor is."""
    if account.provider == "quickbooks":
        token = server.base_url + books_fake.TOKEN_PATH
        realm = books_fake.REALM
        return account.ingest(server.base_url, GRANT, manners=manners, realm=realm, token_url=token)
    if account.provider == "google_ads":
        token, customer = server.base_url + google_fake.TOKEN_PATH, google_fake.CUSTOMER
        return account.ingest(
            server.base_url, GRANT, manners=manners, customer=customer, token_url=token
        )
    keys = {"stripe": stripe_fake.KEY, "messages": message_fake.KEY}
    return account.ingest(server.base_url, keys.get(account.provider, ""), manners=manners)


def stand_in(provider: str, faults: ServerFaults | None = None) -> FakeVendor:
    months = ("2026-10-01", "2026-11-01")
    days = [date(2026, 11, day) for day in range(2, 19)]
    made: dict[str, tuple[Any, dict[str, list[Json]]]] = {
        "stripe": (stripe_fake.serve, stripe_fake.account(PAYMENTS, TEST_NOW)),
        "quickbooks": (
            books_fake.serve,
            books_fake.books([(f"INV-{i}", Decimal(50 + i)) for i in range(120)], TEST_NOW),
        ),
        "messages": (
            message_fake.serve,
            message_fake.events([(f"m{i}", "delivered") for i in range(120)], TEST_NOW),
        ),
        "google_ads": (google_fake.serve, google_fake.campaigns(50, months, 12_345_678)),
        "bank_of_canada": (bank_fake.serve, bank_fake.rates(days, "1.3712", "1.5901")),
    }
    serve, lists = made[provider]
    server: FakeVendor = serve(lists, faults)
    return server


PROVIDERS = ("stripe", "quickbooks", "messages", "google_ads", "bank_of_canada")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_landed_logged_and_not_twice(company: Tenant, provider: str) -> None:
    account = Account.of(company, provider)
    with stand_in(provider) as server:
        first = read(account, server)
        before = account.content()
        second = read(account, server)
    assert account.content() == before
    assert len(before) == sum(count.processed for count in first.streams.values()) > 30
    assert {status for *_, status in before} == {"ACCEPTED"}
    assert sum(c.created + c.updated for c in second.streams.values()) == 0
    assert second.applied.events.total() == 0
    logs = account.rows(IntegrationSyncLog, run_id=first.run_id)
    counts = {log.stream: log.records_processed for log in logs if log.stream != "core"}
    assert counts == {stream: count.processed for stream, count in first.streams.items()}
    assert {log.status for log in logs} == {"COMPLETED"}
    with engine(DatabaseRole.EXTRACT).connect() as connection:
        tables = lake.changed_rows(connection, 0)
    mine = str(company.client_id)
    for name, table in tables.items():
        if name.startswith(provider):
            found = [row for row in table.to_pylist() if row["client_id"] == mine]
            landed = [key for key in before if f"{provider}__{key[1]}" == name]
            assert len(found) == len(landed) > 0


@pytest.mark.parametrize("provider", ["stripe", "quickbooks", "messages"])
def test_a_run_that_broke_off_and_one_of_a_changed_schema(company: Tenant, provider: str) -> None:
    account = Account.of(company, provider)
    breaks = ServerFaults(server_error_every=2)
    with stand_in(provider, breaks) as server, pytest.raises(SourceUnreachable):
        read(account, server, ONCE)
    (log, *_) = account.rows(IntegrationSyncLog, status="FAILED")
    assert "answered 500" in log.error
    with stand_in(provider) as server:
        read(account, server)
        whole = account.content()
    fields = {"stripe": "amount", "quickbooks": "TotalAmt", "messages": "type"}
    changed = ServerFaults(renamed={fields[provider]: "other"})
    with stand_in(provider, changed) as server:
        result = read(account, server)
    assert result.quarantined > 0
    assert all(fields[provider] in count.reason for count in result.quarantine)
    accepted = {key for key in account.content() if key[3] == "ACCEPTED"}
    assert accepted == whole, "the last good version of each row stands"


def test_events_move_messages_on_and_unknown_ones_are_told(company: Tenant) -> None:
    account = Account.of(company, "messages")
    sent = TEST_NOW - timedelta(hours=2)
    with tenant_session(account.subject) as session:
        for name in ("m0", "m1"):
            session.add(
                Communication(
                    client_id=company.client_id, id=new_id(), type="EMAIL", status="SENT",
                    location_id=company.locations["VANC"], recipient="robin@example.com",
                    content="Your move", provider_message_id=name,
                    sent_at=sent, sent_on=sent.date(), sent_local_at=sent.replace(tzinfo=None),
                )
            )  # fmt: skip
    happened = [("m0", "opened"), ("m0", "delivered"), ("m1", "bounced"), ("m9", "delivered")]
    with message_fake.serve(message_fake.events(happened, TEST_NOW)) as server:
        first = read(account, server)
        second = read(account, server)
    found = {row.provider_message_id: row.status for row in account.rows(Communication)}
    assert found == {"m0": CommunicationStatus.READ, "m1": CommunicationStatus.FAILED}
    assert first.applied.events == {"message read": 1, "message bounced": 1}
    assert second.applied.events.total() == 0
    assert first.applied.refused == second.applied.refused
    assert "no message has it" in first.applied.refused["ev_00003"]


def test_spend_of_files_and_of_the_advertiser(company: Tenant, tmp_path: Path) -> None:
    account = Account.of(company, "spend_files")
    head = "month,channel,campaign,branch,amount,currency\n"
    lines = (
        "2026-10-01,radio,,VANC,1200.50,CAD\n2026-10-01,radio,,,x,CAD\n2026-10-01,tv,,NOPE,1,CAD\n"
    )
    (tmp_path / "october.csv").write_text(head + lines)
    first = account.ingest(str(tmp_path))
    assert first.quarantined == 1
    assert first.applied.refused == {"october_csv.4": "branch: is no code of a branch of ours"}
    (tmp_path / "october.csv").write_text(
        head + lines.replace("x,", "7,").replace("1200.50", "1300")
    )
    second = account.ingest(str(tmp_path))
    assert second.quarantined == 0
    assert second.applied.events == {"spend updated": 1, "spend stored": 1}
    found = {(row.location_id, row.spend_amount) for row in account.rows(MarketingSpend)}
    assert found == {(company.locations["VANC"], Decimal(1300)), (None, Decimal(7))}
    google = Account.of(company, "google_ads")
    with google_fake.serve(google_fake.campaigns(2, ("2026-10-01",), 5_005_000)) as server:
        read(google, server)
    paid = {
        r.campaign: r.spend_amount for r in account.rows(MarketingSpend, source="pay_per_click")
    }
    assert paid == {"Moves 0": Decimal("5.01"), "Moves 1": Decimal("5.02")}


def test_a_rate_that_is_stored_is_never_changed(company: Tenant) -> None:
    account = Account.of(company, "bank_of_canada")
    days = [date(2026, 9, 1), date(2026, 9, 2)]
    with bank_fake.serve(bank_fake.rates(days, "1.3001", "1.5001")) as server:
        assert read(account, server).applied.events == {"rate stored": 4}
    with bank_fake.serve(bank_fake.rates(days, "1.4001", "1.5001")) as server:
        refused = read(account, server).applied.refused
    assert set(refused) == {"FXUSDCAD.2026-09-01", "FXUSDCAD.2026-09-02"}
    assert "stored as 1.3001" in refused["FXUSDCAD.2026-09-01"]
    (rate,) = account.rows(FxRate, from_currency="USD", rate_on=days[0])
    assert (rate.rate, rate.source) == (Decimal("1.3001"), "bank_of_canada")


def test_a_token_that_changes_with_every_use_is_kept(company: Tenant) -> None:
    account = Account.of(company, "quickbooks")
    lists = books_fake.books([("INV-1", Decimal(50))], TEST_NOW)
    with books_fake.serve(lists, rotates=True) as server:
        options = {"realm": books_fake.REALM, "token_url": server.base_url + books_fake.TOKEN_PATH}
        for _ in range(2):
            with tenant_session(account.subject) as session:
                integration = session.get_one(
                    Integration, (company.client_id, account.integration_id)
                )
                if not integration.config:
                    save_access(session, integration, Access(server.base_url, GRANT, options))
                access = read_access(session, integration)
            assert isinstance(access, Access)
            account.ingest(access.base_url, access.api_key, **access.options)
    with tenant_session(account.subject) as session:
        integration = session.get_one(Integration, (company.client_id, account.integration_id))
        kept = read_access(session, integration)
    assert isinstance(kept, Access)
    assert Grant.read(kept.api_key).refresh_token == "refresh-2"
