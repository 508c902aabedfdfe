"""Routes of reports: what there is for a person, and a report as a file.

What a report holds and how it is drawn belongs to `reports`.
"""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel

from crm_core import clock
from crm_core.api.dependencies import CurrentSubject
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, require
from reports.render import render_report
from reports.shelf import shelf

router = APIRouter(prefix="/reports", tags=["reports"])


class ReportView(BaseModel):
    """A report of the catalogue, or a saved one: the subject's own, or shared with them."""

    id: UUID | None = None
    """Of a saved report: it stands for the name."""
    name: str
    title_en: str
    title_fr: str
    formats: tuple[str, ...]


@router.get("")
def list_reports(subject: CurrentSubject) -> list[ReportView]:
    """The reports there are."""
    require(subject, Resource.REPORT, Action.READ)
    return [
        ReportView(
            id=each.definition_id, name=each.name, title_en=spec.title_en, title_fr=spec.title_fr,
            formats=spec.formats,
        )
        for each in shelf(subject)
        if (spec := each.spec)
    ]  # fmt: skip


@router.get("/{name}")
def report_file(
    name: str,
    subject: CurrentSubject,
    period: str | None = None,
    format: str = "pdf",  # noqa: A002 - the name of the parameter in the address
    locale: str = "en-CA",
    publication: int | None = None,
) -> Response:
    """The report as a file, as the subject may see it."""
    (file,) = render_report(
        subject, name, period, [format], locale=locale, publication_id=publication
    )
    audit.record_export(
        subject, Resource.REPORT, "report", at=clock.now(), report=name, formats=[format]
    )
    return Response(
        file.content,
        media_type=file.media_type,
        headers={"content-disposition": f'attachment; filename="{file.filename}"'},
    )
