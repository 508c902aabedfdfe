"""The typed result of a report: what every renderer draws, and nothing else.

Pure data that turns into JSON and back without loss; asking for numbers and drawing them are
elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from reports.format import Grain, Unit
from reports.vocabulary import ComparisonName, FileFormat, Paper

FORMAT_VERSION: Literal[1] = 1

Tone = Literal["good", "bad", "neutral"]
BASES: tuple["Basis", ...] = ("previous", "last_year", "target", "published")
Basis = ComparisonName | Literal["target", "published"]
"""What a figure stands beside: an earlier period, a target, or itself as it was published."""
FiguresKind = Literal[
    "tiles", "gauge", "table", "bar", "line", "stacked", "heat", "ageing", "histogram", "bridge",
    "narrative", "changes", "reconciliation",
]  # fmt: skip


class Frozen(BaseModel):
    """Base of every result model: no unknown fields, no change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Span(Frozen):
    """A period: `start` is in it, `end` is not."""

    start: date
    end: date
    text: str


class Measure(Frozen):
    """A metric as its reader needs it, in the result's language."""

    name: str
    id: str
    label: str
    unit: Unit
    direction: Literal["up", "down", "none"]
    basis: str
    additivity: Literal["additive", "semi_additive", "non_additive"]
    owner: str
    formula: str


class Compared(Frozen):
    """What the figure is held against, and how far it is from that."""

    basis: Basis
    value: Decimal | None
    text: str
    change: Decimal | None
    """Percent metrics and durations: the difference; else the difference over the earlier value."""
    change_text: str
    tone: Tone

    @property
    def is_seen(self) -> bool:
        """Whether the change is other than zero as it is shown."""
        return any(char in "123456789" for char in self.change_text)


class Cell(Frozen):
    """One figure: the exact value of the metric layer, and how it is shown."""

    metric: str
    value: Decimal | None
    text: str
    """As it is shown standing alone, with its unit."""
    bare: str
    """As it is shown below a head that names the unit."""
    exact: str
    """To the cent, with its unit; other than `text` where that is rounded."""
    compared: tuple[Compared, ...] = ()


class Key(Frozen):
    """What a row is about: a value of a dimension, or the start of a bucket of time."""

    dimension: str
    value: str | None = None
    on: date | None = None
    text: str


class Row(Frozen):
    """A row of figures; `kind` sets totals, and the opening of a bridge, apart from the data."""

    kind: Literal["row", "total", "opening"] = "row"
    keys: tuple[Key, ...] = ()
    cells: tuple[Cell, ...]
    is_complete: bool = True
    """False for a bucket of time that had not ended when the data was taken."""
    sign: Literal[1, -1] = 1
    """-1 for a step of a bridge that is taken off: its cells hold the metric with that sign."""

    def cell(self, metric: str) -> Cell:
        """The cell of a metric; KeyError when the row has none."""
        for cell in self.cells:
            if cell.metric == metric:
                return cell
        raise KeyError(metric)


class Band(Frozen):
    """A forecast interval: the metrics of its lower and upper edge."""

    level: int
    low: str
    high: str


class Figures(Frozen):
    """A widget of numbers: rows of keys and cells, whatever it is drawn as."""

    kind: FiguresKind
    name: str
    title: str
    span: Span
    metrics: tuple[str, ...]
    """The metrics of each row, in order; a forecast and its bands come after the actual."""
    by: tuple[str, ...] = ()
    by_labels: tuple[str, ...] = ()
    grain: Grain | None = None
    rows: tuple[Row, ...]
    compared_spans: dict[ComparisonName, Span] = Field(default_factory=dict)
    forecast: str | None = None
    bands: tuple[Band, ...] = ()
    notes: tuple[str, ...] = ()
    """What the reader must know: rows left out, figures not available."""
    sentences: tuple[str, ...] = ()
    """The figures in words."""
    shares: tuple[str, ...] = ()
    """Per metric of an ageing, its share of the whole; as shown they add up to all of it."""
    is_ranked: bool = False

    @property
    def data_rows(self) -> tuple[Row, ...]:
        """The rows without the total."""
        return tuple(row for row in self.rows if row.kind != "total")

    @property
    def bases(self) -> tuple[Basis, ...]:
        """What any of the cells stands beside, in the order of `BASES`."""
        found = {item.basis for row in self.rows for cell in row.cells for item in cell.compared}
        return tuple(basis for basis in BASES if basis in found or basis in self.compared_spans)


class Fact(Frozen):
    """A line of the block that says where the numbers come from."""

    name: str
    label: str
    text: str


class Facts(Frozen):
    """A widget of facts about the data."""

    kind: Literal["facts"] = "facts"
    name: str
    title: str
    facts: tuple[Fact, ...]


class Paragraph(Frozen):
    """A widget of plain text."""

    kind: Literal["text"] = "text"
    name: str
    title: str
    text: str


Widget = Annotated[Figures | Facts | Paragraph, Field(discriminator="kind")]


class Section(Frozen):
    """A heading and its widgets."""

    name: str
    title: str
    widgets: tuple[Widget, ...]


class Header(Frozen):
    """What every page of every rendering can say about itself."""

    report: str
    title: str
    description: str
    company: str
    scope: str
    """In words: the whole company, or the branches it is limited to."""
    locale: str
    currency: str
    period: Span
    as_of: datetime
    """Instant of the data, aware."""
    as_of_text: str
    timezone: str
    publication_id: int
    definitions: str
    """Hash of the definitions the numbers were computed by."""
    generated_for: str
    """Sign-in name of the person whose scope this is."""
    filters: str = ""
    """In words: what the reader narrowed the report by."""
    before: str = ""
    """Digest of the report the reader had before, which its changes are told against."""
    stamp: str = ""
    """A warning that stands on every page: the data are older than promised, a trial copy."""
    paper: Paper = "letter"
    formats: tuple[FileFormat, ...] = ("pdf", "xlsx", "csv", "json")


@dataclass(frozen=True)
class Figure:
    """One figure with everything that says where it stands."""

    section: Section
    widget: Figures
    row: Row
    cell: Cell


class ReportResult(Frozen):
    """A whole report, answered and formatted, for one person's scope."""

    format_version: Literal[1] = FORMAT_VERSION
    header: Header
    sections: tuple[Section, ...]
    measures: tuple[Measure, ...]
    """Every metric that occurs, sorted by name."""

    def measure(self, name: str) -> Measure:
        """The metric of that name; KeyError when it does not occur."""
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise KeyError(name)

    def figures(self) -> Iterator[Figure]:
        """Every figure, in reading order."""
        for section in self.sections:
            for widget in section.widgets:
                if isinstance(widget, Figures):
                    for row in widget.rows:
                        for cell in row.cells:
                            yield Figure(section, widget, row, cell)

    @property
    def is_empty(self) -> bool:
        """Whether no figure is other than zero or missing."""
        return not any(figure.cell.value for figure in self.figures())
