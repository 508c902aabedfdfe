"""Columns of a model from columns of a frame: levels as 0 and 1, numbers standardised.

The regression is in `logistic`; which columns a question has is declared in `questions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.scoring.logistic import Array

COMMON = 20
"""Rows a level needs to have a column of its own; rarer ones count as none."""

TAIL = 0.01
"""Share at either end that is drawn in: one absurd amount must not decide."""


@dataclass(frozen=True)
class Feature:
    """A column of the frame, as it is named for people."""

    name: str
    label: str
    label_fr: str
    is_number: bool = False


@dataclass(frozen=True)
class Scaling:
    """A number as a column: drawn in to its ends, less its mean, over its deviation."""

    low: float
    high: float
    mean: float
    deviation: float


@dataclass(frozen=True)
class Design:
    """How frames of one question become columns; learned from the rows of the past."""

    features: tuple[Feature, ...]
    levels: Mapping[str, tuple[str, ...]]
    scalings: Mapping[str, Scaling]

    @classmethod
    def of(cls, rows: pl.DataFrame, features: tuple[Feature, ...]) -> "Design":
        """What the rows tell: common levels, and the spread of numbers."""
        levels, scalings = {}, {}
        for feature in features:
            if feature.is_number:
                scalings[feature.name] = _scaling(rows[feature.name])
            else:
                counts = rows[feature.name].drop_nulls().value_counts(sort=True, name="rows")
                common = counts.filter(pl.col("rows") >= COMMON)[feature.name]
                levels[feature.name] = tuple(sorted(common.to_list()))
        return cls(features, levels, scalings)

    @property
    def owners(self) -> list[int]:
        """The number of the feature that each column is of."""
        return [
            number
            for number, feature in enumerate(self.features)
            for _ in range(2 if feature.is_number else len(self.levels[feature.name]))
        ]

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [
            name
            for feature in self.features
            for name in (
                (feature.name, f"{feature.name} unknown")
                if feature.is_number
                else tuple(f"{feature.name}={level}" for level in self.levels[feature.name])
            )
        ]

    def columns(self, rows: pl.DataFrame) -> Array:
        """(rows, columns); an unknown number is an average one that is marked as unknown."""
        made: list[Array] = []
        for feature in self.features:
            if feature.is_number:
                scaling = self.scalings[feature.name]
                known = rows[feature.name].cast(pl.Float64).to_numpy()
                unknown = ~np.isfinite(known)
                within = np.clip(np.where(unknown, scaling.mean, known), scaling.low, scaling.high)
                made.append((within - scaling.mean) / scaling.deviation)
                made.append(unknown.astype(np.float64))
            else:
                value = rows[feature.name]
                made += [
                    (value == level).fill_null(False).cast(pl.Float64).to_numpy()
                    for level in self.levels[feature.name]
                ]
        return np.column_stack(made) if made else np.zeros((rows.height, 0))


def _scaling(values: pl.Series) -> Scaling:
    known = values.cast(pl.Float64).drop_nulls().to_numpy()
    known = known[np.isfinite(known)]
    if len(known) == 0:
        return Scaling(0.0, 0.0, 0.0, 1.0)
    low, high = (float(each) for each in np.quantile(known, [TAIL, 1 - TAIL]))
    within = np.clip(known, low, high)
    return Scaling(low, high, float(within.mean()), float(within.std()) or 1.0)
