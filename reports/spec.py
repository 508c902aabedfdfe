"""The vocabulary of views: a page or a report is sections of widgets over metrics, as YAML.

Answering a widget belongs to `reports.widgets`; drawing one belongs to the renderers and the app.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crm_core import clock
from crm_core.enums import UserRole
from crm_core.errors import InvalidInput
from reports.errors import ReportNotFound, SpecInvalid
from reports.format import Grain

FOLDER = Path(__file__).resolve().parent
REPORTS = FOLDER / "catalogue"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
ComparisonName = Literal["previous", "last_year"]
FileFormat = Literal["pdf", "xlsx", "csv", "json"]
Paper = Literal["letter", "a4"]


class Model(BaseModel):
    """Base of every spec model: unknown fields are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(Model):
    """A run of whole buckets that ends with the bucket the report's period ends in."""

    trailing: int = Field(ge=1, le=1000)
    unit: Grain
    ahead: int = Field(default=0, ge=0, le=60)
    """Further buckets after it, for forecasts."""


class Titled(Model):
    """A title in both languages."""

    title_en: Text
    title_fr: Text

    def title(self, locale: str) -> str:
        """The title in the language of `locale`."""
        return self.title_fr if locale.startswith("fr") else self.title_en


class WidgetBase(Titled):
    """What every widget has."""

    name: Name


class Figures(WidgetBase):
    """What every widget of numbers has: metrics over a period, optionally compared."""

    metrics: tuple[Name, ...] = Field(min_length=1, max_length=24)
    period: Literal["report", "as_of"] | Window = "report"
    compare: tuple[ComparisonName, ...] = ()
    cents: bool = True
    """Show money to the cent; false shows whole units (the exact figure stays in the result)."""


class Ranked(Figures):
    """Figures per value of a dimension, in an order, perhaps cut off."""

    by: tuple[Name, ...] = Field(min_length=1, max_length=3)
    sort: Name | None = None
    """Metric to order by; the names of the dimension when absent."""
    descending: bool = True
    limit: int | None = Field(default=None, ge=1, le=1000)

    @model_validator(mode="after")
    def _sorted_by_own_metric(self) -> Self:
        if self.sort is not None and self.sort not in self.metrics:
            raise ValueError(f"sort {self.sort!r} is not among the widget's metrics")
        if self.limit is not None and self.sort is None:
            raise ValueError("limit needs sort: which rows are the first ones?")
        return self


class TilesSpec(Figures):
    """One tile per metric."""

    kind: Literal["tiles"]
    cents: bool = False


class TableSpec(Ranked):
    """A table: a row per value of the dimension, a column per metric, a total row."""

    kind: Literal["table"]
    total: bool = True


class BarSpec(Ranked):
    """Horizontal bars per value of one dimension."""

    kind: Literal["bar"]
    by: tuple[Name, ...] = Field(min_length=1, max_length=1)
    metrics: tuple[Name, ...] = Field(min_length=1, max_length=2)


class LineSpec(Figures):
    """Lines over time; with `forecast`, continued by it inside its 80 and 95 % bands."""

    kind: Literal["line"]
    grain: Grain
    metrics: tuple[Name, ...] = Field(min_length=1, max_length=4)
    forecast: Name | None = None
    """Metric of the forecast; its bands are the metrics `<name>_lo_80` to `<name>_hi_95`."""

    @model_validator(mode="after")
    def _one_line_per_forecast(self) -> Self:
        if self.forecast is not None and len(self.metrics) != 1:
            raise ValueError("a forecast continues exactly one metric")
        return self


class ReconciliationSpec(Figures):
    """Proof that the parts of a dimension, with the unassigned rest, are the whole."""

    kind: Literal["reconciliation"]
    by: Name


class FactsSpec(WidgetBase):
    """Where the numbers come from: data as of, publication, definitions, checks."""

    kind: Literal["facts"]


class TextSpec(WidgetBase):
    """A paragraph of plain text."""

    kind: Literal["text"]
    text_en: Text
    text_fr: Text

    def text(self, locale: str) -> str:
        """The text in the language of `locale`."""
        return self.text_fr if locale.startswith("fr") else self.text_en


FiguresSpec = TilesSpec | TableSpec | BarSpec | LineSpec | ReconciliationSpec
WidgetSpec = Annotated[FiguresSpec | FactsSpec | TextSpec, Field(discriminator="kind")]


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
    """Who receives a report, resolved when it is sent."""

    roles: tuple[UserRole, ...] = Field(min_length=1)


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


class ReportSpec(ViewSpec):
    """A report: a view that is rendered to files and delivered on a schedule."""

    formats: tuple[FileFormat, ...] = Field(default=("pdf", "xlsx", "csv", "json"), min_length=1)
    attach: tuple[FileFormat, ...] = ("pdf", "xlsx")
    """The formats that travel with the mail; the others are made on request."""
    paper: Paper = "letter"
    recipients: Recipients | None = None
    schedule: Schedule | None = None
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
