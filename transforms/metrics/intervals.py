"""Bounds of forecast intervals: read from one row per month, never added up.

A company's bound comes from the company's own row; a branch's from the branch's. Several branches
in one figure, or several months, are refused.
"""

from collections.abc import Sequence
from dataclasses import replace

from transforms.metrics.catalogue import LEVEL, LOCATION_DIMENSIONS, Metric
from transforms.metrics.errors import CannotBeAdded
from transforms.metrics.fetch import Figures, Source, Split, fetch
from transforms.metrics.period import Grain
from transforms.metrics.query import Filter


def bounds(source: Source, metrics: Sequence[Metric], split: Split) -> Figures:
    """The bounds in every group that has one; raises `CannotBeAdded`."""
    one_month = split.grain is None and split.period.unit is Grain.MONTH
    if not one_month and split.grain is not Grain.MONTH:
        raise CannotBeAdded(
            f"{metrics[0].name} is the bound of one month and does not add up over months:"
            " ask by month (--grain month)"
        )
    names = {condition.dimension for condition in split.where} | set(split.by)
    levels = ("branch",) if names & LOCATION_DIMENSIONS.keys() else ("company", "branch")
    for level in levels:
        figures = _of_level(source, metrics, split, level)
        if figures:
            return figures
    return {}


def _of_level(source: Source, metrics: Sequence[Metric], split: Split, level: str) -> Figures:
    parts = {p.name: p for metric in metrics for p in source.catalogue.components_of(metric)}
    where = (*split.where, Filter(LEVEL, (level,)))
    fetched = fetch(source, list(parts.values()), replace(split, where=where))
    found: Figures = {}
    for group, figures in fetched.items():
        for metric in metrics:
            rows = figures.get(metric.single_row or "")
            if rows is not None and rows > 1:
                raise CannotBeAdded(
                    f"{metric.name} does not add up over {rows} branches:"
                    " ask for one branch, or split it (--by branch)"
                )
            if rows:
                found.setdefault(group, {})[metric.name] = figures[metric.name]
    return found
