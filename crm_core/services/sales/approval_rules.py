"""When an offer needs somebody's release, and whose: rules over its lines and totals.

Pure; asking for a release and giving it is `sales.quote_approval`.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from crm_core.enums import UserRole
from crm_core.services.finance.pricing import ZERO, Line, Totals

FREE_DISCOUNT = Decimal("0.10")
LEAST_MARGIN = Decimal("0.20")
LONGEST_FREE_VALIDITY = timedelta(days=60)
MANAGER_DISCOUNT = Decimal("0.15")
"""The largest share off that is released below head office."""
_HEAD_OFFICE = frozenset({UserRole.ADMIN, UserRole.SUPER_ADMIN})


class Reason(StrEnum):
    """Why an offer needs a release."""

    DISCOUNT = "DISCOUNT"
    MARGIN = "MARGIN"
    VALIDITY = "VALIDITY"
    TOTAL = "TOTAL"


def reasons(
    lines: Sequence[Line], totals: Totals, validity: timedelta, largest_total: Decimal | None
) -> list[Reason]:
    """Why the offer needs a release; empty when it does not.

    More than a tenth off, a margin below a fifth, more than sixty days of validity, or a total
    above the tenant's limit.
    """
    left = margin(lines, totals.discount_amount)
    found = {
        Reason.DISCOUNT: share_off(lines, totals.discount_amount) > FREE_DISCOUNT,
        Reason.MARGIN: left is not None and left < LEAST_MARGIN,
        Reason.VALIDITY: validity > LONGEST_FREE_VALIDITY,
        Reason.TOTAL: largest_total is not None and totals.total_amount > largest_total,
    }
    return [reason for reason, holds in found.items() if holds]


def share_off(lines: Sequence[Line], discount_amount: Decimal) -> Decimal:
    """What lines and the whole take off, as a share of the selected lines before discounts."""
    chosen = [line for line in lines if line.is_selected]
    gross = sum((line.gross_amount for line in chosen), ZERO)
    off = sum((line.discount_amount for line in chosen), discount_amount)
    return off / gross if gross else ZERO


def margin(lines: Sequence[Line], discount_amount: Decimal) -> Decimal | None:
    """What is left of the net amount after estimated costs, as a share of it.

    None when the cost of a selected line is not known, or nothing is charged.
    """
    chosen = [line for line in lines if line.is_selected]
    costs = [
        line.estimated_cost_amount for line in chosen if line.estimated_cost_amount is not None
    ]
    net = sum((line.total_amount for line in chosen), -discount_amount)
    if len(costs) < len(chosen) or net <= 0:
        return None
    return (net - sum(costs, ZERO)) / net


def largest_share_off(role: UserRole) -> Decimal | None:
    """The largest share off that a role may release; None for no limit."""
    return None if role in _HEAD_OFFICE else MANAGER_DISCOUNT
