"""The result as one long table: a line per figure, its keys in columns of their own.

CSV, the workbook's data sheet and `verify` all read this one shape.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from reports.result import Figure, ReportResult

Field = str | int | Decimal | date | None
Kind = Literal["text", "date", "number", "figure"]


@dataclass(frozen=True)
class Column:
    """A column of the long table, and what its fields are."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class LongTable:
    """Columns and lines; every line has a field per column."""

    columns: tuple[Column, ...]
    result: ReportResult
    dimensions: tuple[str, ...]

    @property
    def lines(self) -> Iterator[tuple[Field, ...]]:
        """The lines, made one by one: a large report has more of them than memory likes."""
        return _lines(self.result, self.dimensions)


_BEFORE = (
    Column("report", "text"),
    Column("publication_id", "number"),
    Column("section", "text"),
    Column("widget", "text"),
    Column("row_kind", "text"),
    Column("period_start", "date"),
    Column("period_last_day", "date"),
    Column("bucket_start", "date"),
)
_AFTER = (
    Column("metric", "text"),
    Column("metric_id", "text"),
    Column("unit", "text"),
    Column("currency", "text"),
    Column("value", "figure"),
    Column("value_previous", "figure"),
    Column("value_last_year", "figure"),
    Column("value_target", "figure"),
    Column("value_published", "figure"),
)


def long_table(result: ReportResult) -> LongTable:
    """Every figure of the result, in reading order.

    A dimension gives two columns: `<dimension>` (its stored value) and `<dimension>_name`; one
    that is called like a column of every table, as a truck is a unit, has `by_` before its name.
    """
    dimensions = _dimensions(result)
    keys = tuple(
        column
        for name in dimensions
        for column in (Column(_apart(name), "text"), Column(f"{_apart(name)}_name", "text"))
    )
    return LongTable((*_BEFORE, *keys, *_AFTER), result, dimensions)


def _apart(dimension: str) -> str:
    """The name of a dimension's column, that no other column has."""
    taken = {column.name for column in (*_BEFORE, *_AFTER)}
    return f"by_{dimension}" if {dimension, f"{dimension}_name"} & taken else dimension


def _dimensions(result: ReportResult) -> tuple[str, ...]:
    keys = (key for figure in result.figures() for key in figure.row.keys)
    return tuple(sorted({key.dimension for key in keys if key.on is None}))


def _lines(result: ReportResult, dimensions: tuple[str, ...]) -> Iterator[tuple[Field, ...]]:
    header = result.header
    measures = {measure.name: measure for measure in result.measures}
    for figure in result.figures():
        measure = measures[figure.cell.metric]
        span = figure.widget.span
        bucket, fields = _keys(figure, dimensions)
        compared = {item.basis: item.value for item in figure.cell.compared}
        yield (
            header.report,
            header.publication_id,
            figure.section.name,
            figure.widget.name,
            figure.row.kind,
            span.start,
            date.fromordinal(span.end.toordinal() - 1),
            bucket,
            *fields,
            measure.name,
            measure.id,
            measure.unit,
            header.currency if measure.unit == "money" else None,
            figure.cell.value,
            compared.get("previous"),
            compared.get("last_year"),
            compared.get("target"),
            compared.get("published"),
        )


def _keys(figure: Figure, dimensions: tuple[str, ...]) -> tuple[date | None, list[str | None]]:
    """The bucket of time and, per dimension, value and name."""
    bucket: date | None = None
    fields: dict[str, tuple[str | None, str | None]] = {}
    for key in figure.row.keys:
        if key.on is not None:
            bucket = key.on
        else:
            fields[key.dimension] = (key.value, key.text)
    return bucket, [field for name in dimensions for field in fields.get(name, (None, None))]
