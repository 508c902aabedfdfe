"""Every declared source against its stand-in: whatever goes wrong, the same rows come in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from crm_core.enums import ActorType
from crm_core.security.permissions import system_subject
from transforms.sources.access import Access
from transforms.sources.bank_of_canada import fake as bank_fake
from transforms.sources.base import Json, Known, Mark, Payload, SourceAnswerUnreadable, SourceError
from transforms.sources.catalogue import PROVIDERS
from transforms.sources.contracts import Leaves, Row
from transforms.sources.declared import Declared, parse
from transforms.sources.fake import FakeVendor, ServerFaults
from transforms.sources.google_ads import fake as google_fake
from transforms.sources.http import Manners
from transforms.sources.lake import rows_of, schema_of
from transforms.sources.messages import fake as message_fake
from transforms.sources.oauth import Grant
from transforms.sources.quickbooks import fake as books_fake
from transforms.sources.spend_files.connector import STREAMS, lines_of, read
from transforms.sources.stripe import fake as stripe_fake

AT = datetime(2026, 11, 20, 18, tzinfo=UTC)
FAST = Manners(first_wait=0.001, longest_wait=1.0, requests_per_second=None)
NOBODY = system_subject(UUID(int=1), ActorType.INTEGRATION)
KEY = Grant("client", "secret", "refresh-0").written()


@dataclass(frozen=True)
class Vendor:
    """A source with its stand-in: what it serves, how it is reached, a field it needs."""

    name: str
    serve: Any
    lists: dict[str, list[Json]]
    key: str
    options: dict[str, str]
    token_path: str
    field: str

    def access(self, server: FakeVendor) -> Access:
        token = {"token_url": server.base_url + self.token_path}
        return Access(server.base_url, self.key, {**self.options, **token})


PAYMENTS = [(str(UUID(int=index + 1)), Decimal(100 + index)) for index in range(230)]
VENDORS = (
    Vendor("stripe", stripe_fake.serve, stripe_fake.account(PAYMENTS, AT), stripe_fake.KEY,
           {}, "", "amount"),
    Vendor("quickbooks", books_fake.serve,
           books_fake.books([(f"INV-{i}", Decimal(50 + i)) for i in range(230)], AT), KEY,
           {"realm": books_fake.REALM}, books_fake.TOKEN_PATH, "TotalAmt"),
    Vendor("messages", message_fake.serve,
           message_fake.events([(f"m{i}", "delivered") for i in range(230)], AT),
           message_fake.KEY, {}, "", "type"),
    Vendor("google_ads", google_fake.serve,
           google_fake.campaigns(50, ("2026-10-01", "2026-11-01"), 12_345_678), KEY,
           {"customer": google_fake.CUSTOMER}, google_fake.TOKEN_PATH, "metrics"),
    Vendor("bank_of_canada", bank_fake.serve,
           bank_fake.rates([date(2026, 11, day) for day in range(2, 20)], "1.3712", "1.5901"),
           "", {}, "", "v"),
)  # fmt: skip
FAULTS = {
    "slow": ServerFaults(slow_every=2, slow_seconds=0.02),
    "too busy": ServerFaults(too_busy_every=3, retry_after=0.0),
    "broken": ServerFaults(server_error_every=3),
    "cut off": ServerFaults(truncated_every=3),
    "page twice": ServerFaults(duplicate_page_every=3),
    "clock ahead": ServerFaults(skew=timedelta(hours=2)),
    "clock behind": ServerFaults(skew=-timedelta(hours=2)),
}
EACH = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


@contextmanager
def opened(vendor: Vendor, faults: ServerFaults | None = None) -> Iterator[tuple[FakeVendor, Any]]:
    lists = {name: list(rows) for name, rows in vendor.lists.items()}
    with vendor.serve(lists, faults) as server:
        connect = PROVIDERS[vendor.name].connect
        with connect(NOBODY, UUID(int=2), vendor.access(server), FAST) as source:
            yield server, source


def pulled(source: Declared, positions: Any = None) -> tuple[list[Payload], dict[str, Json]]:
    """Rows and the last mark of each stream."""
    items = list(source.pull(AT.date(), Known(positions=positions or {})))
    marks = {item.stream: item.position for item in items if isinstance(item, Mark)}
    return [item for item in items if isinstance(item, Payload)], marks


def names(payloads: list[Payload]) -> list[tuple[str, str]]:
    return sorted((payload.stream, payload.external_id) for payload in payloads)


@EACH
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_goes_wrong_the_same_rows_come_in(vendor: Vendor, fault: str) -> None:
    with opened(vendor) as (_, source):
        expected, _ = pulled(source)
    with opened(vendor, FAULTS[fault]) as (_, source):
        found, marks = pulled(source)
        refused = [source.judge(payload) for payload in found]
    assert names(found) == names(expected)
    assert len(expected) >= 36
    assert not any(refused)
    assert set(marks) == set(source.streams)


@EACH
def test_a_field_under_another_name_is_refused_by_name(vendor: Vendor) -> None:
    with opened(vendor, ServerFaults(renamed={vendor.field: "other"})) as (_, source):
        found, _ = pulled(source)
        refused = [source.judge(payload) for payload in found]
    struck = [r for r in refused if r is not None]
    assert struck
    assert all(vendor.field in refusal.reason for refusal in struck)
    assert len(struck) == len(refused) or vendor.name == "stripe"


@EACH
def test_a_field_nobody_announced_is_told_and_let_in(vendor: Vendor) -> None:
    with opened(vendor, ServerFaults(added={"loyaltyTier": "gold"})) as (_, source):
        found, _ = pulled(source)
        assert not any(source.judge(payload) for payload in found)
    told = any(field.endswith(".loyaltyTier") for field in source.oddities.new_fields)
    assert told or vendor.name == "bank_of_canada", "its rows are made of named cells"


@pytest.mark.parametrize("vendor", VENDORS[:3], ids=lambda vendor: vendor.name)
def test_a_read_that_broke_off_is_gone_on_with_at_its_page(vendor: Vendor) -> None:
    with opened(vendor) as (server, source):
        everything, _ = pulled(source)
        reading, first, marks = source.pull(AT.date(), Known()), [], {}
        for item in reading:
            if isinstance(item, Mark):
                marks[item.stream] = item.position
                break
            first.append(item)
        calls = server.calls
        rest, marks = pulled(source, marks)
        assert server.calls - calls < len(everything) / 100 + 5
        again, _ = pulled(source, marks)
    assert set(names(first + rest)) == set(names(everything))
    assert set(names(again)) <= set(names(everything))


@pytest.mark.parametrize("vendor", VENDORS[:3], ids=lambda vendor: vendor.name)
def test_a_later_run_reads_what_is_new_and_what_may_have_changed(vendor: Vendor) -> None:
    with opened(vendor) as (_, source):
        _, marks = pulled(source)
        stream = source.declared[0]
        late = {**marks, stream.name: {"newest": (AT + timedelta(hours=4)).isoformat()}}
        again, _ = pulled(source, late)
    since = AT + timedelta(hours=4) - stream.overlap
    rows = [parse([stream], p) for p in again if p.stream == stream.name]
    moments = [getattr(row, stream.moment or "") for row in rows]
    assert all(moment >= since for moment in moments)
    assert bool(moments) == (vendor.name != "quickbooks")


def test_books_that_move_while_they_are_read_lose_no_invoice() -> None:
    vendor = VENDORS[1]
    with opened(vendor) as (server, source):
        found: list[Payload] = []
        for item in source.pull(AT.date(), Known()):
            if isinstance(item, Payload):
                found.append(item)
                if len(found) == 50:  # the oldest is changed: it moves to the end
                    oldest = server.lists["invoices"][-1]
                    stamp = {"LastUpdatedTime": (AT + timedelta(hours=1)).isoformat()}
                    server.lists["invoices"][-1] = {**oldest, "MetaData": stamp}
    ids = {payload.external_id for payload in found if payload.stream == "invoices"}
    assert ids == {str(row["Id"]) for row in vendor.lists["invoices"]}


def test_pages_that_lead_back_to_themselves_are_given_up() -> None:
    endless = ServerFaults(duplicate_page_every=1)
    with (
        opened(VENDORS[2], endless) as (_, source),
        pytest.raises(SourceAnswerUnreadable, match="do not end"),
    ):
        pulled(source)


def test_a_token_that_is_not_renewed_asks_to_connect_again() -> None:
    vendor = replace(VENDORS[1], key=Grant("client", "secret", "old").written())
    with opened(vendor) as (_, source), pytest.raises(SourceError, match="connect this"):
        pulled(source)


def test_amounts_of_each_vendor_become_ours() -> None:
    wanted = {
        "stripe": ("charges", "charge_amount", Decimal("100.00")),
        "quickbooks": ("invoices", "total_amount", Decimal("50.00")),
        "google_ads": ("campaign_months", "spend_amount", Decimal("12.35")),
        "bank_of_canada": ("rates", "rate", Decimal("1.3712")),
    }
    for vendor in VENDORS:
        if vendor.name in wanted:
            stream, field, amount = wanted[vendor.name]
            with opened(vendor) as (_, source):
                rows = [parse(source.declared, p) for p in pulled(source)[0] if p.stream == stream]
            assert amount in {getattr(row, field) for row in rows}


def test_nothing_that_a_person_wrote_or_is_called_may_leave() -> None:
    for provider in PROVIDERS.values():
        for stream in (s for s in provider.streams if s.feeds_lake):
            kept = set(schema_of(stream.row).names)
            assert {"client_id", "id", "currency"} <= kept
            for name, field in stream.row.model_fields.items():
                is_text = field.annotation is str
                assert not (is_text and name in kept) or Leaves() in field.metadata
    with opened(VENDORS[0]) as (_, source):
        payloads = [p for p in pulled(source)[0] if p.stream == "charges"][:3]
    rows = list(rows_of(source.declared[0], payloads, "c", "America/Vancouver"))
    assert "example.com" not in str(rows)
    assert rows[0]["created_on"] == date(2026, 11, 20)


def test_a_file_of_spend_is_taken_line_by_line(tmp_path: Any) -> None:
    text = "Month;Channel;Campaign;Branch;Amount;Currency\n2026-10-01;radio;;VANC;1200.50;CAD\n"
    text += "2026-13-01;radio;;;9;CAD\n;;;;;\n2026-10-01;Québec;;;abc;cad\n2026-10-01;a;;;-5;CAD\n"
    rows = lines_of("spend 2026.csv", text.encode("cp1252"))
    assert [row["id"] for row in rows] == [f"spend_2026_csv.{line}" for line in (2, 3, 5, 6)]
    judged = [parse(STREAMS, STREAMS[0].payload(row)) for row in rows]
    assert isinstance(judged[0], Row)
    reasons = [getattr(row, "reason", None) for row in judged]
    assert reasons[1:3] == ["month is not a day of the calendar", "amount is not a number"]
    assert "amount" in str(reasons[3])
    with pytest.raises(SourceError, match="check its path"):
        read(tmp_path / "gone")


def test_a_file_too_large_is_refused_and_not_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.sources.spend_files.connector.MOST_BYTES", 2_000_000)
    text = b"month,channel,amount,currency\n2026-10-01,radio,1,CAD\n"
    (tmp_path / "spend.csv").write_bytes(text)
    assert len(read(tmp_path).rows) == 1
    (tmp_path / "large.csv").write_bytes(text.ljust(2_000_001))
    with pytest.raises(SourceError, match=r"large\.csv is larger than 2 MB"):
        read(tmp_path)
