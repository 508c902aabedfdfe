"""Bad input over services, models and HTTP: refused by field, and nothing half-written."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Column
from sqlalchemy.types import JSON, Date, DateTime, Integer, Numeric, String, Uuid

from app.api.main import make_api
from crm_core.api.dependencies import current_instant, current_subject
from crm_core.api.limits import LARGEST_BODY
from crm_core.database import DatabaseRole, conninfo, tenant_session
from crm_core.enums import PaymentMethod
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import Base, Customer, Lead, Location
from crm_core.models.validity import check_value, known_values
from crm_core.services.finance import invoices, payments
from crm_core.services.operations import journeys
from crm_core.services.sales import customers, leads, quotes
from crm_core.services.sales.customers import CustomerData
from crm_core.services.sales.leads import LeadData
from crm_core.services.sales.quotes import Offer
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant
from tests.integration.crm_core.flow import (
    LABOUR,
    a_customer,
    a_lead,
    an_accepted_quote,
    an_issued_invoice,
    hours,
)  # fmt: skip

NUL, HALF, LONG = "a\x00b", "a\ud800b", "x" * 100_000


def _id(value: Any) -> str:
    """The field names a case; its value may be too much to print."""
    return ascii(value) if isinstance(value, str) else ""


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def _bad_values(column: Column[Any]) -> Iterator[Any]:
    """What no column of this type can hold."""
    kind = column.type
    if isinstance(kind, String):
        yield from (NUL, HALF, 7)
        if kind.length:
            yield "x" * (kind.length + 1)
        if known_values(column):
            yield "NO_SUCH_VALUE"
        if column.name == "timezone":
            yield from ("Mars/Olympus", "../../etc/passwd")
    elif isinstance(kind, Numeric) and kind.precision is not None:
        yield from (Decimal("NaN"), Decimal("Infinity"), Decimal(10) ** 40, 0.1)
    elif isinstance(kind, Integer):
        yield from (2**63, -(2**70), True, "1")
    elif isinstance(kind, DateTime):
        zone = None if kind.timezone else UTC
        yield from (datetime(2026, 1, 1, tzinfo=zone), datetime.min, datetime.max, "now")
    elif isinstance(kind, Date):
        yield from (date(1, 1, 1), date(9999, 12, 31), "today")
    elif isinstance(kind, Uuid):
        yield from ("not-an-id", 7)
    elif isinstance(kind, JSON):
        yield from (
            _deep(5000), {"a": NUL}, {HALF: 1}, {"a": float("nan")}, {"a": float("inf")},
            {"a": "x" * 10_000_000},
        )  # fmt: skip


COLUMNS = [column for table in Base.metadata.sorted_tables for column in table.columns]


def test_every_column_refuses_what_it_cannot_hold() -> None:
    let_through = []
    for column in COLUMNS:
        for value in _bad_values(column):
            try:
                check_value(column, value)
            except InvalidInput as refused:
                assert refused.field == column.name
                assert len(refused.line) < 2000
            else:
                let_through.append(f"{column}: {str(value)[:40]}")
    assert let_through == []


def test_every_range_the_models_declare_is_asked_before() -> None:
    """Of the checks on one column, none is left to the database alone."""
    negative = [c for c in COLUMNS if any(
        str(check.sqltext) == f"{c.name} >= 0" for check in c.table.constraints
        if hasattr(check, "sqltext"))]  # fmt: skip
    assert len(negative) > 20
    for column in negative:
        wrong = Decimal("-0.01") if isinstance(column.type, Numeric) else -1
        with pytest.raises(InvalidInput, match=column.name):
            check_value(column, wrong)


@pytest.fixture
def stranger(company: Tenant) -> Tenant:
    return create_tenant(slug=f"{company.slug}-far", at=TEST_NOW)


def _counts(tenant: Tenant) -> dict[str, int]:
    """Rows by table of a tenant: what must not change when something is refused."""
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        return {
            table.fullname: connection.execute(
                f"select count(*) from {table.fullname} where client_id = %s".encode(),
                [tenant.client_id],
            ).fetchone()[0]  # type: ignore[index]
            for table in Base.metadata.sorted_tables
            if "client_id" in table.columns
        }


CUSTOMERS: list[tuple[dict[str, Any], str]] = [
    ({"first_name": LONG}, "first_name"),
    ({"first_name": NUL}, "first_name"),
    ({"last_name": HALF}, "last_name"),
    ({"last_name": "  "}, "last_name"),
    ({"email": LONG}, "email"),
    ({"phone": NUL}, "phone"),
    ({"city": HALF}, "city"),
    ({"province": "ZZ"}, "province"),
    ({"language": "klingon"}, "language"),
    ({"address": {"street": NUL}}, "address"),
    ({"address": {"street": "x" * 10_000_000}}, "address"),
    ({"address": _deep(5000)}, "address"),
    ({"address": {"lat": float("nan")}}, "address"),
]
LEADS: list[tuple[dict[str, Any], str]] = [
    ({"source": LONG}, "source"),
    ({"source": HALF}, "source"),
    ({"service_type": NUL}, "service_type"),
    ({"estimated_amount": Decimal(-1)}, "estimated_amount"),
    ({"estimated_amount": Decimal("NaN")}, "estimated_amount"),
    ({"estimated_amount": Decimal("Infinity")}, "estimated_amount"),
    ({"estimated_amount": Decimal(10) ** 30}, "estimated_amount"),
    ({"estimated_amount": Decimal("0.001")}, "estimated_amount"),
    ({"estimated_move_on": date(9999, 1, 1)}, "estimated_move_on"),
    ({"estimated_move_on": date(1, 1, 1)}, "estimated_move_on"),
    ({"origin_province": "ON\x00"}, "origin_province"),
    ({"notes": LONG}, "notes"),
]


@pytest.mark.parametrize(("change", "field"), CUSTOMERS, ids=_id)
def test_a_bad_customer_is_refused(company: Tenant, change: dict[str, Any], field: str) -> None:
    admin, before = company.subjects["admin"], _counts(company)
    data = CustomerData(**{"first_name": "Robin", "last_name": "Maple"} | change)
    with pytest.raises(InvalidInput) as refused, tenant_session(admin) as session:
        customers.create(
            session, admin, data=data, location_id=company.locations["VANC"], at=TEST_NOW
        )
    assert refused.value.field == field
    assert _counts(company) == before


@pytest.mark.parametrize(("change", "field"), LEADS, ids=_id)
def test_a_bad_lead_is_refused(company: Tenant, change: dict[str, Any], field: str) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        customer = a_customer(session, admin, company.locations["VANC"])
    before = _counts(company)
    data = LeadData(**{"source": "organic", "service_type": "Moving"} | change)
    with pytest.raises(InvalidInput) as refused, tenant_session(admin) as session:
        leads.create(session, admin, customer_id=customer.id, data=data, at=TEST_NOW)
    assert refused.value.field == field
    assert _counts(company) == before


@pytest.mark.parametrize("service", ["customer", "owner", "lead", "quote", "journey", "invoice"])
def test_a_foreign_id_is_refused_by_name(company: Tenant, stranger: Tenant, service: str) -> None:
    admin, theirs = company.subjects["admin"], stranger.subjects["admin"]
    branch, far = company.locations["VANC"], stranger.locations["VANC"]
    with tenant_session(theirs) as session:
        quote = an_accepted_quote(session, theirs, far)
        invoice = an_issued_invoice(session, theirs, far)
    before, data = _counts(company), CustomerData("Robin", "Maple")
    lead_data = LeadData("organic", "Moving")
    assert invoice.journey_id is not None
    with pytest.raises(CrmError) as refused, tenant_session(admin) as session:
        if service == "customer":
            leads.create(session, admin, customer_id=quote.customer_id, data=lead_data, at=TEST_NOW)
        elif service == "owner":
            customers.create(
                session, admin, data=data, location_id=branch, at=TEST_NOW,
                owner_id=theirs.user_id,
            )  # fmt: skip
        elif service == "lead":
            offer = Offer(lines=[LABOUR])
            quotes.draft(session, admin, lead_id=quote.lead_id, offer=offer, at=hours(1))
        elif service == "quote":
            journeys.convert(session, admin, quote_id=quote.id, at=hours(4))
        elif service == "journey":
            invoices.draft_for_journey(session, admin, journey_id=invoice.journey_id, at=hours(500))
        else:
            payments.receive(
                session, admin, invoice_id=invoice.id, amount=Decimal(1),
                method=PaymentMethod.CASH, at=hours(500),
            )  # fmt: skip
    assert getattr(refused.value, "field", None) == f"{service}_id"
    assert _counts(company) == before


def test_an_unknown_zone_and_a_wrong_status_are_refused_however_they_come(
    company: Tenant,
) -> None:
    admin = company.subjects["admin"]
    rows = {
        "timezone": Location(
            client_id=company.client_id, id=new_id(TEST_NOW), code="NEW", name="New", city="New",
            province="ON", timezone="Mars/Olympus", opened_on=TEST_NOW.date(),
        ),
        "status": Lead(
            client_id=company.client_id, id=new_id(TEST_NOW), customer_id=new_id(TEST_NOW),
            source="x", status="ASLEEP", service_type="x", created_on=TEST_NOW.date(),
            received_at=TEST_NOW,
        ),
        "created_on": Customer(
            client_id=company.client_id, id=new_id(TEST_NOW), first_name="R", last_name="M",
            created_on=date(9999, 1, 1),
        ),
    }  # fmt: skip
    before = _counts(company)
    for field, row in rows.items():
        with pytest.raises(InvalidInput) as refused, tenant_session(admin) as session:
            session.add(row)
        assert refused.value.field == field
    assert _counts(company) == before


def test_what_only_the_database_can_know_names_its_field(company: Tenant) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, company.locations["VANC"])
    for change, field in (("lost_reason", "status"), ("code", "code")):
        with pytest.raises(InvalidInput) as refused, tenant_session(admin) as session:
            if change == "code":
                branch = session.get_one(Location, (company.client_id, company.locations["VANC"]))
                branch.code = "DTOR"
            else:
                found = session.get_one(Lead, (company.client_id, lead.id))
                found.status = "LOST"
        assert refused.value.field == field
        assert "\n" not in refused.value.line


@pytest.fixture
def client(company: Tenant) -> TestClient:
    """The application's own API, asked by the administrator."""
    api = make_api()
    api.dependency_overrides[current_subject] = lambda: company.subjects["admin"]
    api.dependency_overrides[current_instant] = lambda: TEST_NOW
    return TestClient(api, raise_server_exceptions=False)


def _lead_body(company: Tenant) -> dict[str, Any]:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        customer = a_customer(session, admin, company.locations["VANC"])
    return {"customer_id": str(customer.id), "source": "organic", "service_type": "Moving"}


BODIES: list[tuple[dict[str, Any], str]] = [
    ({"source": "x" * 5000}, "source"),
    ({"source": NUL}, "source"),
    ({"source": HALF}, "source"),
    ({"source": 7}, "source"),
    ({"priority": "SOON"}, "priority"),
    ({"estimated_amount": "-1"}, "estimated_amount"),
    ({"estimated_amount": "1e400"}, "estimated_amount"),
    ({"estimated_amount": "NaN"}, "estimated_amount"),
    ({"estimated_amount": float("nan")}, "estimated_amount"),
    ({"estimated_amount": float("inf")}, "estimated_amount"),
    ({"estimated_amount": 10**300}, "estimated_amount"),
    ({"estimated_move_on": "9999-12-31"}, "estimated_move_on"),
    ({"estimated_move_on": "0001-01-01"}, "estimated_move_on"),
    ({"estimated_move_on": "2026-13-01"}, "estimated_move_on"),
    ({"customer_id": "1"}, "customer_id"),
    ({"customer_id": "01a1fa1d-8100-7199-af96-77e045e11be8"}, "customer_id"),
    ({"client_id": "01a1fa1d-8100-7199-af96-77e045e11be8"}, "client_id"),
    ({HALF: 1}, "body"),
    ({"notes": _deep(400)}, "notes"),
]


@pytest.mark.parametrize(("change", "field"), BODIES, ids=_id)
def test_a_bad_request_is_refused_by_field(
    company: Tenant, client: TestClient, change: dict[str, Any], field: str
) -> None:
    body = _lead_body(company) | change
    before = _counts(company)
    answer = client.post(
        "/leads", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert 400 <= answer.status_code < 500, answer.text[:300]
    said = answer.json()
    assert said["field"] == field
    assert said["problem"] and said["message"]
    assert len(answer.text) < 2000
    assert _counts(company) == before


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"[" * 200_000 + b"]" * 200_000, 400),
        (b"{" * 1000, 422),
        (b'{"source": "\xff\xfe"}', 400),
        (b"not json", 422),
        (b"", 422),
        (b" " * (LARGEST_BODY + 1), 413),
        (json.dumps({"notes": "x" * 10_000_000}).encode(), 413),
    ],
    ids=["deep", "open", "not utf-8", "no json", "empty", "blank", "10 MB"],
)
def test_a_body_that_cannot_be_read_is_refused(
    company: Tenant, client: TestClient, content: bytes, status: int
) -> None:
    before = _counts(company)
    headers = {"content-type": "application/json"}
    answer = client.post("/leads", content=content, headers=headers)
    assert answer.status_code == status, answer.text[:300]
    assert answer.json()["field"] and answer.json()["problem"]
    assert _counts(company) == before


def test_a_large_body_without_a_length_is_cut_off(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    answer = client.post("/leads", content=pieces(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["field"]) == (413, "body")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=1e9", "limit"), ("limit=99999999999999999999", "limit"),
        ("status=%00", "status"), ("status=ASLEEP", "status"), ("cursor=x", "cursor"),
        ("cursor=%ed%a0%80", "cursor"), ("sort=client_id", "sort"), ("owner_id=me", "owner_id"),
        ("invoice_id=01a1fa1d-8100-7199-af96-77e045e11be8", "invoice_id"),
    ],
)  # fmt: skip
def test_a_bad_question_is_refused_by_field(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/leads?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)
