"""Bounds of forecast intervals: read from one row per month, never added up.

A company's bound comes from the company's own row; a branch's from the branch's. A question that
puts several branches, or several months, into one figure is refused. Somebody who sees several
branches but not the company, and asks for neither, gets no bound: there is none for their part.
"""

from collections.abc import Sequence
from dataclasses import replace

from transforms.metrics.catalogue import LEVEL, LOCATION_DIMENSIONS, Metric
from transforms.metrics.errors import CannotBeAdded
from transforms.metrics.fetch import Figures, Source, Split, fetch
from transforms.metrics.period import Grain
from transforms.metrics.query import Filter
from transforms.metrics.result import Value


def bounds(source: Source, metrics: Sequence[Metric], split: Split) -> Figures:
    """The bounds in every group that has one; raises `CannotBeAdded`."""
    one_month = split.grain is None and split.period.unit is Grain.MONTH
    if not one_month and split.grain is not Grain.MONTH:
        raise CannotBeAdded(
            f"{metrics[0].name} is the bound of one month and does not add up over months:"
            " ask by month (--grain month)"
        )
    asked = {condition.dimension for condition in split.where} | set(split.by)
    if asked & LOCATION_DIMENSIONS.keys():
        figures, crowded = _of_level(source, metrics, split, "branch")
        if crowded:
            name, rows = crowded[0]
            raise CannotBeAdded(
                f"{name} does not add up over {rows} branches:"
                " ask for one branch, or split it (--by branch)"
            )
        return figures
    figures, _ = _of_level(source, metrics, split, "company")
    return figures or _of_level(source, metrics, split, "branch")[0]


def _of_level(
    source: Source, metrics: Sequence[Metric], split: Split, level: str
) -> tuple[Figures, list[tuple[str, Value]]]:
    """The bounds of the groups with one row, and metric and rows of those with several."""
    parts = {p.name: p for metric in metrics for p in source.catalogue.components_of(metric)}
    where = (*split.where, Filter(LEVEL, (level,)))
    fetched = fetch(source, list(parts.values()), replace(split, where=where))
    found: Figures = {}
    crowded: list[tuple[str, Value]] = []
    for group, figures in fetched.items():
        for metric in metrics:
            rows = figures.get(metric.single_row or "")
            if rows == 1:
                found.setdefault(group, {})[metric.name] = figures[metric.name]
            elif rows:
                crowded.append((metric.name, rows))
    return found, crowded
