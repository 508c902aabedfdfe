"""Rules about stock, as pure functions: what is available, what to order, what is late or slow.

Reading and writing stock is in `inventory`, ordering in `purchasing`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from crm_core.money import cents

RENTAL_DAYS = timedelta(days=14)
"""A rented item that is out for longer is charged."""
SLOW_DAYS = timedelta(days=90)
UNIT_COST_PLACES = Decimal("0.0001")
ZERO = Decimal(0)


class StockFlag(StrEnum):
    STOCK_OUT = "STOCK_OUT"
    SLOW_MOVER = "SLOW_MOVER"


@dataclass(frozen=True)
class StockFacts:
    """An item as the reorder rule sees it; `on_order` is what was ordered and did not come yet."""

    quantity: Decimal
    reserved: Decimal
    min_quantity: Decimal
    max_quantity: Decimal | None
    on_order: Decimal = ZERO
    pack_quantity: Decimal = Decimal(1)
    least_quantity: Decimal | None = None
    """The smallest amount worth ordering."""


@dataclass(frozen=True)
class Rented:
    """So many of an item went out for a journey or, when negative, came back, on a day."""

    on: date
    quantity: Decimal


def available(quantity: Decimal, reserved: Decimal) -> Decimal:
    """What may still be promised or sold; negative where more is promised than there is."""
    return quantity - reserved


def reorder_quantity(facts: StockFacts) -> Decimal:
    """How much to order in whole packs; zero where enough is there or on its way.

    Due when what is available has come down to the minimum; fills up to the maximum, or to twice
    the minimum.
    """
    there = available(facts.quantity, facts.reserved)
    if there > facts.min_quantity:
        return ZERO
    level = facts.max_quantity if facts.max_quantity is not None else 2 * facts.min_quantity
    missing = level - there - facts.on_order
    if missing <= 0:
        return ZERO
    missing = max(missing, facts.least_quantity or ZERO)
    packs = (missing / facts.pack_quantity).to_integral_value(ROUND_CEILING)
    return packs * facts.pack_quantity


def flags(available_quantity: Decimal, last_moved_on: date | None, today: date) -> set[StockFlag]:
    """What a list of stock points out about an item."""
    found = set()
    if available_quantity <= 0:
        found.add(StockFlag.STOCK_OUT)
    elif last_moved_on is not None and today - last_moved_on > SLOW_DAYS:
        found.add(StockFlag.SLOW_MOVER)
    return found


def not_back(movements: Iterable[Rented], today: date) -> Decimal:
    """How many of a rented item are out for more than 14 days; what came back, went out first."""
    moves = sorted(movements, key=lambda each: each.on)
    back = -sum((each.quantity for each in moves if each.quantity < 0), ZERO)
    late = sum(
        (each.quantity for each in moves if each.quantity > 0 and today - each.on > RENTAL_DAYS),
        ZERO,
    )
    return max(late - back, ZERO)


def charge(quantity: Decimal, unit_price_amount: Decimal) -> Decimal:
    """What items that did not come back cost the customer, in cents."""
    return cents(quantity * unit_price_amount)


def mean_cost(
    quantity: Decimal, unit_cost: Decimal, more: Decimal, more_unit_cost: Decimal
) -> Decimal:
    """The unit cost of a stock after more of it was bought, weighted, to four places."""
    there = max(quantity, ZERO)
    total = there * unit_cost + more * more_unit_cost
    return (total / (there + more)).quantize(UNIT_COST_PLACES)
