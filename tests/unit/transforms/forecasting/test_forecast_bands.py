"""Calibration, coherence and the store: small frames, no model is fitted."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transforms.forecasting.calibration import calibrated
from transforms.forecasting.coherence import coherent
from transforms.forecasting.forecast import BAND_COLUMNS
from transforms.forecasting.models import Fit, Held, Task, seasonal_naive
from transforms.forecasting.publish import common_months
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


@given(points, st.lists(points, min_size=1, max_size=50))
@example(0.125, [0.0])
def test_branches_add_up_to_the_company_to_the_cent(whole: float, parts: list[float]) -> None:
    rows = {"": whole} | {f"b{n:02d}": part for n, part in enumerate(parts)}
    made = coherent(frame(rows), "")
    exact = [Decimal(repr(y)) for y in made.filter(pl.col("unique_id") != "")["yhat"]]
    assert sum(exact) == Decimal(repr(made.filter(pl.col("unique_id") == "")["yhat"].item()))
    for low, high in (("lo_95", "lo_80"), ("lo_80", "yhat"), ("yhat", "hi_80"), ("hi_80", "hi_95")):
        assert made.filter(pl.col(low) > pl.col(high)).is_empty()


def test_bounds_of_a_branch_move_with_its_point() -> None:
    made = coherent(frame({"": 300.0, "a": 100.0, "b": 100.0}), "")
    a = made.filter(pl.col("unique_id") == "a")
    assert a.select(BAND_COLUMNS).row(0) == (150.0, 120.0, 180.0, 90.0, 210.0)


def test_without_a_company_branches_are_only_rounded() -> None:
    made = coherent(frame({"a": 1.005, "b": 2.0}), "")
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
    fit = Fit("m", band, (Held(band + 1, band + 2, np.arange(6.0), True),))
    assert store.get(task) is None
    store.put(task, fit)
    found = store.get(Task(np.arange(30.0), 12, 6, 2))
    assert found is not None
    assert found.model == "m"
    assert np.array_equal(found.band, band)
    assert np.array_equal(found.held[0].actual, np.arange(6.0))
    assert found.held[0].is_mature
    for other in (
        Task(np.arange(31.0), 12, 6, 2),
        Task(np.arange(30.0), 4, 6, 2),
        Task(np.arange(30.0), 12, 3, 2),
        Task(np.arange(30.0), 12, 6, 2, np.ones(36)),
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


def test_history_ends_where_the_month_has_ended_everywhere() -> None:
    def branch(name: str, last: int) -> pl.DataFrame:
        months = [date(2026, month, 1) for month in range(1, last + 1)]
        return pl.DataFrame({"unique_id": name, "ds": months, "y": 1.0})

    kept = common_months(pl.concat([branch("east", 10), branch("west", 9), branch("shut", 4)]))
    assert kept.group_by("unique_id").agg(pl.col("ds").max()).sort("unique_id").rows() == [
        ("east", date(2026, 9, 1)),
        ("west", date(2026, 9, 1)),
    ]
