"""Models find what is there, say why, keep their chances honest, and refuse where nothing is."""

import json
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.scoring.design import Design, Feature
from transforms.scoring.logistic import area, chances, fit, quality
from transforms.scoring.model import learn, score

FEATURES = (
    Feature("source", "Source", "Provenance"),
    Feature("notice", "Notice, days", "Préavis, jours", is_number=True),
    Feature("branch", "Branch", "Succursale"),
)
SOURCES = {"referral": 0.9, "broker": -1.1, "search": 0.0}


def cases(rows: int, seed: int = 1, strength: float = 1.0, unknown: float = 0.1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    source = rng.choice(list(SOURCES), rows)
    notice = rng.gamma(2, 15, rows)
    odds = strength * (np.array([SOURCES[s] for s in source]) - 0.03 * (notice - 30)) - 0.8
    outcome = rng.random(rows) < 1 / (1 + np.exp(-odds))
    return pl.DataFrame(
        {
            "subject_id": [f"{n:06d}" for n in range(rows)],
            "happened_on": [
                date(2026, 1, 1) + timedelta(days=n * 300 // rows) for n in range(rows)
            ],
            "source": source,
            "notice": np.where(rng.random(rows) < unknown, np.nan, notice),
            "branch": rng.choice(["a", "b", "rare"], rows, p=[0.6, 0.399, 0.001]),
            "outcome": outcome.astype(np.int32),
        }
    ).with_columns(pl.col("notice").fill_nan(None))


def test_regression_finds_the_weights_it_was_made_with() -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_normal((40_000, 3))
    weights = np.array([0.7, -1.2, 0.0])
    y = (rng.random(40_000) < chances(0.4 + x @ weights)).astype(np.float64)
    found = fit(x, y)
    assert np.allclose(found.weights, weights, atol=0.06)
    assert found.intercept == pytest.approx(0.4, abs=0.06)


def test_a_perfect_split_and_a_single_outcome_end_in_finite_weights() -> None:
    x = np.linspace(-1, 1, 100)[:, None]
    assert np.isfinite(fit(x, (x[:, 0] > 0).astype(np.float64)).weights).all()
    never = fit(x, np.zeros(100))
    assert never.weights.tolist() == [0.0]
    assert chances(never.odds(x))[0] == pytest.approx(0.5 / 101)


def test_area_counts_pairs_and_halves_ties() -> None:
    chance = np.array([0.1, 0.4, 0.4, 0.8])
    y = np.array([0.0, 0.0, 1.0, 1.0])
    assert area(chance, y) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert area(chance, np.ones(4)) == 0.5


def test_a_model_is_calibrated_on_cases_it_never_saw() -> None:
    model, card = learn(cases(6000), FEATURES)
    assert model is not None and card.is_used and card.quality is not None
    assert card.quality.auc > 0.68 and card.quality.calibration_error < 0.04
    assert card.quality.log_loss < card.quality.base_log_loss
    assert {"source=referral", "notice", "notice unknown"} <= set(json.loads(card.coefficients))
    fresh = cases(6000, seed=9)
    scored = score(model, fresh)
    y = fresh["outcome"].to_numpy().astype(np.float64)
    assert quality(scored["chance"].to_numpy(), y, float(y.mean())).calibration_error < 0.04


def test_reasons_are_the_largest_effects_in_both_languages() -> None:
    model, _ = learn(cases(6000), FEATURES)
    assert model is not None
    rows = cases(1).with_columns(
        pl.lit("broker").alias("source"), pl.lit(4.0).alias("notice"), pl.lit("a").alias("branch")
    )
    scored = score(model, rows).row(0, named=True)
    broker, notice = scored["reasons"].split("; ")[:2]
    assert broker.startswith("Source: broker −") and notice.startswith("Notice, days: 4 +")
    assert scored["reasons_fr"].startswith("Provenance : broker −")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (cases(4000, strength=0.0), "no better than the base rate"),
        (cases(150), "150 past cases, at least 200 are needed"),
        (cases(400).with_columns(outcome=pl.lit(0)), "fewer than 20 cases of either outcome"),
        (cases(0), "0 past cases"),
    ],
    ids=["nothing to find", "too few", "one outcome", "none"],
)
def test_what_cannot_be_learned_is_refused(rows: pl.DataFrame, reason: str) -> None:
    model, card = learn(rows, FEATURES)
    assert model is None and not card.is_used
    assert reason in str(card.refusal)


def test_chance_refuses_nineteen_models_of_nothing_out_of_twenty() -> None:
    used = [learn(cases(1200, seed, strength=0.0), FEATURES)[1].is_used for seed in range(40)]
    assert sum(used) <= 4


def test_the_future_is_never_learned_from() -> None:
    past = cases(3000)
    last = past["happened_on"].max()
    turned = past.with_columns(
        outcome=pl.when(pl.col("happened_on") > last - timedelta(days=55))
        .then(1 - pl.col("outcome"))
        .otherwise(pl.col("outcome"))
    )
    # The last part is upside down: what was learned before fails there.
    _, card = learn(turned, FEATURES)
    assert not card.is_used


def test_rare_levels_and_unknown_numbers_have_a_place() -> None:
    rows = cases(3000)
    design = Design.of(rows, FEATURES)
    assert "rare" not in design.levels["branch"]
    x = design.columns(rows.with_columns(pl.lit(1e12).alias("notice")))
    assert np.isfinite(x).all() and np.abs(x).max() < 6
    assert x.shape[1] == len(design.names) == len(design.owners)
