"""One question learned from the past, judged on what came after, and answered or refused.

Rows come from `questions`; nothing here knows what they are about.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from transforms.scoring.design import Design, Feature
from transforms.scoring.logistic import Array, Logistic, Quality, chances, fit, quality

VERSION = "1"
"""Goes up when the same rows would give another model."""

LEARNED, CALIBRATED = 0.6, 0.8
"""Shares of the past, oldest first: until the first it is learned from, until the second it sets
the chances right, and what remains judges."""

LEAST_ROWS = 200
LEAST_OF_EACH = 20
"""Outcomes of either kind in each part of the past: with fewer nothing is claimed."""

REASONS = 3

FRENCH = "fr"


@dataclass(frozen=True)
class Card:
    """What a model is and how it did; written whether it is used or not."""

    rows: int
    base_rate: float | None
    """Share of outcomes among the rows learned from."""
    learned_until_on: date | None
    judged_until_on: date | None
    quality: Quality | None
    refusal: str | None
    """Why there are no chances; None where there are."""
    coefficients: str
    """JSON: column to weight, log-odds; empty without a model."""

    @property
    def is_used(self) -> bool:
        """Whether it may score."""
        return self.refusal is None


@dataclass(frozen=True)
class Model:
    """A judged model: the one that was judged is the one that scores."""

    design: Design
    logistic: Logistic
    slope: float
    shift: float
    """Log-odds are made right by shift + slope × log-odds."""
    middle: Array
    """The mean of each column in the past."""

    def odds(self, x: Array) -> Array:
        """Log-odds of rows of columns."""
        made: Array = self.shift + self.slope * self.logistic.odds(x)
        return made

    def effects(self, x: Array) -> Array:
        """(rows, features): what each feature adds to the log-odds of an average row."""
        each = self.slope * (x - self.middle) * self.logistic.weights
        owners = np.array(self.design.owners, dtype=np.intp)
        made = np.zeros((len(x), len(self.design.features)))
        for number in range(made.shape[1]):
            made[:, number] = each[:, owners == number].sum(axis=1)
        return made


def learn(rows: pl.DataFrame, features: tuple[Feature, ...]) -> tuple[Model | None, Card]:
    """A model of `outcome` (0 or 1) by `features`, and its card; no model where it is refused.

    `happened_on` orders the past; days are never split between its parts.
    """
    past = rows.filter(pl.col("outcome").is_not_null()).sort("happened_on", "subject_id")
    parts = _parts(past)
    short = _too_few(past, parts)
    if short:
        return None, Card(past.height, None, None, None, None, short, "{}")
    learning, calibrating, judging = parts
    design = Design.of(learning, features)
    x, y = design.columns(learning), _outcomes(learning)
    logistic = fit(x, y)
    right = fit(logistic.odds(design.columns(calibrating))[:, None], _outcomes(calibrating), 1e-6)
    slope = float(right.weights[0])
    model = Model(design, logistic, slope, right.intercept, x.mean(axis=0))
    base = float(_outcomes(pl.concat([learning, calibrating])).mean())
    judged = quality(chances(model.odds(design.columns(judging))), _outcomes(judging), base)
    refusal = None
    if slope <= 0 or not judged.beats_base_rate:
        refusal = "on what came after it did no better than the base rate"
    named = dict(zip(design.names, logistic.weights.tolist(), strict=True))
    card = Card(
        rows=past.height,
        base_rate=base,
        learned_until_on=calibrating["happened_on"].max(),  # type: ignore[arg-type]
        judged_until_on=judging["happened_on"].max(),  # type: ignore[arg-type]
        quality=judged,
        refusal=refusal,
        coefficients=json.dumps({name: round(weight, 4) for name, weight in named.items()}),
    )
    return (None if refusal else model), card


def score(model: Model, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `chance`, `reasons` and `reasons_fr`."""
    x = model.design.columns(rows)
    odds = model.odds(x)
    chance = chances(odds)
    effects = model.effects(x)
    # Percentage points that a feature makes, against an average one.
    points = 100 * (chance[:, None] - chances(odds[:, None] - effects))
    return rows.with_columns(
        pl.Series("chance", np.round(chance, 4)),
        pl.Series("reasons", _reasons(model, rows, points, ""), dtype=pl.String),
        pl.Series("reasons_fr", _reasons(model, rows, points, FRENCH), dtype=pl.String),
    )


def _reasons(model: Model, rows: pl.DataFrame, points: Array, language: str) -> list[str]:
    """The features that matter most for each row: "Source: referral +11; Notice: 12 −4"."""
    features = model.design.features
    labels = [each.label_fr if language == FRENCH else each.label for each in features]
    values = [_words(rows[each.name], each, language) for each in features]
    order = np.argsort(-np.abs(points), axis=1, kind="stable")[:, :REASONS]
    written = []
    for row, best in enumerate(order):
        said = [
            f"{labels[number]}{' : ' if language == FRENCH else ': '}{values[number][row]}"
            f" {'+' if points[row, number] > 0 else '−'}{abs(points[row, number]):.0f}"
            for number in best
            if abs(points[row, number]) >= 0.5
        ]
        written.append("; ".join(said) if language != FRENCH else " ; ".join(said))
    return written


def _words(values: pl.Series, feature: Feature, language: str) -> list[str]:
    unknown = "inconnu" if language == FRENCH else "unknown"
    if feature.is_number:
        return [unknown if each is None else f"{each:.0f}" for each in values.cast(pl.Float64)]
    return [unknown if each is None else str(each).replace("_", " ").lower() for each in values]


def _parts(past: pl.DataFrame) -> Sequence[pl.DataFrame]:
    if past.is_empty():
        return (past, past, past)
    days = past["happened_on"]
    cuts = [days[min(int(share * past.height), past.height - 1)] for share in (LEARNED, CALIBRATED)]
    day = pl.col("happened_on")
    return (
        past.filter(day < cuts[0]),
        past.filter(day >= cuts[0], day < cuts[1]),
        past.filter(day >= cuts[1]),
    )


def _too_few(past: pl.DataFrame, parts: Sequence[pl.DataFrame]) -> str | None:
    if past.height < LEAST_ROWS:
        return f"{past.height} past cases, at least {LEAST_ROWS} are needed"
    for part in parts:
        yes = int(part["outcome"].sum())
        if min(yes, part.height - yes) < LEAST_OF_EACH:
            return f"fewer than {LEAST_OF_EACH} cases of either outcome in a part of the past"
    return None


def _outcomes(rows: pl.DataFrame) -> Array:
    return rows["outcome"].cast(pl.Float64).to_numpy()
