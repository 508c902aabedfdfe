"""The log-in page, the forced change of a one-time password, and signing out.

Checking passwords and keeping sessions belongs to `services.tenancy.access`.
"""

from functools import partial
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from anyio import to_thread
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from app.access import COOKIE, locale_of
from app.gate import LOGIN, PASSWORD
from app.words import word
from crm_core import clock
from crm_core.errors import InvalidInput
from crm_core.security.passwords import LONGEST, SHORTEST
from crm_core.services.tenancy import access
from crm_core.services.tenancy.access import Account, SessionEnded, SignedIn, SignInRefused

HASHING: Final = BoundedSemaphore(2)
"""Passwords hashed at once: each takes 64 MiB and a tenth of a second."""

LARGEST_FORM: Final = 16 * 1024

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
)


async def show_login(request: Request) -> Response:
    """The log-in form; whoever is signed in goes straight on."""
    target = safe_target(request.query_params.get("next"))
    account = await _account(request)
    if account is not None:
        return RedirectResponse(_after(account, target), 303)
    answer = _page(request, "login.html", target)
    if COOKIE in request.cookies:
        answer.delete_cookie(COOKIE, path="/")
    return answer


async def log_in(request: Request) -> Response:
    """Checks address and password, and sets the cookie."""
    form = await _fields(request)
    email, target = form.get("email", "").strip(), safe_target(form.get("next"))
    try:
        signed_in = await to_thread.run_sync(_sign_in, email, form.get("password", ""))
    except SignInRefused:
        refusal = word("sign_in_refused", _locale(request))
        return _page(request, "login.html", target, 401, email=email, error=refusal)
    answer = RedirectResponse(_after(signed_in.account, target), 303)
    _set_cookie(request, answer, signed_in)
    return answer


async def show_password(request: Request) -> Response:
    """The form to choose a password of one's own."""
    account = await _account(request)
    if account is None:
        return RedirectResponse(LOGIN, 303)
    target = safe_target(request.query_params.get("next"))
    return _page(request, "password.html", target, account=account)


async def change_password(request: Request) -> Response:
    """Replaces one's own password; every other session of the account ends."""
    account = await _account(request)
    if account is None:
        return RedirectResponse(LOGIN, 303)
    form = await _fields(request)
    target = safe_target(form.get("next"))
    try:
        await to_thread.run_sync(_change, account, form, request.cookies[COOKIE])
    except InvalidInput as error:
        refusal = _explained(error, _locale(request, account))
        return _page(request, "password.html", target, 422, account=account, error=refusal)
    return RedirectResponse(target, 303)


async def log_out(request: Request) -> Response:
    """Ends the session and forgets the cookie."""
    token = request.cookies.get(COOKIE)
    if token:
        await to_thread.run_sync(partial(access.sign_out, token, at=clock.now()))
    answer = RedirectResponse(LOGIN, 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def routes() -> list[Route]:
    """What the application mounts; the gate leaves these paths open."""
    return [
        Route(LOGIN, show_login, methods=["GET"]),
        Route(LOGIN, log_in, methods=["POST"]),
        Route(PASSWORD, show_password, methods=["GET"]),
        Route(PASSWORD, change_password, methods=["POST"]),
        Route("/logout", log_out, methods=["POST"]),
    ]


def safe_target(wanted: str | None) -> str:
    """Where to go afterwards: a page of ours, never another site."""
    if not wanted or not wanted.startswith("/") or wanted.startswith("//"):
        return "/"
    parts = urlsplit(wanted)
    is_ours = not parts.scheme and not parts.netloc and wanted.isprintable()
    leads_back = parts.path.startswith(("/login", "/logout", "/api"))
    return wanted if is_ours and "\\" not in wanted and not leads_back else "/"


def _sign_in(email: str, password: str) -> SignedIn:
    with HASHING:
        return access.sign_in(email, password, at=clock.now())


def _change(account: Account, form: dict[str, str], token: str) -> None:
    if form.get("new") != form.get("repeated"):
        raise InvalidInput("repeated", "differs from the new password")
    with HASHING:
        access.change_password(
            account.subject,
            current=form.get("current", ""),
            new=form.get("new", ""),
            at=clock.now(),
            keep_token=token,
        )


async def _account(request: Request) -> Account | None:
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    try:
        return await to_thread.run_sync(access.session_account, token, clock.now())
    except SessionEnded:
        return None


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a small form; raises 413 for a large one."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            raise HTTPException(413, "The form is too large.")
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


def _after(account: Account, target: str) -> str:
    if not account.must_change_password:
        return target
    return PASSWORD if target == "/" else f"{PASSWORD}?next={quote(target, safe='/')}"


def _set_cookie(request: Request, answer: Response, signed_in: SignedIn) -> None:
    answer.set_cookie(
        COOKIE,
        signed_in.token,
        path="/",
        expires=signed_in.expires_at,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _locale(request: Request, account: Account | None = None) -> str:
    if account is not None:
        return locale_of(account)
    spoken = request.headers.get("accept-language", "").lower()
    return "fr-CA" if spoken.startswith("fr") else "en-CA"


def _explained(error: InvalidInput, locale: str) -> str:
    if error.field == "password" and "characters" in error.reason:
        return word("password_length", locale, shortest=SHORTEST, longest=LONGEST)
    return word(f"password_{error.field}", locale)


def _page(
    request: Request,
    template: str,
    target: str,
    status: int = 200,
    *,
    account: Account | None = None,
    email: str = "",
    error: str = "",
) -> HTMLResponse:
    locale = _locale(request, account)
    text = _pages.get_template(template).render(
        t=partial(word, locale=locale),
        language=locale[:2],
        next=target,
        email=account.email if account else email,
        is_due=account is not None and account.must_change_password,
        error=error,
        shortest=SHORTEST,
    )
    return HTMLResponse(text, status, headers={"cache-control": "no-store"})
