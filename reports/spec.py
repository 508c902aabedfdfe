"""Views as YAML: a page or a report is sections of widgets over metrics; reading and checking them.

The kinds of widgets are in `reports.vocabulary`, answering one belongs to `reports.widgets`.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import Field, ValidationError, model_validator

from crm_core import clock
from crm_core.enums import UserRole
from crm_core.errors import InvalidInput
from reports.errors import ReportNotFound, SpecInvalid
from reports.format import Grain
from reports.vocabulary import (
    AgeingSpec,
    BarSpec,
    BridgeSpec,
    ChangesSpec,
    ComparisonName,
    FactsSpec,
    FiguresSpec,
    FileFormat,
    GaugeSpec,
    HeatSpec,
    HistogramSpec,
    LineSpec,
    Model,
    Name,
    NarrativeSpec,
    Paper,
    Parameter,
    ReconciliationSpec,
    StackedSpec,
    Step,
    TableSpec,
    Text,
    TextSpec,
    TilesSpec,
    Titled,
    WidgetSpec,
    Window,
)

__all__ = [
    "AgeingSpec",
    "BarSpec",
    "BridgeSpec",
    "ChangesSpec",
    "ComparisonName",
    "FactsSpec",
    "FiguresSpec",
    "FileFormat",
    "GaugeSpec",
    "HeatSpec",
    "HistogramSpec",
    "LineSpec",
    "NarrativeSpec",
    "Needs",
    "Paper",
    "Parameter",
    "Recipients",
    "ReconciliationSpec",
    "ReportSpec",
    "Schedule",
    "SectionSpec",
    "StackedSpec",
    "Step",
    "TableSpec",
    "TextSpec",
    "TilesSpec",
    "ViewSpec",
    "WidgetSpec",
    "Window",
    "catalogue",
    "json_schema",
    "json_schema_text",
    "load_report",
    "parse",
    "report_names",
]

FOLDER = Path(__file__).resolve().parent
REPORTS = FOLDER / "catalogue"


class SectionSpec(Titled):
    """A heading and what stands below it."""

    name: Name
    widgets: tuple[WidgetSpec, ...] = Field(min_length=1)


class ViewSpec(Titled):
    """What pages and reports share."""

    name: Name
    description_en: Text
    description_fr: Text
    period: Text
    """The default period in the words of `parse_period`, e.g. last_week."""
    sections: tuple[SectionSpec, ...] = Field(min_length=1)

    def description(self, locale: str) -> str:
        """The description in the language of `locale`."""
        return self.description_fr if locale.startswith("fr") else self.description_en

    @property
    def widgets(self) -> tuple[FiguresSpec | FactsSpec | TextSpec, ...]:
        """All widgets, in order."""
        return tuple(widget for section in self.sections for widget in section.widgets)

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        for names in ([s.name for s in self.sections], [w.name for w in self.widgets]):
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"the name {name!r} is used twice")
        return self


class Recipients(Model):
    """Who receives a report, resolved when it is sent: each in their own scope."""

    roles: tuple[UserRole, ...] = ()
    branches: tuple[str, ...] = ()
    """Codes of branches; the roles are limited to their staff."""
    addresses: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = ()
    """Sign-in names of staff who receive it besides."""

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.roles and not self.addresses:
            raise ValueError("name roles or addresses: who receives it?")
        return self


class Schedule(Model):
    """When a report is due: five cron fields in a named zone."""

    cron: Annotated[str, Field(pattern=r"^\S+ \S+ \S+ \S+ \S+$")]
    timezone: str

    @model_validator(mode="after")
    def _zone_known(self) -> Self:
        try:
            clock.zone(self.timezone)
        except InvalidInput as error:
            raise ValueError(error.line) from error
        return self


class Needs(Model):
    """What must be there before a report goes out, and what happens when it is late."""

    complete: bool = True
    """The data must reach the end of the period."""
    max_age_minutes: int | None = Field(default=None, ge=5, le=7 * 24 * 60)
    """How old the publication may be when the report goes out."""
    wait_minutes: int = Field(default=120, ge=0, le=7 * 24 * 60)
    """How long to wait for it after the report is due."""
    late: Literal["hold", "send_stale"] = "hold"
    """After the wait: hold the report and tell its owner, or send it with a stamp that says so."""


class ReportSpec(ViewSpec):
    """A report: a view that is rendered to files and delivered on a schedule."""

    formats: tuple[FileFormat, ...] = Field(default=("pdf", "xlsx", "csv", "json"), min_length=1)
    attach: tuple[FileFormat, ...] = ("pdf", "xlsx")
    """The formats that travel with the mail; the others are made on request."""
    paper: Paper = "letter"
    recipients: Recipients | None = None
    schedule: Schedule | None = None
    whole: Grain | None = None
    """The period must be exactly one bucket of this grain."""
    parameters: tuple[Parameter, ...] = ()
    """What the report may be narrowed by."""
    needs: Needs = Needs()
    owner: UserRole = UserRole.ADMIN
    """The role that is told when the report cannot go out."""
    when_empty: Literal["send", "skip"] = "send"
    """Whether a report without a single figure other than zero is sent."""

    @model_validator(mode="after")
    def _attaches_what_it_makes(self) -> Self:
        for name in self.attach:
            if name not in self.formats:
                raise ValueError(f"attach {name!r} is not among the report's formats")
        return self


View = TypeVar("View", bound=ViewSpec)


def parse(model: type[View], text: str, where: str) -> View:
    """A spec from YAML text; raises `SpecInvalid` that names `where` and the field."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SpecInvalid(f"{where}: not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(raw, Mapping):
        raise SpecInvalid(f"{where}: a spec is a mapping of fields, not {type(raw).__name__}")
    return _validated(model, raw, where)


def validate_report(raw: Mapping[str, Any], where: str) -> ReportSpec:
    """A saved report's spec, held to what the catalogue's files are; raises `SpecInvalid`."""
    return _validated(ReportSpec, raw, where)


def _validated(model: type[View], raw: Mapping[str, Any], where: str) -> View:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise SpecInvalid(f"{where}: {_first_problem(error)}") from error


def _first_problem(error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    # Of the branches of a union, the one that went deepest is the one that was meant.
    first = max(problems, key=lambda problem: len(problem["loc"]))
    field = ".".join(str(part) for part in first["loc"]) or "the spec"
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{field}: {first['msg'].removeprefix('Value error, ')}{more}"


@cache
def load_report(name: str) -> ReportSpec:
    """The report of that name; raises `ReportNotFound` or `SpecInvalid`."""
    return load_spec(ReportSpec, REPORTS, name, "report")


def report_names() -> tuple[str, ...]:
    """Names of all reports, sorted."""
    return spec_names(REPORTS)


def catalogue() -> tuple[ReportSpec, ...]:
    """Every report, by name; raises `SpecInvalid` for the first broken file."""
    return tuple(load_report(name) for name in report_names())


def json_schema(model: type[ViewSpec] = ReportSpec) -> dict[str, Any]:
    """JSON schema of a spec, for editors and for linting."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}


def json_schema_text(model: type[ViewSpec] = ReportSpec) -> str:
    """The schema as stable text."""
    return json.dumps(json_schema(model), indent=2, sort_keys=True) + "\n"


def spec_names(folder: Path) -> tuple[str, ...]:
    """Names of the specs in a folder, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def load_spec(model: type[View], folder: Path, name: str, kind: str) -> View:
    """The spec of that name in a folder; raises `ReportNotFound` or `SpecInvalid`."""
    # The name is looked up in a list, never joined to a path: it may come from a person.
    if name not in spec_names(folder):
        known = ", ".join(spec_names(folder)) or "none"
        raise ReportNotFound(f"no {kind} {name!r}; there are: {known}")
    path = folder / f"{name}.yaml"
    spec = parse(model, path.read_text(encoding="utf-8"), f"{folder.name}/{path.name}")
    if spec.name != name:
        raise SpecInvalid(f"{folder.name}/{path.name}: name: is {spec.name!r}, not the file's name")
    return spec
