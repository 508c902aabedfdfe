"""Exact arithmetic over components: ratios, differences, rounding, and what may not be added.

Nothing here knows SQL, doors or periods.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Literal

from transforms.metrics.catalogue import Metric, Unit
from transforms.metrics.errors import CannotBeAdded

Value = Decimal | None

DIGITS: dict[Unit, int] = {
    "count": 2,  # forecasts of counts have a fraction; counted things are whole by themselves
    "money": 2,
    "percent": 6,
    "days": 2,
    "hours": 2,
    "minutes": 2,
    "seconds": 2,
    "ratio": 6,
}
"""Decimal places of an answer; percent is a fraction of one, so 6 places are 0.0001 %."""


def settle(value: Value, unit: Unit) -> Value:
    """The value rounded half up to its unit's last digit: the one named point of rounding."""
    if value is None:
        return None
    if value == value.to_integral_value() and unit in (
        "count",
        "days",
        "hours",
        "minutes",
        "seconds",
    ):
        return value.to_integral_value()
    return value.quantize(Decimal(1).scaleb(-DIGITS[unit]), rounding=ROUND_HALF_UP)


def ratio(numerator: Value, denominator: Value) -> Value:
    """Sum over sum; None where either is unknown or the denominator is zero."""
    if numerator is None or not denominator:
        return None
    with localcontext(prec=40):
        return numerator / denominator


def difference(value: Value, earlier: Value) -> Value:
    """How much more than earlier; None where either is unknown."""
    return None if value is None or earlier is None else value - earlier


def relative_change(value: Value, earlier: Value) -> Value:
    """The difference as a fraction of the earlier value; None where that is zero or unknown."""
    change = difference(value, earlier)
    return None if change is None or earlier is None else ratio(change, abs(earlier))


def add(metric: Metric, values: Iterable[Value], across: Literal["groups", "time"]) -> Value:
    """The sum of a metric's figures over groups or over time; raises `CannotBeAdded`.

    Unknown values count as nothing; the sum of only unknown ones is unknown.
    """
    if metric.additivity == "non_additive":
        raise CannotBeAdded(
            f"{metric.name} ({metric.label}) cannot be added up: ask for it over the whole instead"
        )
    if metric.additivity == "semi_additive" and across == "time":
        raise CannotBeAdded(
            f"{metric.name} ({metric.label}) is a state: it adds up over branches, not over time"
        )
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None
