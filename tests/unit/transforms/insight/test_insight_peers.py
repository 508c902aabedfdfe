"""Percentiles are told of enough peers, none too large; sentences say the numbers."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from tests.unit.transforms.insight.test_insight_decompose import cells
from transforms.insight.decompose import decompose
from transforms.insight.peers import among_branches, among_tenants
from transforms.insight.sentence import Figure, move_sentence, odd_sentence

MONTH = date(2026, 10, 1)


def tenants(weights: list[float]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "client_id": [f"t{n}" for n in range(len(weights))],
            "metric_name": "average_job_value",
            "month_on": MONTH,
            "value": [1000.0 + 123.456 * n for n in range(len(weights))],
            "weight": weights,
        }
    )


def test_five_tenants_of_like_size_make_a_benchmark() -> None:
    assert among_tenants(tenants([1.0] * 5)).rows() == [
        ("average_job_value", MONTH, 5, 1120.0, 1250.0, 1370.0)
    ]


@pytest.mark.parametrize("weights", [[1.0] * 4, [10.0, 1, 1, 1, 1, 1], [0.0] * 6])
def test_few_or_unequal_tenants_make_none(weights: list[float]) -> None:
    assert among_tenants(tenants(weights)).is_empty()


def test_branches_are_compared_within_their_tenant() -> None:
    figures = pl.concat(
        [
            tenants([1.0] * count).select(
                pl.lit(client).alias("client_id"),
                pl.col("client_id").alias("location_id"),
                "metric_name",
                "month_on",
                pl.Series("value", [*range(count - 1), None], dtype=pl.Float64),
            )
            for client, count in (("large", 8), ("small", 5))
        ]
    )
    assert among_branches(figures).rows() == [("large", "average_job_value", MONTH, 7, 1.5, 3, 4.5)]


REVENUE = Figure({"en_CA": "Service revenue", "fr_CA": "Revenu de service"}, "money", "CAD")


def test_a_move_in_both_languages() -> None:
    value = [Decimal(1000)] * 18
    dearer = [Decimal(1100)] * 18
    move = decompose(cells([2] * 18, value, [2] * 18, dearer))
    months = (date(2026, 9, 1), MONTH)
    assert move_sentence(REVENUE, "Vancouver", months, move, "en_CA") == (
        "Service revenue at Vancouver rose by $1,800 (10.0 %) from $18,000 in September 2026 to"
        " $19,800 in October 2026: the rate +$1,800."
    )
    french = move_sentence(REVENUE, None, months, move, "fr_CA").replace("\xa0", " ")
    assert french.replace("\u202f", " ") == (
        "Revenu de service, toute l'entreprise : hausse de 1 800 $ (10,0 %), de 18 000 $"
        " (septembre 2026) à 19 800 $ (octobre 2026) : le taux +1 800 $."
    )


def test_an_anomaly_in_both_languages() -> None:
    rate = Figure({"en_CA": "Bookings", "fr_CA": "Réservations"}, "count", "CAD")
    found = (Decimal("61.5"), Decimal("82"), Decimal("-3.4"))
    span = (date(2026, 8, 1), MONTH)
    assert odd_sentence(rate, "Halifax", "month", span, *found, "en_CA") == (
        "Bookings at Halifax: 61.5 a month (August 2026 – October 2026), 25.0 % below the 82"
        " expected (3.4 standard deviations)."
    )
    week = (date(2026, 9, 28), date(2026, 10, 12))
    assert odd_sentence(rate, "Halifax", "week", week, *found, "fr_CA") == (
        "Réservations, Halifax : 61,5 par semaine (du 28 sept. au 18 oct. 2026), soit 25,0 %"
        " au-dessous des 82 attendus (3,4 écarts-types)."
    )


def test_a_rate_moves_by_points_not_by_percent() -> None:
    rate = Figure({"en_CA": "Booking rate", "fr_CA": "Taux de réservation"}, "percent", "CAD")
    found = (Decimal("0.185"), Decimal("0.20"), Decimal("-3.4"))
    span = (MONTH, MONTH)
    assert ", 1.5 points below the 20.0" in odd_sentence(
        rate, "Halifax", "month", span, *found, "en_CA"
    )
    assert ", soit 1,5 point au-dessous" in odd_sentence(
        rate, "Halifax", "month", span, *found, "fr_CA"
    )
