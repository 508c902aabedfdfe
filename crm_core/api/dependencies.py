"""What every route needs: the subject, the instant, and errors as one line of JSON.

The application replaces `current_subject` with its own sign-in by `dependency_overrides`.
"""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from crm_core import clock
from crm_core.errors import CrmError, InvalidInput
from crm_core.security.permissions import ActionRefused, Subject
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.rows import NotFound
from crm_core.services.tenancy.access import SessionEnded

_STATUS: dict[type[CrmError], int] = {
    SessionEnded: 401,
    ActionRefused: 403,
    NotFound: 404,
    TransitionRefused: 409,
    InvalidInput: 422,
}


def current_subject() -> Subject:
    """The signed-in subject; without an application around it, nobody is signed in."""
    raise SessionEnded


def current_instant() -> datetime:
    """The instant of the request."""
    return clock.now()


CurrentSubject = Annotated[Subject, Depends(current_subject)]
CurrentInstant = Annotated[datetime, Depends(current_instant)]


def answer_errors(app: FastAPI) -> None:
    """Answer every error the core raises on purpose with its line and a fitting status."""

    @app.exception_handler(CrmError)
    def crm_error(_request: Request, error: CrmError) -> JSONResponse:
        field = getattr(error, "field", None)
        problem = error.reason if isinstance(error, InvalidInput) else None
        return refused(type(error).__name__, error.line, _status(error), field, problem)

    @app.exception_handler(StaleDataError)
    def stale(_request: Request, _error: StaleDataError) -> JSONResponse:
        return refused("Conflict", "somebody else changed this in the meantime: load it again", 409)

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        parts = [str(part) for part in first["loc"] if part not in ("body", "query", "path")]
        field = ".".join(parts) or "body"
        return refused("InvalidInput", f"{field}: {first['msg']}", 422, field, first["msg"])

    @app.exception_handler(HTTPException)
    def unreadable(_request: Request, error: HTTPException) -> JSONResponse:
        field = "body" if error.status_code == 400 else None
        return refused("NotAccepted", str(error.detail), error.status_code, field)


def refused(
    error: str, message: str, status: int, field: str | None = None, problem: str | None = None
) -> JSONResponse:
    """The one shape of a refusal; what cannot be written as text is spelt out."""
    body = {"error": error, "message": message}
    if field is not None:
        body |= {"field": field, "problem": problem or message}
    plain = {key: text.encode(errors="backslashreplace").decode() for key, text in body.items()}
    return JSONResponse(plain, status_code=status)


def _status(error: CrmError) -> int:
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 400)
