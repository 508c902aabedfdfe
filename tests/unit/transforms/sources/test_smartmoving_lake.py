"""Rows for the lake: keyed, exact, decoded, and without anything personal."""

from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pytest

from tests.unit.transforms.sources.conftest import AS_OF, Ours, client_of, serve
from transforms.sources.base import Known, Payload
from transforms.sources.smartmoving.connector import SmartMoving
from transforms.sources.smartmoving.fake import FakeSmartMoving, Faults
from transforms.sources.smartmoving.lake import SCHEMAS, Account, reference_rows

TENANT = UUID(int=42)


def pull(server: FakeSmartMoving, ours: Ours) -> list[Payload]:
    with client_of(server) as client:
        source = SmartMoving(client, ours.branches)
        return [p for p in source.pull(ours.today, Known()) if source.judge(p) is None]


@pytest.fixture(scope="module")
def payloads(account: FakeSmartMoving, ours: Ours) -> list[Payload]:
    return pull(account, ours)


@pytest.fixture(scope="module")
def tables(payloads: list[Payload], ours: Ours) -> dict[str, pa.Table]:
    return reference_rows(payloads, Account(TENANT, "CAD", ours.branches))


def test_tables_keep_their_schemas_and_keys(tables: dict[str, pa.Table]) -> None:
    assert {name: table.schema for name, table in tables.items()} == dict(SCHEMAS)
    for table in tables.values():
        rows = table.to_pylist()
        assert rows
        assert len({(row["client_id"], row["id"]) for row in rows}) == len(rows)


def test_every_good_opportunity_is_there_with_its_branch_and_mode(
    payloads: list[Payload], tables: dict[str, pa.Table], ours: Ours
) -> None:
    rows = tables["smartmoving__opportunities"].to_pylist()
    assert {row["id"] for row in rows} == {
        p.external_id for p in payloads if p.stream == "opportunities"
    }
    modes = {str(use.location_id): str(use.mode) for use in ours.uses.values()}
    assert {row["location_id"]: row["mode"] for row in rows} == modes
    assert all(row["created_on"] <= AS_OF.date() for row in rows)
    assert all((row["booked_on"] is not None) == row["is_booked"] for row in rows)


def test_money_equals_the_account(account: FakeSmartMoving, tables: dict[str, pa.Table]) -> None:
    for row in tables["smartmoving__opportunities"].to_pylist():
        detail = account.account.opportunity(row["id"], frozenset({"includecharges"})) or {}
        total = detail["estimatedTotal"]
        wanted = Decimal(str(total["finalTotal"])).quantize(Decimal("0.01"))  # type: ignore[index]
        assert row["estimated_total_amount"] == wanted
        payments = account.account.payments_of(row["id"]) or []
        signed = [(-1 if p["isRefund"] else 1) * Decimal(str(p["amount"])) for p in payments]
        assert row["paid_amount"] == sum(signed)


def test_nothing_personal_leaves(account: FakeSmartMoving, tables: dict[str, pa.Table]) -> None:
    words = {
        str(row[field]).strip()
        for row in account.account.customers(None, None)
        for field in ("name", "phoneNumber", "emailAddress", "address")
        if row[field]
    }
    written = {
        str(value)
        for table in tables.values()
        for row in table.to_pylist()
        for value in row.values()
    }
    assert words.isdisjoint(written)
    assert not any("555-01" in value or "@" in value for value in written)
    assert any("Google organic" in value for value in written), "the channel itself stays"


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("VANC call extension 416-555-0142", "VANC call extension"),
        ("VANC call extension +1 (416) 555 0142 x", "VANC call extension x"),
        ("VANC referral by somebody@example.com", "VANC referral by"),
        ("VANC route 66", "VANC route 66"),
        ("416-555-0142", None),
    ],
)
def test_channels_lose_phone_numbers_and_addresses(
    account: FakeSmartMoving, ours: Ours, named: str, kept: str | None
) -> None:
    row = dict(account.account.opportunity(next(iter(account.account.lives)), frozenset()) or {})
    payload = Payload.of("opportunities", row | {"referralSource": named})
    tables = reference_rows([payload], Account(TENANT, "CAD", ours.branches))
    assert tables["smartmoving__opportunities"]["referral_channel"].to_pylist() == [kept]


def test_a_job_that_vanished_stays_as_removed(ours: Ours) -> None:
    with serve(per_branch=400) as server:
        lives = server.account.lives
        key, job = next(
            (key, life.jobs[1])
            for key, (_, life) in lives.items()
            if len(life.jobs) == 2
            and life.branch.code
            and life.has_date
            and life.jobs[1].removed_at
            and life.jobs[1].removed_at > AS_OF
            and life.status_at(AS_OF) == 4
        )
        include = frozenset({"includecharges"})
        before = server.account.opportunity(key, include) or {}
        assert job.removed_at
        server.move_to(job.removed_at)
        after = server.account.opportunity(key, include) or {}
    versions = [Payload.of("opportunities", row) for row in (before, after)]
    tables = reference_rows(versions, Account(TENANT, "CAD", ours.branches))
    rows = {row["id"]: row["is_removed"] for row in tables["smartmoving__jobs"].to_pylist()}
    assert rows == {str(before["jobs"][0]["id"]): False, job.id: True}  # type: ignore[index]
    assert tables["smartmoving__opportunities"].to_pylist()[0]["jobs_count"] == 1


def test_odd_but_good_rows_are_kept(ours: Ours) -> None:
    with serve(Faults(null_volume=True, unknown_code=True, wrong_encoding=True)) as server:
        tables = reference_rows(pull(server, ours), Account(TENANT, "CAD", ours.branches))
    rows = tables["smartmoving__opportunities"].to_pylist()
    assert {row["volume_cubic_feet"] for row in rows} == {None}
    assert {row["opportunity_type"] for row in rows} == {"UNKNOWN_99"}
    assert {row["service_type"] for row in tables["smartmoving__jobs"].to_pylist()} == {
        "UNKNOWN_99"
    }
