"""What a customer is worth follows the own history where that tells something, else the kind."""

import numpy as np
import polars as pl
import pytest

from transforms.scoring.values import HORIZON_YEARS, JUDGED_DAYS, fitted, judge, worth


def customers(count: int, regulars: float, seed: int = 2) -> pl.DataFrame:
    """Customers known for up to three years; a share of them comes five times a year."""
    rng = np.random.default_rng(seed)
    years = rng.uniform(0.4, 3.0, count)
    rate = np.where(rng.random(count) < regulars, 5.0, 0.3)
    before = rng.poisson(rate * (years - JUDGED_DAYS / 365.25))
    after = rng.poisson(rate * JUDGED_DAYS / 365.25)
    return pl.DataFrame(
        {
            "subject_id": [f"{n}" for n in range(count)],
            "kind": "COMMERCIAL",
            "days_count": 1 + before + after,
            "earlier_days_count": 1 + before,
            "years": years,
            "profit": (1 + before + after) * 150.0,
        }
    )


def test_regulars_among_strangers_are_told_apart() -> None:
    rows = customers(3000, regulars=0.1)
    judged = judge(rows)
    assert judged.refusal is None and judged.loss is not None and judged.base_loss is not None
    assert judged.loss < judged.base_loss
    made = worth(rows, judged)
    often, seldom = made.filter(pl.col("days_count") > 8), made.filter(pl.col("days_count") == 1)
    assert often["expected_count"].min() > 3 * seldom["expected_count"].max()
    # All visits of two years are expected, within a tenth.
    a_year = 0.1 * 5.0 + 0.9 * 0.3
    total = float(made["expected_count"].sum())
    assert total == pytest.approx(3000 * a_year * HORIZON_YEARS, rel=0.1)
    assert made["expected_amount"].to_list() == pytest.approx(
        (made["expected_count"] * 150).to_list(), abs=0.05
    )


def test_alike_customers_have_the_mean_of_their_kind() -> None:
    rows = customers(200, regulars=0.0)
    judged = judge(rows).__class__(200, 50, 0.5, 0.4, "no more than the mean")
    made = worth(rows, judged)
    assert made["expected_count"].n_unique() == 1


def test_few_customers_are_not_judged() -> None:
    assert "at least 100" in str(judge(customers(60, 0.1)).refusal)
    assert "at least 100" in str(judge(customers(0, 0.1)).refusal)
    assert worth(customers(0, 0.1), judge(customers(0, 0.1))).is_empty()


def test_the_likeliest_shape_tells_regulars_from_equals() -> None:
    rng = np.random.default_rng(8)
    years = np.full(4000, 2.0)
    alike = fitted(rng.poisson(1.0 * years).astype(np.float64), years)
    apart = fitted(rng.poisson(rng.gamma(0.1, 10.0, 4000) * years).astype(np.float64), years)
    assert alike.shape >= 4 and apart.shape <= 0.2
    assert alike.mean == pytest.approx(1.0, rel=0.1)
