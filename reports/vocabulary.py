"""The words of a spec: windows of time, targets, and every kind of widget, as YAML is read.

Pages and reports, which are made of widgets, are in `reports.spec`.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from reports.format import Grain

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
ComparisonName = Literal["previous", "last_year"]
FileFormat = Literal["pdf", "xlsx", "csv", "json"]
Paper = Literal["letter", "a4"]
Amount = Annotated[Decimal, Field(allow_inf_nan=False)]
Parameter = Literal["branch", "province", "service_type", "customer_type"]
"""Dimensions a reader may narrow a report by."""


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
    when_empty: Literal["show", "hide"] = "show"
    """Without a single figure: say so in its place, or leave the widget out."""


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
    like_for_like: bool = False
    """Count only branches that were open for all of the period and of those compared with."""

    @model_validator(mode="after")
    def _like_something(self) -> Self:
        if self.like_for_like and not self.compare:
            raise ValueError("like_for_like needs compare: like what?")
        return self

    @model_validator(mode="after")
    def _sorted_by_own_metric(self) -> Self:
        if self.sort is not None and self.sort not in self.metrics:
            raise ValueError(f"sort {self.sort!r} is not among the widget's metrics")
        if self.limit is not None and self.sort is None:
            raise ValueError("limit needs sort: which rows are the first ones?")
        return self


Targets = dict[Name, Amount]
"""What metrics should reach; percent as a fraction."""


class Aimed(Figures):
    """Figures of the whole period, some with a target."""

    targets: Targets = {}

    @model_validator(mode="after")
    def _targets_of_own_metrics(self) -> Self:
        for name in self.targets:
            if name not in self.metrics:
                raise ValueError(f"target of {name!r}, which is not among the widget's metrics")
        return self


class TilesSpec(Aimed):
    """One tile per metric."""

    kind: Literal["tiles"]
    cents: bool = False


class GaugeSpec(Aimed):
    """A bar per metric on the way to its target."""

    kind: Literal["gauge"]
    targets: Targets = Field(min_length=1)
    cents: bool = False


class TableSpec(Ranked):
    """A table: a row per value of the dimension, a column per metric, a total row."""

    kind: Literal["table"]
    total: bool = True
    ranked: bool = False
    """Number the rows: the order is what the table is about."""

    @model_validator(mode="after")
    def _ranked_by_something(self) -> Self:
        if self.ranked and self.sort is None:
            raise ValueError("ranked needs sort: what is the order?")
        return self


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


class StackedSpec(Figures):
    """Stacked columns: metrics, or one metric by a dimension, over time or over a dimension."""

    kind: Literal["stacked"]
    metrics: tuple[Name, ...] = Field(min_length=1, max_length=6)
    by: tuple[Name, ...] = Field(default=(), max_length=1)
    grain: Grain | None = None
    cents: bool = False

    @model_validator(mode="after")
    def _layers_and_columns(self) -> Self:
        axes = len(self.by) + (self.grain is not None)
        if axes != (2 if len(self.metrics) == 1 else 1):
            raise ValueError("one metric needs by and grain; several need one of them")
        return self


class HeatSpec(Figures):
    """One metric over two dimensions, or over a dimension and time, shaded by size."""

    kind: Literal["heat"]
    metrics: tuple[Name, ...] = Field(min_length=1, max_length=1)
    by: tuple[Name, ...] = Field(min_length=1, max_length=2)
    grain: Grain | None = None
    cents: bool = False

    @model_validator(mode="after")
    def _two_axes(self) -> Self:
        if len(self.by) + (self.grain is not None) != 2:
            raise ValueError("a heat table has two axes: by and grain, or two dimensions in by")
        return self


class AgeingSpec(Ranked):
    """Buckets of age, in order, per value of a dimension, with the share of each."""

    kind: Literal["ageing"]
    by: tuple[Name, ...] = Field(min_length=1, max_length=1)
    metrics: tuple[Name, ...] = Field(min_length=2, max_length=8)


class HistogramSpec(Figures):
    """How one metric spreads over the values of a dimension, in their natural order."""

    kind: Literal["histogram"]
    metrics: tuple[Name, ...] = Field(min_length=1, max_length=1)
    by: tuple[Name, ...] = Field(min_length=1, max_length=1)
    cents: bool = False


class Step(Titled):
    """One step of a bridge: a metric that is added, or taken off."""

    metric: Name
    less: bool = False
    only: dict[Name, tuple[str, ...]] = {}
    """Values of dimensions that the step is limited to."""


class BridgeSpec(Figures):
    """A waterfall from an opening metric over steps to a closing one, and what stays unexplained.

    The opening may be absent: then it starts at nothing.
    """

    kind: Literal["bridge"]
    metrics: tuple[Name, ...] = Field(default=(), max_length=24)
    """Follows from the steps; need not be written."""
    opening: Name | None = None
    steps: tuple[Step, ...] = Field(min_length=1, max_length=12)
    closing: Name

    @model_validator(mode="before")
    @classmethod
    def _metrics_of_the_steps(cls, raw: Any) -> Any:
        if not isinstance(raw, Mapping) or raw.get("metrics"):
            return raw
        steps = raw.get("steps") or ()
        inner = [step.get("metric") for step in steps if isinstance(step, Mapping)]
        names = [raw.get("opening"), *inner, raw.get("closing")]
        return {**raw, "metrics": tuple(dict.fromkeys(name for name in names if name))}


class NarrativeSpec(Figures):
    """Sentences made of the numbers: level, change, and the branches that moved most."""

    kind: Literal["narrative"]
    metrics: tuple[Name, ...] = Field(min_length=1, max_length=12)
    compare: tuple[ComparisonName, ...] = Field(default=("previous",), min_length=1)
    by: tuple[Name, ...] = Field(default=(), max_length=1)
    """Dimension whose values are named where they moved a figure most."""
    cents: bool = False


class ChangesSpec(Figures):
    """What changed in figures the reader already has: those of the report before, asked anew."""

    kind: Literal["changes"]


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


FiguresSpec = (
    TilesSpec
    | GaugeSpec
    | TableSpec
    | BarSpec
    | LineSpec
    | StackedSpec
    | HeatSpec
    | AgeingSpec
    | HistogramSpec
    | BridgeSpec
    | NarrativeSpec
    | ChangesSpec
    | ReconciliationSpec
)
WidgetSpec = Annotated[FiguresSpec | FactsSpec | TextSpec, Field(discriminator="kind")]
