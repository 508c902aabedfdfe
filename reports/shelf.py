"""Which reports a person has: the product's own files and those that people saved, read alike.

Saving, sharing and scheduling are in `reports.schedules`; what a spec may say in `reports.spec`.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import yaml

from crm_core.database import tenant_session
from crm_core.errors import CrmError
from crm_core.models import ReportDefinition
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services.reporting import saved_reports
from crm_core.services.rows import NotFound
from reports.errors import ReportAmbiguous, ReportNotFound, SpecInvalid
from reports.lint import lint_reports
from reports.spec import ReportSpec, load_report, report_names, validate_report

NOT_KEPT = ("schedule", "recipients")
"""What a file of the catalogue says and a saved report has beside its spec."""
MOST_WIDGETS = 100


@dataclass(frozen=True)
class Shelved:
    """A report as it is found by somebody; a saved one that no longer stands says why."""

    name: str
    spec: ReportSpec | None
    definition_id: UUID | None = None
    owner_id: UUID | None = None
    is_shared: bool = False
    problem: str = ""

    def is_called(self, name: str) -> bool:
        """Whether it goes by that name: its own, or that of its files."""
        return name == self.name or (self.spec is not None and name == self.spec.name)

    def require_spec(self) -> ReportSpec:
        """The spec; raises `SpecInvalid` where it no longer stands."""
        if self.spec is None:
            raise SpecInvalid(self.problem)
        return self.spec


def shelf(subject: Subject) -> tuple[Shelved, ...]:
    """The catalogue, then one's own reports and those that are shared with one."""
    return (*(Shelved(name, load_report(name)) for name in report_names()), *own_shelf(subject))


def own_shelf(subject: Subject) -> tuple[Shelved, ...]:
    """One's own reports and those that are shared with one."""
    require(subject, Resource.REPORT, Action.READ)
    with tenant_session(subject) as session:
        return tuple(_shelved(row) for row in saved_reports.offered(session, subject))


def find(subject: Subject, name: str) -> Shelved:
    """A report of the catalogue by its name, a saved one by its name or its id; one's own first.

    Raises `ReportNotFound`, and `ReportAmbiguous` where two people share one of that name.
    """
    if name in report_names():
        return Shelved(name, load_report(name))
    if (definition_id := _as_id(name)) is not None:
        return _by_id(subject, definition_id)
    found = [each for each in own_shelf(subject) if each.is_called(name)]
    if own := [each for each in found if each.owner_id == subject.user_id]:
        return own[0]
    if len(found) > 1:
        ids = ", ".join(str(each.definition_id) for each in found)
        raise ReportAmbiguous(f"{len(found)} people share a report {name!r}: give its id ({ids})")
    if not found:
        known = ", ".join(report_names())
        raise ReportNotFound(f"no report {name!r}, nor one of yours; there are: {known}")
    return found[0]


def spec_of(row: ReportDefinition) -> ReportSpec:
    """The spec of a saved report; raises `SpecInvalid` or `ReportNotFound`.

    Its name is made of the row's: it stands in names of files and folders, where the title that a
    person gave does not, and no two reports have the same.
    """
    if row.catalogue_name:
        return load_report(row.catalogue_name)
    raw = {**row.spec, "name": f"{_slug(row.name)}_{row.id.hex[-8:]}"}
    return validate_report(raw, f"the saved report {row.name}")


def checked(raw: dict[str, Any], where: str) -> ReportSpec:
    """A spec somebody wrote, held to model and lint of the catalogue; raises `SpecInvalid`."""
    if named := [field for field in NOT_KEPT if raw.get(field) is not None]:
        raise SpecInvalid(
            f"{where}: {named[0]}: a saved report has these beside its spec: leave it out,"
            " then `crm report schedule set`"
        )
    spec = validate_report(raw, where)
    if len(spec.widgets) > MOST_WIDGETS:
        raise SpecInvalid(f"{where}: sections: at most {MOST_WIDGETS} widgets in a report")
    if problems := lint_reports([spec]).problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise SpecInvalid(f"{where}: {problems[0]}{more}")
    return spec


def as_raw(spec: ReportSpec, title: str | None = None) -> dict[str, Any]:
    """What a saved report keeps of a spec: what was said, under another title where one is given.

    `checked` takes it back.
    """
    raw = spec.model_dump(mode="json", exclude_unset=True, exclude=set(NOT_KEPT))
    return raw | ({"title_en": title, "title_fr": title} if title else {})


def as_text(spec: ReportSpec) -> str:
    """The same as YAML, in the order of the catalogue's files."""
    return yaml.safe_dump(as_raw(spec), allow_unicode=True, sort_keys=False, width=100)


def _by_id(subject: Subject, definition_id: UUID) -> Shelved:
    with tenant_session(subject) as session:
        try:
            return _shelved(saved_reports.find(session, subject, definition_id))
        except NotFound as error:
            raise ReportNotFound(error.line) from error


def _shelved(row: ReportDefinition) -> Shelved:
    spec, problem = None, ""
    try:
        spec = spec_of(row)
    except CrmError as error:
        problem = error.line
    return Shelved(row.name, spec, row.id, row.owner_id, row.is_shared, problem)


def _as_id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub("[^a-z0-9]+", "_", plain).strip("_")[:40].rstrip("_")
    return words if words[:1].isalpha() else f"report_{words}".rstrip("_")
