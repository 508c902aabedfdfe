"""The FastAPI application mounted at /api; the gate has already looked at the session.

Routes over the core's services are in `crm_core.api`.
"""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app.api import account, metrics, reports
from crm_core.api import leads, lists, quotes
from crm_core.api.dependencies import answer_errors, current_subject
from crm_core.api.limits import BodyLimit
from crm_core.errors import CrmError
from crm_core.security.permissions import Subject
from crm_core.services.tenancy.access import Account, SessionEnded
from reports.errors import ReportNotFound
from transforms.lake.errors import DoorRefused, NothingPublished
from transforms.metrics.errors import MetricNotAllowed, UnknownMetric

STATUS: dict[type[CrmError], int] = {
    DoorRefused: 403,
    MetricNotAllowed: 403,
    UnknownMetric: 404,
    ReportNotFound: 404,
    NothingPublished: 503,
}


def signed_in(request: Request) -> Subject:
    """The subject the gate let through."""
    account = getattr(request.state, "account", None)
    if not isinstance(account, Account):
        raise SessionEnded
    return account.subject


def make_api() -> FastAPI:
    """The application with its routes and its one shape of errors."""
    # No pages of documentation: they would load scripts from other sites.
    made = FastAPI(title="C&C CRM", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    made.dependency_overrides[current_subject] = signed_in
    answer_errors(made)
    made.add_middleware(BodyLimit)
    for error, status in STATUS.items():
        _answer(made, error, status)

    @made.get("/health")
    def health() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok"}

    for module in (account, metrics, reports, leads, quotes, lists):
        made.include_router(module.router)
    return made


def _answer(made: FastAPI, kind: type[CrmError], status: int) -> None:
    @made.exception_handler(kind)
    def answer(_request: Request, error: CrmError) -> JSONResponse:
        body = {"error": type(error).__name__, "message": error.line}
        return JSONResponse(body, status_code=status)


api = make_api()
