"""Calibration, coherence and the store: small frames, no model is fitted."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.transforms.forecasting.company import months
from transforms.forecasting.calibration import calibrated, factors
from transforms.forecasting.coherence import coherent
from transforms.forecasting.forecast import BAND_COLUMNS
from transforms.forecasting.models import Fit, Held, Task, seasonal_naive
from transforms.forecasting.store import FitStore, key

points = st.floats(0, 10**7, allow_nan=False)


def frame(rows: dict[str, float]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"unique_id": name, "ds": date(2026, 11, 1), "yhat": y, "lo_80": y * 0.8,
             "hi_80": y * 1.2, "lo_95": y * 0.6, "hi_95": y * 1.4, "model": "m"}
            for name, y in rows.items()
        ]
    )  # fmt: skip


def errors(of: dict[str, list[float]]) -> pl.DataFrame:
    """Held-out windows in which each series was off by so much."""
    return pl.concat(
        pl.DataFrame(
            {"unique_id": name, "ds": months(date(2026, 1, 1), len(off)), "yhat": off,
             "actual": [0.0] * len(off)}
        )
        for name, off in of.items()
    )  # fmt: skip


@given(points, st.lists(points, min_size=2, max_size=30))
@example(0.125, [0.0, 0.0])
def test_parts_add_up_to_the_cent(whole: float, parts: list[float]) -> None:
    branches = {f"b{n:02d}": part for n, part in enumerate(parts)}
    tree = {name: f"p{n % 2}" for n, name in enumerate(branches)} | {"p0": "", "p1": ""}
    made = coherent(frame({"": whole, "p0": whole / 3, "p1": whole} | branches), tree)
    exact = {name: Decimal(repr(y)) for name, y in made.select("unique_id", "yhat").iter_rows()}
    assert sum(exact[name] for name in branches) == exact[""]
    assert exact["p0"] + exact["p1"] == exact[""]
    assert sum(exact[name] for name in branches if tree[name] == "p1") == exact["p1"]
    for low, high in (("lo_95", "lo_80"), ("lo_80", "yhat"), ("yhat", "hi_80"), ("hi_80", "hi_95")):
        assert made.filter(pl.col(low) > pl.col(high)).is_empty()
    assert made.filter(pl.col("lo_95") < 0).is_empty()


def test_parts_and_whole_meet_in_the_middle_when_nothing_is_known() -> None:
    made = coherent(frame({"": 300.0, "a": 100.0, "b": 100.0}), {"a": "", "b": ""})
    assert made["yhat"].to_list() == [250.0, 125.0, 125.0]
    a = made.filter(pl.col("unique_id") == "a")
    assert a.select(BAND_COLUMNS).row(0) == (125.0, 105.0, 145.0, 85.0, 165.0)


def test_a_part_without_a_forecast_is_passed_over() -> None:
    tree = {"a": "p", "b": "p", "p": ""}
    made = coherent(frame({"": 300.0, "a": 100.0, "b": 100.0}), tree)
    assert made["yhat"].to_list() == [250.0, 125.0, 125.0]


def test_whoever_erred_less_has_more_of_a_say() -> None:
    off = [1.0, -1.0, 1.0, -1.0]
    held = errors({"": [0.01 * x for x in off], "a": [20.0, -5.0, 9.0, 3.0], "b": off})
    made = coherent(frame({"": 300.0, "a": 100.0, "b": 100.0}), {"a": "", "b": ""}, held)
    whole, a, b = made["yhat"].to_list()
    assert whole == pytest.approx(300, abs=1)
    assert a == pytest.approx(200, abs=10)
    assert b == pytest.approx(100, abs=10)


def test_without_a_company_branches_are_only_rounded() -> None:
    made = coherent(frame({"a": 1.005, "b": 2.0}), {"a": "", "b": ""})
    assert made["yhat"].to_list() == [pytest.approx(1.0, abs=0.011), 2.0]


@given(st.floats(0.2, 3), st.floats(0.2, 3))
def test_wider_levels_hold_narrower_ones(by_80: float, by_95: float) -> None:
    band = np.array([[10.0], [8.0], [12.0], [7.0], [13.0]])
    point, low_80, high_80, low_95, high_95 = calibrated(band, {80: by_80, 95: by_95}, True)[:, 0]
    assert 0 <= low_95 <= low_80 <= point <= high_80 <= high_95


def test_seasonal_naive_repeats_the_last_season_and_widens() -> None:
    y = np.array([1.0, 2.0, 3.0, 2.0, 3.0, 5.0])
    band = seasonal_naive(y, 3, 4)
    assert band[0].tolist() == [2.0, 3.0, 5.0, 2.0]
    spread = (band[2] - band[0]) / 1.2815515655446004
    root = np.sqrt(2.0)  # of the mean of 1, 1 and 4
    assert spread.tolist() == pytest.approx([root, root, root, root * np.sqrt(2)])


def test_fits_are_kept_by_content(tmp_path: Path) -> None:
    store = FitStore(tmp_path / "fits")
    task = Task(np.arange(30.0), 12, 6, 2)
    band = np.arange(30.0).reshape(5, 6)
    fit = Fit("m", band, (Held(band + 1, band + 2, np.arange(6.0), 2.5, True),))
    assert store.get(task) is None
    store.put(task, fit)
    found = store.get(Task(np.arange(30.0), 12, 6, 2))
    assert found is not None
    assert found.model == "m"
    assert np.array_equal(found.band, band)
    assert np.array_equal(found.held[0].actual, np.arange(6.0))
    assert found.held[0].is_mature
    assert found.held[0].scale == 2.5
    for other in (
        Task(np.arange(31.0), 12, 6, 2),
        Task(np.arange(30.0), 4, 6, 2),
        Task(np.arange(30.0), 12, 3, 2),
        Task(np.arange(30.0), 12, 6, 2, np.ones(36)),
        Task(np.arange(30.0), 12, 6, 2, None, np.ones((36, 1))),
        Task(np.arange(30.0), 12, 6, 2, with_arima=True),
    ):
        assert store.get(other) is None
        assert key(other) != key(task)


def test_a_damaged_file_counts_as_not_kept(tmp_path: Path) -> None:
    store = FitStore(tmp_path)
    task = Task(np.arange(30.0), 12, 6, 2)
    store.put(task, Fit("m", np.zeros((5, 6))))
    (path,) = tmp_path.glob("*.npz")
    whole = path.read_bytes()
    for damaged in (b"", b"not an archive", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        assert store.get(task) is None


def test_old_files_are_swept(tmp_path: Path) -> None:
    store = FitStore(tmp_path)
    store.put(Task(np.arange(30.0), 12, 6, 2), Fit("m", np.zeros((5, 6))))
    (path,) = tmp_path.glob("*.npz")
    store.sweep(path.stat().st_mtime + 89 * 86400)
    assert path.exists()
    store.sweep(path.stat().st_mtime + 91 * 86400)
    assert not path.exists()


def test_factors_are_drawn_towards_one_by_how_few_windows_there_are() -> None:
    band = np.stack([np.zeros(4), -np.ones(4), np.ones(4), -np.ones(4), np.ones(4)])
    misses = [(band, np.full(4, 3.0))] * 20
    assert factors(misses)[80] == pytest.approx(1 + 0.5 * (3 - 1))
    assert factors(misses * 19)[95] == pytest.approx(1 + 0.95 * (3 - 1))
    assert factors([]) == {80: 1.0, 95: 1.0}
