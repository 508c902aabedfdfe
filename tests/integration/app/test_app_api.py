"""The API over the demo company: the same figures and files, each in its asker's scope."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.testclient import TestClient

from app.access import COOKIE
from app.api.main import api
from app.gate import Gate
from crm_core.services.tenancy.access import Account, account_of, subject_of
from reports.run import run_report
from tests.conftest import Demo
from transforms.lake.door import open_door
from transforms.metrics.answer import answer
from transforms.metrics.period import parse_period
from transforms.metrics.query import MetricQuery

EXECUTIVE = "exec@northway.example"
MANAGER = "manager.vanc@northway.example"
SALES = "sales.vanc@northway.example"

Caller = Callable[[str], TestClient]


@pytest.fixture
def call(demo: Demo) -> Caller:
    """A client of the API as somebody; the session is the address itself."""

    def find(token: str, _at: object) -> Account:
        return replace(account_of(token), must_change_password=False)

    app = Starlette(routes=[Mount("/api", api)], middleware=[Middleware(Gate, find=find)])

    def as_somebody(email: str) -> TestClient:
        made = TestClient(app, base_url="http://crm.example", raise_server_exceptions=False)
        made.cookies.set(COOKIE, email)
        return made

    return as_somebody


def test_the_catalogue_lists_what_one_may_ask(call: Caller) -> None:
    everything = {metric["name"] for metric in call(EXECUTIVE).get("/api/metrics").json()}
    own = {metric["name"] for metric in call(SALES).get("/api/metrics").json()}
    assert {"bookings", "receivables", "open_pipeline"} <= everything
    assert "bookings" in own
    assert not {"receivables", "open_pipeline"} & own


def test_a_figure_is_the_one_of_the_metric_layer_to_the_cent(call: Caller, demo: Demo) -> None:
    question = {"metrics": ["booked_amount", "bookings"], "period": "2026-10", "by": ["branch"]}
    found = call(EXECUTIVE).post("/api/metrics/query", json=question).json()
    period = parse_period("2026-10", demo.as_of.date())
    with open_door(subject_of(EXECUTIVE)) as door:
        expected = answer(door, MetricQuery(("booked_amount", "bookings"), period, ("branch",)))
    assert (found["start"], found["end"]) == ("2026-10-01", "2026-11-01")
    assert Decimal(found["totals"]["booked_amount"]) == expected.totals["booked_amount"]
    assert [row["keys"]["branch"] for row in found["rows"]] == [
        row.keys["branch"] for row in expected.rows
    ]
    assert isinstance(found["rows"][0]["values"]["booked_amount"], str)


def test_a_manager_gets_one_branch(call: Caller) -> None:
    question = {"metrics": ["bookings"], "period": "2026-10", "by": ["branch"]}
    rows = call(MANAGER).post("/api/metrics/query", json=question).json()["rows"]
    assert [row["keys"]["branch"] for row in rows] == ["VANC"]


@pytest.mark.parametrize(
    ("question", "status", "says"),
    [
        ({"metrics": ["bookinks"], "period": "2026-10"}, 404, "did you mean bookings"),
        ({"metrics": ["bookings"], "period": "someday"}, 400, "no period 'someday'"),
        ({"metrics": ["bookings"]}, 422, "period: Field required"),
        ({"metrics": ["bookings"], "period": "2026-10", "by": ["colour"]}, 400, "colour"),
        ({"metrics": ["bookings"], "period": "2026-10", "sql": "x"}, 422, "sql: "),
    ],
)
def test_a_wrong_question_gets_one_line(
    call: Caller, question: dict[str, object], status: int, says: str
) -> None:
    found = call(EXECUTIVE).post("/api/metrics/query", json=question)
    assert found.status_code == status
    assert says in found.json()["message"]
    assert "\n" not in found.json()["message"]


def test_a_metric_outside_of_the_door_is_refused_by_name(call: Caller) -> None:
    question = {"metrics": ["receivables"], "period": "2026-10"}
    found = call(SALES).post("/api/metrics/query", json=question)
    assert found.status_code == 403
    assert "marts.fct_receivables_daily" in found.json()["message"]


def test_a_report_is_the_file_of_its_reader(call: Caller) -> None:
    address = "/api/reports/executive_weekly?period=last_week&format=json"
    found = call(MANAGER).get(address)
    assert found.headers["content-disposition"].endswith('.json"')
    expected = run_report(subject_of(MANAGER), "executive_weekly", "last_week")
    assert found.json()["header"] == json.loads(expected.model_dump_json())["header"]
    pdf = call(EXECUTIVE).get("/api/reports/executive_weekly")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/reports/nothing", 404),
        ("/api/reports/executive_weekly?format=docx", 400),
        ("/api/reports/executive_weekly?period=someday", 400),
        ("/api/reports/executive_weekly?publication=999999", 503),
    ],
)
def test_a_report_that_cannot_be_made_is_one_line(call: Caller, address: str, status: int) -> None:
    found = call(EXECUTIVE).get(address)
    assert found.status_code == status
    assert found.json()["message"] and "\n" not in found.json()["message"]


def test_the_services_of_the_core_are_mounted_as_the_same_person(call: Caller) -> None:
    assert call(MANAGER).get("/api/leads?limit=3").status_code == 200
    assert call("analyst@northway.example").post("/api/leads", json={}).status_code in (403, 422)
