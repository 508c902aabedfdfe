"""Signing in over HTTP on a real database: cookie, forced change, lock-out, the end of sessions."""

import base64
import re
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app import sign_in
from app.access import COOKIE
from app.gate import Gate
from crm_core import clock
from crm_core.database import loader_connection, tenant_session
from crm_core.enums import UserRole
from crm_core.security import totp
from crm_core.services.tenancy import second_factor
from crm_core.services.tenancy.access import set_one_time_password
from tests.factories import Tenant

URL = "http://crm.example"
PAGE = {"accept": "text/html"}
OWN = "four quiet word boxes"
EMAIL = "manager@acme.example"


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.state.account.email)


@pytest.fixture
def browser(tenant: Tenant) -> Iterator[TestClient]:
    routes = [*sign_in.routes(), Route("/{path:path}", echo)]
    app = Starlette(routes=routes, middleware=[Middleware(Gate)])
    with TestClient(
        app, base_url=URL, follow_redirects=False, headers={"origin": URL, **PAGE}
    ) as made:
        yield made


@pytest.fixture
def one_time(tenant: Tenant) -> str:
    admin, manager = tenant.subjects["admin"], tenant.subjects["manager"]
    assert manager.user_id is not None
    with tenant_session(admin) as session:
        return set_one_time_password(session, admin, user_id=manager.user_id, at=clock.now())


def log_in(browser: TestClient, password: str, target: str = "/branch") -> str:
    """Sends the form; returns where it leads, or the page that says why not."""
    form = {"email": EMAIL, "password": password, "next": target}
    answer = browser.post("/login", data=form)
    return str(answer.headers.get("location") or answer.text)


def choose(browser: TestClient, current: str, new: str) -> str:
    form = {"current": current, "new": new, "repeated": new, "next": "/branch"}
    answer = browser.post("/login/password", data=form)
    return str(answer.headers.get("location") or answer.text)


def test_from_a_one_time_password_to_a_page(browser: TestClient, one_time: str) -> None:
    assert log_in(browser, one_time) == "/login/password?next=/branch"
    assert browser.get("/branch").headers["location"] == "/login/password?next=/branch"
    assert "not right" in choose(browser, "wrong-one-here", OWN)
    assert "between 12 and 200" in choose(browser, one_time, "short")
    assert "must differ" in choose(browser, one_time, one_time)
    assert choose(browser, one_time, OWN) == "/branch"
    assert browser.get("/branch").text == EMAIL
    assert browser.get("/login").headers["location"] == "/"


def test_the_cookie_is_strict_and_out_of_reach_of_scripts(
    browser: TestClient, one_time: str
) -> None:
    form = {"email": EMAIL, "password": one_time}
    cookie = browser.post("/login", data=form).headers["set-cookie"].lower()
    assert cookie.startswith(f"{COOKIE}=")
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
    assert "secure" not in cookie
    safe = TestClient(browser.app, base_url="https://crm.example", follow_redirects=False)
    sent = safe.post("/login", data=form, headers={"origin": "https://crm.example"})
    assert "secure" in sent.headers["set-cookie"].lower()


def test_the_same_line_for_a_wrong_password_an_unknown_address_and_a_locked_account(
    browser: TestClient, one_time: str
) -> None:
    wrong = log_in(browser, "wrong")
    unknown = browser.post("/login", data={"email": "nobody@acme.example", "password": "x"}).text
    for _ in range(5):
        log_in(browser, "wrong")
    locked = log_in(browser, one_time)
    for text in (wrong, unknown, locked):
        assert "Address or password is wrong, or there were too many attempts." in text
    assert not browser.cookies


def test_signing_out_ends_the_session_not_only_the_cookie(
    browser: TestClient, one_time: str
) -> None:
    log_in(browser, one_time)
    choose(browser, one_time, OWN)
    token = browser.cookies[COOKIE]
    assert browser.post("/logout").headers["location"] == "/login"
    assert COOKIE not in browser.cookies
    browser.cookies.set(COOKIE, token)
    assert browser.get("/branch").headers["location"] == "/login?next=/branch"


def test_a_disabled_account_meets_the_log_in_at_its_next_request(
    browser: TestClient, one_time: str
) -> None:
    log_in(browser, one_time)
    choose(browser, one_time, OWN)
    assert browser.get("/branch").status_code == 200
    with loader_connection() as connection:
        connection.execute("update core.users set status = 'INACTIVE' where email = %s", [EMAIL])
    assert browser.get("/branch").headers["location"] == "/login?next=/branch"
    answer = browser.get("/login")
    assert answer.status_code == 200
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]


def key_on(page: str) -> str:
    """The key that the page of the second factor shows."""
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found, page
    return found[1].replace(" ", "")


def code_of(secret: str, later: int = 0) -> str:
    """The code of now, or of a later period that is taken already."""
    return totp.code_at(base64.b32decode(secret), totp.step_of(clock.now()) + later)


def test_a_second_factor_is_set_up_asked_for_and_switched_off(
    browser: TestClient, one_time: str
) -> None:
    log_in(browser, one_time)
    choose(browser, one_time, OWN)
    page = browser.get("/login/second-factor").text
    assert "<svg" in page and 'role="img"' in page
    secret = key_on(page)
    form = {"act": "set", "current": OWN, "code": "000000", "next": "/branch"}
    refused = browser.post("/login/second-factor", data=form)
    assert refused.status_code == 422 and key_on(refused.text) == secret
    kept = browser.post("/login/second-factor", data={**form, "code": code_of(secret)})
    assert kept.text.count("<li>") == 10
    assert browser.get("/branch").text == EMAIL
    browser.post("/logout")

    assert log_in(browser, OWN) == "/login/code?next=/branch"
    for path in ("/branch", "/login/password", "/login/second-factor"):
        assert browser.get(path).headers["location"].startswith("/login/code")
    assert browser.get("/api/metrics").status_code == 403
    wrong = browser.post("/login/code", data={"code": "000000", "next": "/branch"})
    assert wrong.status_code == 401 and "wrong or was used before" in wrong.text
    before = browser.cookies[COOKIE]
    right = browser.post("/login/code", data={"code": code_of(secret, 1), "next": "/branch"})
    assert right.headers["location"] == "/branch" and browser.cookies[COOKIE] != before
    assert browser.get("/branch").text == EMAIL

    ended = browser.post("/login/second-factor", data={"act": "end", "current": OWN})
    assert ended.status_code == 303
    browser.post("/logout")
    assert log_in(browser, OWN) == "/branch"


def test_who_must_have_a_second_factor_sees_nothing_before(
    browser: TestClient, one_time: str, tenant: Tenant
) -> None:
    log_in(browser, one_time)
    choose(browser, one_time, OWN)
    admin = tenant.subjects["admin"]
    with tenant_session(admin) as session:
        second_factor.require_of_role(
            session, admin, role=UserRole.MANAGER, is_required=True, at=clock.now()
        )
    assert browser.get("/branch").headers["location"] == "/login/second-factor?next=/branch"
    page = browser.get("/login/second-factor").text
    assert "Your company wants" in page and "Back" not in page
    form = {"act": "set", "current": OWN, "code": code_of(key_on(page)), "next": "/branch"}
    assert browser.post("/login/second-factor", data=form).text.count("<li>") == 10
    assert browser.get("/branch").text == EMAIL
    refused = browser.post("/login/second-factor", data={"act": "end", "current": OWN})
    assert refused.status_code == 403 and "Your company wants" in refused.text
