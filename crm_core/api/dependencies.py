"""What every route needs: the subject, the instant, and errors as one line of JSON.

The application replaces `current_subject` with its own sign-in by `dependency_overrides`.
"""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.orm.exc import StaleDataError

from crm_core import clock
from crm_core.errors import CrmError, InvalidInput
from crm_core.security.permissions import ActionRefused, Subject
from crm_core.services.access import SessionEnded
from crm_core.services.rows import NotFound
from crm_core.services.transitions import TransitionRefused

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
        body = {"error": type(error).__name__, "message": error.line}
        if isinstance(error, InvalidInput):
            body["field"] = error.field
        return JSONResponse(body, status_code=_STATUS.get(type(error), 400))

    @app.exception_handler(StaleDataError)
    def stale(_request: Request, _error: StaleDataError) -> JSONResponse:
        message = "somebody else changed this in the meantime: load it again"
        return JSONResponse({"error": "Conflict", "message": message}, status_code=409)
