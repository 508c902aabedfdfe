"""A real browser on a real server over the demo company, with a password for everybody.

One server and one browser serve all tests; each test opens windows of its own.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.access import COOKIE
from crm_core.config import PROJECT
from crm_core.database import tenant_session
from crm_core.postgres import ServerAddress
from crm_core.services.tenancy.access import (
    account_of,
    change_password,
    set_one_time_password,
    subject_of,
)
from tests.conftest import Demo, installation

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions",
)  # fmt: skip
PASSWORD = "four quiet word boxes"
PEOPLE = (
    "exec@northway.example",
    "manager.vanc@northway.example",
    "sales.vanc@northway.example",
    "analyst@northway.example",
    "dispatch.vanc@northway.example",
    "storage@northway.example",
    "fleet@northway.example",
    "auditor@northway.example",
    "exec@riverbend.example",
)
NEWCOMER = "finance@northway.example"
"""Somebody who still has a one-time password."""

NAMELESS = """() => [...document.querySelectorAll('button, input, textarea, img, a[href]')]
  .filter(e => e.offsetParent !== null && !e.closest('[aria-hidden=true]'))
  .filter(e => !(e.innerText || '').trim() && !e.getAttribute('aria-label')
    && !e.getAttribute('aria-labelledby') && !e.getAttribute('title') && !e.getAttribute('alt')
    && !(e.labels && e.labels.length) && !e.querySelector('[aria-label], img[alt], title'))
  .map(e => e.outerHTML.slice(0, 160))"""
"""Things to press, fill in or look at that a screen reader cannot name."""

AXE = """async () => (await axe.run(document, {rules: {
    'list': {enabled: false}, 'listitem': {enabled: false}, 'svg-img-alt': {enabled: false}}}))
  .violations.filter(v => ['serious', 'critical'].includes(v.impact))
  .map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | '))"""

SCREENSHOTS = Path(os.environ.get("CRM_SCREENSHOTS", PROJECT / ".cache" / "screenshots"))
PATIENCE = 30_000
"""Milliseconds to wait for something that must come."""


@dataclass(frozen=True)
class Server:
    """The running app and the secrets of its people."""

    url: str
    one_time: str
    """The one-time password of `NEWCOMER`."""
    log: Path


@dataclass
class Window:
    """A page of the app in the browser, and what its browser complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    """Everything the server sent over the socket."""

    @property
    def text(self) -> str:
        """What is written in the window."""
        return str(self.page.locator("body").inner_text())

    def wait(self) -> None:
        """Until the page is drawn and nothing runs any more."""
        self.page.get_by_test_id("stAppViewContainer").wait_for(timeout=PATIENCE)
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(
            timeout=PATIENCE, state="attached"
        )
        self.page.wait_for_function(
            "() => !document.querySelector('[data-testid=stSkeleton]')", timeout=PATIENCE
        )

    def serious(self) -> list[str]:
        """What axe-core finds serious, where `CRM_AXE` names its script; else our own check.

        Rules about markup that only Streamlit can change are left out: how its menu nests lists,
        and the marks inside its sparklines, which are drawn beside their figure.
        """
        script = os.environ.get("CRM_AXE")
        if not script:
            return [f"no name: {html}" for html in self.page.evaluate(NAMELESS)]
        self.page.evaluate(Path(script).read_text())
        return [str(found) for found in self.page.evaluate(AXE)]

    def shot(self, name: str) -> None:
        """Keeps a picture of the whole page to be looked at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        width = self.page.viewport_size["width"] if self.page.viewport_size else 1400
        height = self.page.evaluate(
            "() => document.querySelector('[data-testid=stMain]')?.scrollHeight"
            " ?? document.body.scrollHeight"
        )
        self.page.set_viewport_size({"width": width, "height": min(int(height) + 8, 5000)})
        self.page.wait_for_timeout(700)
        self.page.screenshot(path=str(SCREENSHOTS / f"{name}.png"))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _set_passwords(demo: Demo) -> str:
    """Passwords for everybody; the newcomer's is for one time, and returned."""
    one_time = ""
    for email in (*PEOPLE, NEWCOMER):
        admin = subject_of(f"admin@{email.split('@')[1]}")
        account = account_of(email)
        with tenant_session(admin) as session:
            made = set_one_time_password(session, admin, user_id=account.user_id, at=demo.as_of)
        if email == NEWCOMER:
            one_time = made
        else:
            change_password(account.subject, current=made, new=PASSWORD, at=demo.as_of)
    return one_time


@pytest.fixture(scope="module")
def server(
    cluster: ServerAddress, demo_installation: Demo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The app as `crm up` starts it, on a free port of this machine."""
    port, log = _free_port(), tmp_path_factory.mktemp("server") / "app.log"
    with installation(demo_installation.var, cluster, demo_installation.suffix):
        one_time = _set_passwords(demo_installation)
        command = [
            sys.executable, "-m", "uvicorn", "app.main:app", "--host", "127.0.0.1",
            "--port", str(port), "--no-access-log", "--log-level", "warning",
        ]  # fmt: skip
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=PROJECT, env={**os.environ, "CRM_PORT": str(port)},
                stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url, process, log)
        yield Server(url, one_time, log)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/_stcore/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail(f"the app did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without it the tests are skipped, or fail where it is required."""
    if not Path(CHROMIUM).exists() and not shutil.which("chromium"):
        reason = "Debian's chromium is not installed: apt-get install chromium"
        if os.environ.get("CRM_BROWSER") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        path = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium")
        launched = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def token_of(server: Server) -> Callable[[str], str]:
    """Signs somebody in over HTTP, once, and returns their session's token."""
    tokens: dict[str, str] = {}

    def sign_in(email: str) -> str:
        if email not in tokens:
            answer = httpx.post(
                f"{server.url}/login",
                data={"email": email, "password": PASSWORD, "next": "/"},
                headers={"origin": server.url},
            )
            assert answer.status_code == 303, answer.text
            tokens[email] = answer.cookies[COOKIE]
        return tokens[email]

    return sign_in


Open = Callable[..., Window]


@pytest.fixture
def window(browser: Browser, server: Server, token_of: Callable[[str], str]) -> Iterator[Open]:
    """Opens a page as somebody (or as nobody), in a window of that width and colour scheme."""
    contexts: list[BrowserContext] = []

    def open_window(
        path: str = "/",
        who: str | None = None,
        *,
        width: int = 1400,
        height: int = 900,
        scheme: str = "light",
    ) -> Window:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            accept_downloads=True,
            locale="en-CA",
        )
        contexts.append(context)
        if who:
            context.add_cookies([{"name": COOKIE, "value": token_of(who), "url": server.url}])
        opened = Window(context.new_page())
        _listen(opened)
        opened.page.goto(f"{server.url}{path}")
        if who:
            opened.wait()
        return opened

    yield open_window
    for context in contexts:
        context.close()


def _listen(window: Window) -> None:
    page = window.page
    page.on("pageerror", lambda error: window.complaints.append(f"page error: {error}"))
    page.on(
        "console",
        lambda message: (
            window.complaints.append(message.text)
            if message.type == "error" and "status of 404" not in message.text
            else None
        ),
    )
    page.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived",
            lambda payload: window.frames.append(
                payload.encode() if isinstance(payload, str) else payload
            ),
        ),
    )
