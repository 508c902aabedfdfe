"""The gate: what is open, who is refused how, and which requests count as another site's."""

from datetime import datetime

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.access import COOKIE
from app.gate import Gate, is_foreign, is_open
from crm_core.services.tenancy.access import Account, SessionEnded
from tests.unit.app.fake_source import account

GOOD, DUE = "good-token", "due-token"
PAGE = {"accept": "text/html,application/xhtml+xml"}


def find(token: str, _at: datetime) -> Account:
    """Two sessions there are; every other token is unknown."""
    if token == GOOD:
        return account()
    if token == DUE:
        made = account()
        return Account(made.subject, made.user_id, made.email, made.language, True)
    raise SessionEnded


async def echo(request: Request) -> PlainTextResponse:
    found = getattr(request.state, "account", None)
    return PlainTextResponse(found.email if found else "nobody")


async def stream(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


def client(token: str | None = None) -> TestClient:
    inner = Starlette(
        routes=[
            WebSocketRoute("/_stcore/stream", stream),
            Route("/{path:path}", echo, methods=["GET", "POST", "PUT"]),
        ],
        middleware=[Middleware(Gate, find=find)],
    )
    made = TestClient(inner, base_url="http://crm.example", follow_redirects=False)
    if token:
        made.cookies.set(COOKIE, token)
    return made


@pytest.mark.parametrize(
    "path",
    ["/login", "/login/password", "/logout", "/_stcore/health", "/api/health", "/static/js/a.js",
     "/fonts/Lato-Regular.ttf", "/brand/mark.svg"],
)  # fmt: skip
def test_the_log_in_page_and_files_without_data_are_open(path: str) -> None:
    assert client().get(path).text == "nobody"


@pytest.mark.parametrize(
    "path",
    ["/", "/executive", "/media/abc.pdf", "/_stcore/metrics", "/_stcore/upload_file/a/b",
     "/_stcore/agent/openapi.json", "/api/metrics", "/api/reports/executive_weekly",
     "/component/x/index.html", "/app/static/x", "/static/../media/abc", "//login", "/Login"],
)  # fmt: skip
def test_everything_else_is_closed(path: str) -> None:
    assert not is_open(path)


def test_a_page_without_a_session_leads_to_the_log_in_and_back() -> None:
    answer = client().get("/branch?period=2026-10&branch=VANC", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/branch%3Fperiod%3D2026-10%26branch%3DVANC"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/media/abc.pdf", "/_stcore/upload_file/a/b", "/api/metrics"])
def test_files_and_data_without_a_session_are_refused_in_one_line(path: str) -> None:
    answer = client("stale").get(path)
    assert answer.status_code == 401
    assert answer.json() == {
        "error": "SessionEnded",
        "message": "the session has ended: sign in again",
    }


def test_the_account_is_handed_on() -> None:
    assert client(GOOD).get("/media/abc.pdf").text == "executive@acme.example"


@pytest.mark.parametrize("token", [None, "stale", DUE])
def test_a_socket_without_a_session_is_refused_before_it_opens(token: str | None) -> None:
    with (
        pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)),
        client(token).websocket_connect("/_stcore/stream"),
    ):
        pass


def test_a_socket_with_a_session_opens() -> None:
    with client(GOOD).websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_text() == "hello"


def test_a_one_time_password_opens_nothing_but_its_change() -> None:
    page = client(DUE).get("/executive", headers=PAGE)
    assert page.headers["location"] == "/login/password?next=/executive"
    assert client(DUE).get("/api/metrics").status_code == 403


def test_a_link_from_another_site_reloads_itself_instead_of_asking_for_the_password() -> None:
    # The strict cookie does not come with such a request, but with the reload.
    answer = client().get("/executive", headers={**PAGE, "sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert 'http-equiv="refresh"' in answer.text


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({"origin": "http://crm.example"}, False),
        ({"origin": "http://crm.example:8080"}, True),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "null"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "same-origin"}, False),
        ({}, False),
    ],
)
def test_a_change_asked_for_by_another_site_is_known_by_its_origin(
    headers: dict[str, str], foreign: bool
) -> None:
    assert is_foreign("POST", Headers({"host": "crm.example", **headers})) is foreign
    assert not is_foreign("GET", Headers({"host": "crm.example", **headers}))


def test_a_change_asked_for_by_another_site_is_refused_even_with_a_session() -> None:
    for path in ("/login", "/logout", "/api/leads"):
        answer = client(GOOD).post(path, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403, path


def test_every_answer_carries_the_policy() -> None:
    for answer in (client().get("/login"), client().get("/", headers=PAGE), client().post("/x")):
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'self'" in policy
        assert "'unsafe-inline'" not in policy.partition("style-src")[0]
        assert answer.headers["x-content-type-options"] == "nosniff"
