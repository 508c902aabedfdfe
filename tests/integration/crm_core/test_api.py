"""The HTTP routers over the services, asked as the application mounts them."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from crm_core.api import leads as lead_routes
from crm_core.api import lists as list_routes
from crm_core.api import quotes as quote_routes
from crm_core.api.dependencies import answer_errors, current_instant, current_subject
from crm_core.database import tenant_session
from crm_core.security.permissions import Subject
from tests.factories import Tenant
from tests.integration.crm_core.flow import a_customer, a_lead, a_sent_quote, hours


@pytest.fixture
def http() -> Iterator[tuple[FastAPI, TestClient]]:
    app = FastAPI()
    app.include_router(lead_routes.router)
    app.include_router(quote_routes.router)
    app.include_router(list_routes.router)
    answer_errors(app)
    app.dependency_overrides[current_instant] = lambda: hours(3)
    with TestClient(app) as client:
        yield app, client


def _sign_in(app: FastAPI, subject: Subject) -> None:
    app.dependency_overrides[current_subject] = lambda: subject


def test_nobody_is_let_in_without_an_application(http: tuple[FastAPI, TestClient]) -> None:
    answer = http[1].get("/leads")
    assert answer.status_code == 401
    assert answer.json()["message"] == "the session has ended: sign in again"


def test_a_lead_is_created_and_listed_for_those_who_see_it(
    company: Tenant, http: tuple[FastAPI, TestClient]
) -> None:
    app, client = http
    manager, branch = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        customer = a_customer(session, manager, branch)
    _sign_in(app, manager)
    body = {"customer_id": str(customer.id), "source": "referral", "service_type": "Moving"}
    created = client.post("/leads", json=body)
    assert created.status_code == 201, created.text
    assert created.json()["location_id"] == str(branch)
    assert [lead["id"] for lead in client.get("/leads").json()["items"]] == [created.json()["id"]]
    _sign_in(app, company.subjects["sales_rep"])
    assert client.get("/leads").json()["items"] == []


def test_a_list_is_read_page_by_page(company: Tenant, http: tuple[FastAPI, TestClient]) -> None:
    app, client = http
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        made = [
            str(a_lead(session, admin, company.locations["VANC"], at=hours(n)).id) for n in range(5)
        ]
    _sign_in(app, admin)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while cursor is not None:
        page = client.get("/leads", params={"limit": 2} | cursor).json()
        seen += [lead["id"] for lead in page["items"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert seen == made[::-1]


def test_a_quote_is_priced_to_the_cent_and_accepted_once(
    company: Tenant, http: tuple[FastAPI, TestClient]
) -> None:
    app, client = http
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        sent = a_sent_quote(session, admin, company.locations["VANC"])
        lead = a_lead(session, admin, company.locations["VANC"])
    _sign_in(app, admin)
    line = {
        "category": "MOVING_SERVICES",
        "description": "2 movers",
        "quantity": "7",
        "unit_amount": "19.99",
    }
    body: dict[str, Any] = {
        "lead_id": str(lead.id),
        "lines": [line],
        "destination_province": "ON",
    }
    created = client.post("/quotes", json=body)
    assert created.status_code == 201, created.text
    assert (created.json()["tax_amount"], created.json()["total_amount"]) == ("18.19", "158.12")
    accepted = client.post(f"/quotes/{sent.id}/accept")
    assert (accepted.status_code, accepted.json()["status"]) == (200, "ACCEPTED")
    again = client.post(f"/quotes/{sent.id}/accept")
    assert (again.status_code, again.json()["error"]) == (409, "TransitionRefused")
    assert len(client.get("/quotes", params={"status": "ACCEPTED"}).json()["items"]) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"destination_province": "ZZ"}, "destination_province"),
        ({"discount_amount": "-1"}, "discount_amount"),
        ({"discount_amount": "1000000"}, "discount_amount"),
        ({"crew_size": 0}, "crew_size"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_nothing_is_written(
    company: Tenant,
    http: tuple[FastAPI, TestClient],
    change: dict[str, Any],
    field: str,
) -> None:
    app, client = http
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, company.locations["VANC"])
    _sign_in(app, admin)
    line = {
        "category": "MOVING_SERVICES",
        "description": "2 movers",
        "quantity": "2",
        "unit_amount": "139",
    }
    answer = client.post("/quotes", json={"lead_id": str(lead.id), "lines": [line]} | change)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert client.get("/quotes").json()["items"] == []


def test_a_foreign_id_is_not_found_and_a_forbidden_act_is_refused(
    company: Tenant, http: tuple[FastAPI, TestClient]
) -> None:
    app, client = http
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        far = a_sent_quote(session, admin, company.locations["DTOR"])
    _sign_in(app, company.subjects["manager"])
    assert client.post(f"/quotes/{far.id}/accept").status_code == 404
    _sign_in(app, company.subjects["analyst"])
    assert client.post(f"/quotes/{far.id}/accept").status_code == 403
