"""Series that are watched hold whole periods only, of branches while they are open."""

from datetime import date

import numpy as np
import polars as pl

from transforms.insight.kpis import Branch
from transforms.insight.watch import COMPANY, MONTH, WEEK, grain_of, panel_of

GOING = Branch("going", "Going", date(2026, 11, 10), None)
CLOSED = Branch("closed", "Closed", date(2026, 11, 10), date(2026, 8, 15))
PLACES = [CLOSED, GOING]


def rows(*figures: tuple[str | None, date, float, float | None]) -> pl.DataFrame:
    return pl.DataFrame(
        figures,
        schema={
            "location_id": pl.String,
            "starts_on": pl.Date,
            "over": pl.Float64,
            "under": pl.Float64,
        },
        orient="row",
    )


def month(number: int) -> date:
    return date(2026, number, 1)


SUMS = rows(
    *((("going"), month(n), 10.0 * n, None) for n in (5, 6, 8, 9, 10, 11)),
    *(("closed", month(n), 1.0, None) for n in (5, 6, 7, 8)),
    (None, month(9), 7.0, None),
)


def test_periods_are_whole_and_a_month_without_rows_is_zero() -> None:
    panel = panel_of(SUMS, PLACES, MONTH, month(5))
    assert panel is not None and panel.first == MONTH.position(month(6))
    series = dict(zip(panel.ids, panel.y, strict=True))
    assert series["going"].tolist() == [60, 0, 80, 90, 100]
    np.testing.assert_equal(series["closed"], [1, 1, np.nan, np.nan, np.nan])
    assert series[COMPANY].tolist() == [61, 1, 81, 97, 100]


def test_a_ratio_without_work_is_unknown_and_the_company_is_no_mean_of_ratios() -> None:
    ratios = rows(
        *(("going", month(n), float(n), 10.0) for n in (5, 6, 8, 9, 10)),
        *(("closed", month(n), 3.0, 3.0) for n in (5, 6, 7)),
    )
    panel = panel_of(ratios, PLACES, MONTH, month(5))
    assert panel is not None
    series = dict(zip(panel.ids, panel.y, strict=True))
    np.testing.assert_equal(series["going"], [0.6, np.nan, 0.8, 0.9, 1.0])
    np.testing.assert_equal(series[COMPANY][:2], [9 / 13, 1.0])


def test_nothing_before_all_figures_are_on_record() -> None:
    panel = panel_of(SUMS, PLACES, MONTH, month(8))
    assert panel is not None and MONTH.start(panel.first) == month(9)
    assert panel_of(SUMS, PLACES, MONTH, month(10)) is None
    assert panel_of(SUMS, PLACES, MONTH, None) is None
    assert panel_of(SUMS.clear(), PLACES, MONTH, month(5)) is None


def test_a_young_tenant_is_watched_by_weeks() -> None:
    assert grain_of(month(5), PLACES) is WEEK
    assert grain_of(date(2024, 10, 1), PLACES) is MONTH
    assert grain_of(None, PLACES) is WEEK


def test_positions_and_days_are_inverse() -> None:
    for grain in (MONTH, WEEK):
        for position in range(grain.position(date(2020, 1, 1)), grain.position(date(2021, 1, 1))):
            assert grain.position(grain.start(position)) == position
    assert WEEK.start(WEEK.position(date(2026, 11, 22))) == date(2026, 11, 16)
