"""The log-in page, the second factor, the change of a password, and signing out.

Checking passwords and keeping sessions belongs to `services.tenancy.access`.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

from anyio import to_thread
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from app.access import COOKIE, Due, locale_of, require_ready
from app.gate import CODE, LOGIN, PASSWORD, SECOND_FACTOR, WAYS
from app.qr import picture
from app.words import word
from crm_core import clock
from crm_core.errors import InvalidInput
from crm_core.security.passwords import LONGEST, SHORTEST
from crm_core.security.permissions import ActionRefused
from crm_core.services.tenancy import access, own_account
from crm_core.services.tenancy.access import (
    Account,
    CodeRefused,
    SessionEnded,
    SignedIn,
    SignInRefused,
)

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


async def show_code(request: Request) -> Response:
    """The form for the code of the second factor."""
    account = await _account(request)
    target = safe_target(request.query_params.get("next"))
    if account is None:
        return RedirectResponse(LOGIN, 303)
    if not account.is_code_due:
        return RedirectResponse(_after(account, target), 303)
    return _page(request, "code.html", target, account=account)


async def give_code(request: Request) -> Response:
    """Checks the code, and sets the cookie of the session that is opened by it."""
    form = await _fields(request)
    token, target = request.cookies.get(COOKIE, ""), safe_target(form.get("next"))
    account = await _account(request)
    if account is None:
        return RedirectResponse(LOGIN, 303)
    given = partial(access.give_code, token, form.get("code", ""), at=clock.now())
    try:
        signed_in = await to_thread.run_sync(given)
    except CodeRefused:
        refusal = word("code_refused", _locale(request, account))
        return _page(request, "code.html", target, 401, account=account, error=refusal)
    except SessionEnded:
        return RedirectResponse(LOGIN, 303)
    answer = RedirectResponse(_after(signed_in.account, target), 303)
    _set_cookie(request, answer, signed_in)
    return answer


async def show_second_factor(request: Request) -> Response:
    """One's second factor: the key to scan, or what may be done with it."""
    account = await _account(request)
    target = safe_target(request.query_params.get("next"))
    if account is None or account.is_code_due or account.must_change_password:
        return RedirectResponse(_after(account, target) if account else LOGIN, 303)
    return await _factor_page(request, account, target)


async def change_second_factor(request: Request) -> Response:
    """Switches one's second factor on or off, or makes new recovery codes."""
    account = await _account(request)
    if account is None or account.is_code_due or account.must_change_password:
        return RedirectResponse(LOGIN, 303)
    form = await _fields(request)
    target, locale = safe_target(form.get("next")), _locale(request, account)
    change = partial(_change_factor, account, form, request.cookies[COOKIE])
    try:
        codes = await to_thread.run_sync(change)
    except InvalidInput as error:
        key = "password_current" if error.field == "current" else "code_wrong"
        return await _factor_page(request, account, target, 422, error=word(key, locale))
    except ActionRefused:
        refusal = word("factor_needed", locale)
        return await _factor_page(request, account, target, 403, error=refusal)
    if not codes:
        return RedirectResponse(f"{SECOND_FACTOR}?next={quote(target, safe='/')}", 303)
    return _page(request, "second_factor.html", target, account=account, codes=codes)


async def show_password(request: Request) -> Response:
    """The form to choose a password of one's own."""
    account = await _account(request)
    if account is None:
        return RedirectResponse(LOGIN, 303)
    target = safe_target(request.query_params.get("next"))
    if account.is_code_due:
        return RedirectResponse(_after(account, target), 303)
    return _page(request, "password.html", target, account=account)


async def change_password(request: Request) -> Response:
    """Replaces one's own password; every other session of the account ends."""
    account = await _account(request)
    if account is None or account.is_code_due:
        return RedirectResponse(LOGIN, 303)
    form = await _fields(request)
    target = safe_target(form.get("next"))
    try:
        await to_thread.run_sync(_change, account, form, request.cookies[COOKIE])
    except InvalidInput as error:
        refusal = _explained(error, _locale(request, account))
        return _page(request, "password.html", target, 422, account=account, error=refusal)
    return RedirectResponse(_after(replace(account, must_change_password=False), target), 303)


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
        Route(CODE, show_code, methods=["GET"]),
        Route(CODE, give_code, methods=["POST"]),
        Route(SECOND_FACTOR, show_second_factor, methods=["GET"]),
        Route(SECOND_FACTOR, change_second_factor, methods=["POST"]),
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


def _change_factor(account: Account, form: dict[str, str], token: str) -> list[str]:
    """The recovery codes to be shown, if there are new ones."""
    subject, password, at = account.subject, form.get("current", ""), clock.now()
    with HASHING:
        if form.get("act") == "end":
            own_account.end_second_factor(subject, password=password, at=at)
            return []
        if form.get("act") == "renew":
            return own_account.renew_recovery_codes(subject, password=password, at=at)
        return own_account.set_second_factor(
            subject, password=password, code=form.get("code", ""), at=at, keep_token=token
        )


async def _factor_page(
    request: Request, account: Account, target: str, status: int = 200, error: str = ""
) -> Response:
    is_on = await to_thread.run_sync(own_account.has_second_factor, account.subject)
    known: dict[str, Any] = {"is_on": is_on, "is_due": account.must_set_second_factor}
    if not is_on:
        begin = partial(own_account.begin_second_factor, account.subject, at=clock.now())
        beginning = await to_thread.run_sync(begin)
        groups = [beginning.secret[start : start + 4] for start in range(0, 32, 4)]
        label = word("factor_scan", locale_of(account))
        known |= {"secret": " ".join(groups), "picture": picture(beginning.address, label)}
    return _page(
        request, "second_factor.html", target, status, account=account, error=error, **known
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
    """Where somebody goes: to what is due first, then to what they wanted."""
    try:
        require_ready(account)
    except Due as due:
        way = WAYS[type(due)]
        return way if target == "/" else f"{way}?next={quote(target, safe='/')}"
    return target


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
    **known: Any,
) -> HTMLResponse:
    locale = _locale(request, account)
    text = _pages.get_template(template).render(
        t=partial(word, locale=locale),
        language=locale[:2],
        next=target,
        email=account.email if account else email,
        error=error,
        shortest=SHORTEST,
        **{"is_due": account is not None and account.must_change_password, "codes": [], **known},
    )
    return HTMLResponse(text, status, headers={"cache-control": "no-store"})
