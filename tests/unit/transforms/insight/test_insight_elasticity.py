"""Elasticities put in are found within their ranges, and move forecasts as they should."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from transforms.insight.elasticity import Elasticity, of_panel, of_price
from transforms.insight.whatif import LeverTooFar, what_if


def quotes(slope: float, rows: int = 8000) -> pl.DataFrame:
    rng = np.random.default_rng(4)
    dearer = rng.normal(0, 0.15, rows)
    source = rng.choice(["a", "b"], rows)
    odds = -0.6 + slope * dearer + 0.8 * (source == "b")
    outcome = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int32)
    return pl.DataFrame({"dearer": dearer, "source": source, "outcome": outcome})


def places(elasticity: float, count: int = 30, times: int = 36) -> pl.DataFrame:
    """Places of different size, a common season in both, and the lever's own ups and downs."""
    rng = np.random.default_rng(6)
    size = rng.normal(4, 1, (count, 1))
    season = 0.5 * np.sin(np.arange(times) / 6)
    cause = size + season + rng.normal(0, 0.3, (count, times))
    effect = 2 * size + season + elasticity * cause + rng.normal(0, 0.2, (count, times))
    start = date(2024, 1, 1)
    return pl.DataFrame(
        {
            "place": np.repeat([f"p{n}" for n in range(count)], times),
            "starts_on": [start + timedelta(days=7 * n) for n in range(times)] * count,
            "cause": np.exp(cause.ravel()),
            "effect": np.exp(effect.ravel()),
        }
    )


@pytest.mark.parametrize("slope", [-3.0, -1.0])
def test_price_elasticity_is_found(slope: float) -> None:
    rows = quotes(slope)
    found = of_price(rows)
    assert found is not None and found.is_known
    expected = slope * (1 - float(rows["outcome"].mean()))  # type: ignore[arg-type]
    assert found.low < expected < found.high
    assert found.high - found.low < 1.0


def test_where_price_does_nothing_its_sign_is_not_claimed() -> None:
    found = of_price(quotes(0.0))
    assert found is not None and not found.is_known


@pytest.mark.parametrize("elasticity", [0.0, 0.3, 0.9])
def test_a_lever_is_told_from_size_and_season(elasticity: float) -> None:
    found = of_panel(places(elasticity), "marketing", "new_leads")
    assert found is not None
    assert found.low < elasticity < found.high
    assert found.high - found.low < 0.1
    assert found.is_known == (elasticity > 0)


def test_too_little_past_gives_no_elasticity() -> None:
    assert of_panel(places(0.5, count=2, times=10), "marketing", "new_leads") is None
    assert of_price(quotes(-1.0, rows=40)) is None
    still = places(0.5).with_columns(cause=pl.lit(7.0))
    assert of_panel(still, "marketing", "new_leads") is None


FORECAST = pl.DataFrame(
    {
        "month_on": [date(2026, 12, 1), date(2027, 1, 1)],
        "yhat": [100.0, 0.0],
        "lo_80": [90.0, 0.0],
        "hi_80": [120.0, 5.0],
    }
)
PRICE = Elasticity("price", "bookings", -1.5, 0.2, 5000)
MARKETING = Elasticity("marketing", "new_leads", 0.4, 0.1, 900)


def test_a_dearer_job_books_less_and_brings_more_each() -> None:
    booked = what_if(FORECAST, "bookings", {"price": 0.10}, [PRICE])
    assert booked["changed"][0] == pytest.approx(100 * 1.1**-1.5)
    amount = what_if(FORECAST, "booked_amount", {"price": 0.10}, [PRICE])
    assert amount["changed"][0] == pytest.approx(100 * 1.1**-0.5)


def test_levers_multiply_and_their_doubt_widens_the_range() -> None:
    both = what_if(FORECAST, "bookings", {"price": -0.05, "marketing": 0.2}, [PRICE, MARKETING])
    factor = 0.95**-1.5 * 1.2**0.4
    assert both["changed"].to_list() == pytest.approx([100 * factor, 0.0])
    own = (100 - 90) * factor
    assert both["changed"][0] - both["changed_lo_80"][0] > own
    assert both["changed_hi_80"][0] - both["changed"][0] > 20 * factor
    assert both["changed_lo_80"].min() >= 0


def test_nothing_moved_changes_nothing() -> None:
    same = what_if(FORECAST, "bookings", {"price": 0.0}, [PRICE])
    assert same["changed"].to_list() == FORECAST["yhat"].to_list()
    assert same["changed_lo_80"].to_list() == pytest.approx(FORECAST["lo_80"].to_list())


@pytest.mark.parametrize(
    ("metric", "changes", "reason"),
    [
        ("bookings", {"price": 0.6}, "at most ±50%"),
        ("bookings", {"crew": 0.1}, "nothing is known of what crew does to bookings"),
        ("receivables", {"price": 0.1}, "nothing is known"),
        ("bookings", {"marketing": 0.1}, "nothing is known of what marketing"),
    ],
)
def test_what_the_past_cannot_tell_is_refused(
    metric: str, changes: dict[str, float], reason: str
) -> None:
    with pytest.raises(LeverTooFar, match=reason):
        what_if(FORECAST, metric, changes, [PRICE])
