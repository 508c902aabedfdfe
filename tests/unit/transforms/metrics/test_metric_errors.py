"""What is said of a question that cannot be answered: near words, and the right that is missing.

What the metric layer refuses stands in the tests of its answers.
"""

from datetime import date

import pytest

from crm_core.enums import Resource
from transforms.lake.access import COLUMN_RESOURCES, RESOURCES, right_for
from transforms.metrics.errors import GrainImpossible, MetricNotAllowed, UnknownPeriod, nearest
from transforms.metrics.period import Period
from transforms.metrics.query import MetricQuery

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
MANY = [f"metric_{number}" for number in range(20)] + ["bookings", "booked_amount"]


def test_near_words_are_named_best_first() -> None:
    assert nearest("bookngs", MANY) == "did you mean bookings, booked_amount?"
    assert nearest("BOOKED_AMOUNTS", MANY).startswith("did you mean booked_amount")


def test_without_a_near_word_few_are_listed_and_many_are_counted() -> None:
    assert nearest("xyz", ["branch", "service_type"]) == "known: branch, service_type"
    assert nearest("xyz", []) == "known: none"
    assert nearest("zzz", MANY) == "22 are known; list them with `crm metric list`"


@pytest.mark.parametrize(
    ("needed", "right"),
    [
        ("marts.fct_payments", Resource.PAYMENT),
        ("marts.dim_users", Resource.USER),
        ("marts.fct_claims.settled_amount", Resource.CLAIM),
        ("marts.fct_lead_scores.expected_profit_amount", Resource.LEDGER),
        ("marts.fct_unlisted", Resource.WAREHOUSE),
    ],
)
def test_a_refusal_names_the_right_that_is_missing(needed: str, right: Resource) -> None:
    assert right_for(needed) == right
    refused = MetricNotAllowed.of("some_metric", needed)
    assert refused.line == (
        f"some_metric needs {needed}, which your role may not read:"
        f" ask your administrator for the right to read {right}"
    )


def test_every_relation_that_somebody_may_not_read_has_a_right() -> None:
    for name, resource in RESOURCES.items():
        assert resource is None or right_for(name) == resource
    for column, resource in COLUMN_RESOURCES.items():
        assert right_for(f"marts.fct_job_profits.{column}") == resource


def test_an_unknown_grain_or_comparison_lists_the_known() -> None:
    with pytest.raises(GrainImpossible, match="no grain 'fortnight': use day, week, month"):
        MetricQuery(("bookings",), OCTOBER, grain="fortnight")  # type: ignore[arg-type]
    with pytest.raises(UnknownPeriod, match="no comparison 'budget': use previous, last_year"):
        MetricQuery(("bookings",), OCTOBER, compare="budget")  # type: ignore[arg-type]
