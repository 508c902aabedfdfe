"""How facts become values, and how spells are cut, joined and counted."""

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from crm_core.simulation.truth import READ
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Row, Unit, by_metric, differences
from crm_core.simulation.truth.reading import Rows, fit, month_ends
from crm_core.simulation.truth.spans import balances, by_months, merged, standing, with_open_seconds
from tests.unit.crm_core.simulation.truth_rows import NOVEMBER, OCTOBER, figures

MIDDAY = date(2026, 10, 15)


def rows() -> Rows:
    return Rows(fit(figures(), READ))


def found(kind: Kind, values: list[object], per: int = 1, **columns: list[object]) -> list[Row]:
    """The rows of one figure over facts of October at one branch."""
    facts = pl.DataFrame({"value": values, **columns}).with_columns(
        pl.lit("here").alias("location_id"), pl.lit(MIDDAY).alias("on")
    )
    dimensions = tuple(name for name in columns if name not in ("num", "den"))
    kpi = Kpi("X01", lambda _: facts, Unit.PERCENT, Direction.UP, "day", dimensions, kind, per=per)
    return by_metric([kpi], rows())["X01"]


def value(kind: Kind, values: list[object], per: int = 1, **columns: list[object]) -> str | None:
    return next(r[4] for r in found(kind, values, per, **columns) if r[0] == "HERE" and not r[2])


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (Kind.MEDIAN, [3, 1, 2], "200.000000"),
        (Kind.MEDIAN, [4, 1, 2, 3, None], "250.000000"),
        (Kind.P90, [10], "1000.000000"),
        (Kind.P90, [1, 2, 3], "280.000000"),
        (Kind.P95, [0, 1], "95.000000"),
        (Kind.MAX, [1, 7, 3], "700.000000"),
        (Kind.SUM, [1, 7, 3], "11"),
    ],
)
def test_values_of_a_group(kind: Kind, values: list[object], expected: str) -> None:
    assert value(kind, values) == expected


def test_a_quotient_is_rounded_half_up_and_nothing_without_a_denominator() -> None:
    half = found(Kind.RATIO, [0, 0], num=[1, 0], den=[100_000_000, 100_000_000])
    assert ("HERE", OCTOBER, "", "", "0.000001", "1", "200000000") in half
    none = found(Kind.RATIO, [0], num=[1], den=[0])
    assert ("HERE", OCTOBER, "", "", None, "1", "0") in none


def test_shares_are_of_all_members_together() -> None:
    shares = {(r[0], r[3]): r[4] for r in found(Kind.SHARE, [1, 3], reason=["a", None])}
    assert shares == {
        ("HERE", "a"): "25.000000",
        ("HERE", "unknown"): "75.000000",
        ("*", "a"): "25.000000",
        ("*", "unknown"): "75.000000",
    }


def test_a_difference_is_exact_before_it_is_rounded() -> None:
    kpi = Kpi(
        "X03", lambda _: pl.DataFrame(), Unit.POINTS, Direction.UP, "day", (), Kind.DIFFERENCE,
        of=("a", "b"),
    )  # fmt: skip
    known: dict[str, list[Row]] = {
        "a": [("HERE", OCTOBER, "", "", "33.333333", "1", "3")],
        "b": [("HERE", OCTOBER, "", "", "14.285714", "1", "7")],
    }
    assert next(differences(kpi, known))[4] == "19.047619"


def test_a_branch_nobody_owns_is_named() -> None:
    facts = pl.DataFrame({"value": [1], "location_id": [None], "on": [MIDDAY]}).with_columns(
        pl.col("location_id").cast(pl.String)
    )
    kpi = Kpi("X01", lambda _: facts, Unit.NUMBER, Direction.UP, "day")
    places = {(r[0], r[2], r[3]) for r in by_metric([kpi], rows())["X01"]}
    assert places == {("Unassigned", "", ""), ("*", "", ""), ("*", "province", "Unassigned")}


def test_month_ends_stop_at_the_last_day() -> None:
    assert month_ends(date(2026, 9, 5), date(2026, 10, 31)) == [
        date(2026, 9, 30), date(2026, 10, 31),
    ]  # fmt: skip
    assert month_ends(date(2026, 9, 5), date(2026, 10, 3)) == [
        date(2026, 9, 30), date(2026, 10, 3),
    ]  # fmt: skip


def test_a_spell_stands_from_its_first_day_until_the_day_before_its_end() -> None:
    ends = [date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 10)]
    spells = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d"],
            "from": [date(2026, 9, 30), date(2026, 9, 1), date(2026, 10, 5), None],
            "to": [date(2026, 10, 31), date(2026, 9, 30), None, None],
        }
    )
    standing_then = standing(spells, "from", "to", ends).select("id", "on").rows()
    assert standing_then == [("a", ends[0]), ("c", ends[1]), ("c", ends[2])]


def test_spells_are_joined_and_cut_at_the_month() -> None:
    spells = pl.DataFrame(
        {
            "id": ["a", "a", "a", "b"],
            "start": [datetime(2026, 10, 31, day) for day in (1, 2, 20, 1)],
            "stop": [
                datetime(2026, 10, 31, 5), datetime(2026, 10, 31, 3), datetime(2026, 11, 1, 2),
                datetime(2026, 10, 31, 1),
            ],
        },
        schema_overrides={"start": pl.Datetime("ms"), "stop": pl.Datetime("ms")},
    )  # fmt: skip
    whole = merged(spells, ["id"], "start", "stop")
    cut = by_months(whole, "start", "stop").select("on", "start", "stop").rows()
    assert cut == [
        (OCTOBER, datetime(2026, 10, 31, 1), datetime(2026, 10, 31, 5)),
        (OCTOBER, datetime(2026, 10, 31, 20), datetime(2026, 11, 1)),
        (NOVEMBER, datetime(2026, 11, 1), datetime(2026, 11, 1, 2)),
    ]


def test_balances_run_on_by_day() -> None:
    events = pl.DataFrame(
        {
            "id": ["a", "a", "a", "b"],
            "on": [OCTOBER, OCTOBER, NOVEMBER, OCTOBER],
            "amount": [Decimal("5.00"), Decimal("1.00"), Decimal("-6.00"), Decimal("2.00")],
        }
    )
    assert balances(events, "id", "on", "amount").sort("id", "from").rows() == [
        ("a", OCTOBER, NOVEMBER, Decimal("6.00")),
        ("a", NOVEMBER, None, Decimal("0.00")),
        ("b", OCTOBER, None, Decimal("2.00")),
    ]


def test_open_hours_skip_nights_and_closed_days() -> None:
    """The branch is open on Mondays and Tuesdays from nine to five."""
    walls = [datetime(2026, 10, 5, 8), datetime(2026, 10, 5, 10), datetime(2026, 10, 6, 10),
             datetime(2026, 10, 10, 12), datetime(2026, 10, 12, 12)]  # fmt: skip
    at = pl.DataFrame({"location_id": ["here"] * 5, "wall": walls}).with_columns(
        pl.col("wall").cast(pl.Datetime("ms"))
    )
    counted = with_open_seconds(rows(), at, "wall", "open")["open"].to_list()
    assert [(upto - counted[0]) // 3600 for upto in counted] == [0, 1, 9, 16, 19]
    nowhere = with_open_seconds(rows(), at.with_columns(location_id=pl.lit("far")), "wall", "open")
    assert nowhere["open"].null_count() == 5
