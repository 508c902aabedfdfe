"""The gate in front of everything: without a session nothing but the log-in page is served.

Who may see what, once inside, is decided by permissions, doors and row-level security.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access import COOKIE, CodeDue, Due, PasswordDue, SecondFactorDue, require_ready
from app.headers import HEADERS
from crm_core import clock
from crm_core.services.tenancy.access import Account, SessionEnded, session_account

LOGIN: Final = "/login"
PASSWORD: Final = "/login/password"
CODE: Final = "/login/code"
SECOND_FACTOR: Final = "/login/second-factor"
WAYS: Final[dict[type, str]] = {
    SessionEnded: LOGIN, CodeDue: CODE, PasswordDue: PASSWORD, SecondFactorDue: SECOND_FACTOR,
}  # fmt: skip
"""Where people do what is due."""
OPEN_PATHS: Final = frozenset(
    {*WAYS.values(), "/logout", "/api/health", "/_stcore/health", "/_stcore/host-config",
     "/favicon.png", "/manifest.json"}
)  # fmt: skip
OPEN_FOLDERS: Final = ("/static/", "/fonts/", "/brand/")
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# A link in a mail or a chat arrives without the strict cookie; the page's own reload brings it.
RELOAD: Final = '<!doctype html><meta http-equiv="refresh" content="0"><title>C&amp;C CRM</title>'

Find = Callable[[str, datetime], Account]


class Gate:
    """ASGI middleware; hands the account on as `request.state.account`."""

    def __init__(self, app: ASGIApp, find: Find = session_account) -> None:
        self.app = app
        self._find = find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        send = _with_headers(send) if scope["type"] == "http" else send
        request = HTTPConnection(scope)
        if scope["type"] == "http" and is_foreign(scope["method"], request.headers):
            answer = PlainTextResponse("This request came from another site.", status_code=403)
            await answer(scope, receive, send)
            return
        if is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            account = await self._account(request.cookies.get(COOKIE))
        except (SessionEnded, Due) as refusal:
            await _refuse(refusal, request, receive, send)
            return
        scope.setdefault("state", {})["account"] = account
        await self.app(scope, receive, send)

    async def _account(self, token: str | None) -> Account:
        if not token:
            raise SessionEnded
        account = await to_thread.run_sync(self._find, token, clock.now())
        require_ready(account)
        return account


def is_open(path: str) -> bool:
    """Whether a path is served to everybody: the log-in, health, and files without data."""
    return path in OPEN_PATHS or (path.startswith(OPEN_FOLDERS) and ".." not in path)


def is_foreign(method: str, headers: Headers) -> bool:
    """Whether a request that changes something was sent by another site's page.

    Browsers name the origin of every such request; programs name none.
    """
    if method in READING:
        return False
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    return urlsplit(origin).netloc != headers.get("host")


async def _refuse(
    refusal: SessionEnded | Due, request: HTTPConnection, receive: Receive, send: Send
) -> None:
    scope = request.scope
    if scope["type"] == "websocket":
        # Closed before it was accepted: the server answers the handshake with 403.
        await send({"type": "websocket.close", "code": 1008})
        return
    await _answer(refusal, request)(scope, receive, send)


def _answer(refusal: SessionEnded | Due, request: HTTPConnection) -> ASGIApp:
    path, headers = request.url.path, request.headers
    is_page = request.scope["method"] in READING and "text/html" in headers.get("accept", "")
    if path.startswith("/api/") or not is_page:
        status = 401 if isinstance(refusal, SessionEnded) else 403
        body = {"error": type(refusal).__name__, "message": refusal.line}
        return JSONResponse(body, status_code=status)
    if headers.get("sec-fetch-site") == "cross-site":
        return HTMLResponse(RELOAD, headers={"cache-control": "no-store"})
    target = WAYS[type(refusal)]
    wanted = f"{path}?{request.url.query}" if request.url.query else path
    query = "" if wanted == "/" else f"?next={quote(wanted, safe='/')}"
    return RedirectResponse(f"{target}{query}", 303, headers={"cache-control": "no-store"})


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
