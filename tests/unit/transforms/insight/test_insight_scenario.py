"""What levers do to a published forecast, asked at a door; and what is refused."""

from decimal import Decimal

import pytest

from tests.unit.transforms.insight.insight_door import InsightDoor
from transforms.insight.scenario import ForecastMissing, levers_of, scenario
from transforms.insight.told import findings, moves
from transforms.insight.whatif import LeverTooFar


def test_the_levers_of_a_metric_are_told_with_what_is_known_of_them() -> None:
    price, marketing = levers_of(InsightDoor(), "bookings")
    assert price.name == "price" and price.is_known
    assert price.pull is not None
    assert (price.pull.low, price.pull.high) == pytest.approx((-1.9, -1.1))
    assert marketing.pull is not None and not marketing.is_known
    crew, capacity = levers_of(InsightDoor(), "jobs_completed")
    assert crew.pull is None and not capacity.is_known


def test_a_dearer_price_books_less_of_company_and_branch_alike() -> None:
    door = InsightDoor()
    whole, one = (scenario(door, "bookings", {"price": 0.1}, place) for place in (None, "HALI"))
    assert len(whole.points) == 6
    assert [point.value for point in one.points] == [Decimal("100.00")] * 6
    assert whole.points[0].changed == Decimal(repr(200 * 1.1**-1.5)).quantize(Decimal("0.01"))
    for point in (*whole.points, *one.points):
        assert point.changed_low < point.changed < point.changed_high
        assert point.changed < point.value
    assert whole.share is not None and -0.14 < whole.share < -0.13
    assert whole.changed_total == sum(point.changed for point in whole.points)


def test_a_lever_left_alone_changes_nothing() -> None:
    made = scenario(InsightDoor(), "bookings", {"price": 0.0, "marketing": 0.0})
    assert made.changes == {}
    assert made.share == 0
    assert all(point.changed == point.value for point in made.points)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"marketing": 0.1}, "nothing is known of what marketing does"),
        ({"crew": 0.1}, "nothing is known of what crew does"),
        ({"price": -0.6}, "at most ±50%"),
    ],
)
def test_what_the_past_does_not_tell_is_refused(changes: dict[str, float], reason: str) -> None:
    with pytest.raises(LeverTooFar, match=reason):
        scenario(InsightDoor(), "bookings", changes)


def test_without_estimates_in_the_door_nothing_can_be_moved() -> None:
    door = InsightDoor("marts.fct_elasticities")
    assert not any(lever.is_known for lever in levers_of(door, "bookings"))
    with pytest.raises(LeverTooFar):
        scenario(door, "bookings", {"price": 0.1})


@pytest.mark.parametrize(
    ("door", "metric", "branch", "reason"),
    [
        (InsightDoor(), "receivables", None, "no lever moves 'receivables'"),
        (InsightDoor(), "bookings", "NOPE", "of branch NOPE"),
        (InsightDoor(), "booked_amount", None, "of the whole company"),
        (InsightDoor("marts.fct_forecasts"), "bookings", None, "of the whole company"),
    ],
)
def test_without_a_forecast_it_is_said_which_one_is_missing(
    door: InsightDoor, metric: str, branch: str | None, reason: str
) -> None:
    with pytest.raises(ForecastMissing, match=reason):
        scenario(door, metric, {}, branch)


def test_moves_are_told_company_first_then_the_largest_change() -> None:
    found = moves(InsightDoor())
    assert [(move.metric, move.place) for move in found] == [
        (metric, place)
        for metric in ("booked_amount", "quote_booking_rate")
        for place in (None, "Halifax", "Vancouver")
    ]
    for move in found:
        assert sum(move.effects.values()) == move.change
    assert found[0].sentence("en-CA") == "booked_amount at the company fell"
    assert found[0].sentence("fr-CA") == "booked_amount, the company : baisse"
    assert {move.place for move in moves(InsightDoor(), ["VANC"])} == {"Vancouver"}
    assert moves(InsightDoor("marts.fct_kpi_moves")) == []


def test_what_was_odd_is_told_newest_first() -> None:
    assert [odd.place for odd in findings(InsightDoor())] == ["Halifax", "Vancouver"]
    assert [odd.is_current for odd in findings(InsightDoor(), ["VANC"])] == [False]
    assert findings(InsightDoor("marts.fct_findings")) == []
