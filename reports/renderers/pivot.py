"""Figures over two axes as a matrix: a line per value of the first, a column per one of the other.

Which cell is shaded how, and what a column looks like, is decided by each renderer.
"""

from dataclasses import dataclass

from reports.result import Cell, Figures, Key


@dataclass(frozen=True)
class Matrix:
    """Keys of both axes and the cells between them; None where there is no figure."""

    lines: tuple[Key, ...]
    columns: tuple[Key, ...]
    cells: tuple[tuple[Cell | None, ...], ...]
    """A tuple per line, a cell per column."""


def matrix(widget: Figures) -> Matrix:
    """The widget's single metric over its two keys, both in the order they come in."""
    lines: dict[tuple[object, ...], Key] = {}
    columns: dict[tuple[object, ...], Key] = {}
    found: dict[tuple[object, object], Cell] = {}
    for row in widget.data_rows:
        line, column = row.keys
        lines.setdefault(_mark(line), line)
        columns.setdefault(_mark(column), column)
        found[_mark(line), _mark(column)] = row.cells[0]
    across = list(columns.items())
    if all(key.on is not None for key in columns.values()):
        across.sort(key=lambda item: str(item[1].on))
    elif all((key.value or "0").lstrip("-").isdigit() for key in columns.values()):
        across.sort(key=lambda item: int(item[1].value or "0"))
    return Matrix(
        lines=tuple(lines.values()),
        columns=tuple(key for _, key in across),
        cells=tuple(tuple(found.get((line, column)) for column, _ in across) for line in lines),
    )


def _mark(key: Key) -> tuple[object, ...]:
    return key.value, key.on


def is_layered(widget: Figures) -> bool:
    """Whether the layers of stacked columns are values of a dimension, not metrics."""
    return widget.kind == "stacked" and bool(widget.rows) and len(widget.rows[0].keys) == 2
