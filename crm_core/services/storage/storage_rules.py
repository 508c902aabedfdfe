"""What a rental costs, and what storage figures are: prices, discounts, periods, occupancy, MRR.

Pure; bookings are `storage_bookings`, bills `storage_rent`.
"""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID

from crm_core.enums import (
    BillingCycle,
    DiscountPolicyType,
    DiscountType,
    StorageUnitStatus,
)
from crm_core.money import cents

MONTH_DAYS = Decimal("30.4375")
"""Days of a mean month: 365.25 / 12."""
NOTICE = timedelta(days=30)
"""Time between telling a renter of a new price and its first day."""
FULL = Decimal("0.90")
"""Occupancy of a type at a branch from which on somebody is told."""
_ZERO = Decimal("0.00")
_CYCLE_DAYS = {BillingCycle.WEEKLY: 7, BillingCycle.DAILY: 1}
Key = TypeVar("Key")


def cycle_rate(month_amount: Decimal, cycle: BillingCycle) -> Decimal:
    """The rent of one billing cycle from that of a month, to the cent."""
    if cycle is BillingCycle.MONTHLY:
        return month_amount
    return cents(month_amount * _CYCLE_DAYS[cycle] / MONTH_DAYS)


def month_rate(rate_amount: Decimal, cycle: BillingCycle) -> Decimal:
    """The rent of a month of 30.4375 days from that of one cycle, unrounded."""
    if cycle is BillingCycle.MONTHLY:
        return rate_amount
    return rate_amount * MONTH_DAYS / _CYCLE_DAYS[cycle]


class Period(NamedTuple):
    """What one rent invoice covers, both days included, and its share of a cycle's rent."""

    start_on: date
    end_on: date
    share: Decimal


def period_from(start_on: date, cycle: BillingCycle, ends_on: date | None = None) -> Period:
    """The period to bill from a day: to the end of the calendar month, or one week or day.

    A month begun late is billed by its days. `ends_on`, the first free day, cuts the last one.
    """
    if cycle is BillingCycle.MONTHLY:
        days = calendar.monthrange(start_on.year, start_on.month)[1]
        end = start_on.replace(day=days)
    else:
        days = _CYCLE_DAYS[cycle]
        end = start_on + timedelta(days=days - 1)
    if ends_on is not None:
        end = min(end, ends_on - timedelta(days=1))
    return Period(start_on, end, Decimal((end - start_on).days + 1) / days)


class Change(Protocol):
    """A price change that was told."""

    effective_on: date
    new_amount: Decimal


def rate_on(frozen_amount: Decimal, changes: Iterable[Change], on: date) -> Decimal:
    """The rent of one cycle in force on a day: frozen at booking, then as told."""
    told = [change for change in changes if change.effective_on <= on]
    return max(told, key=lambda c: c.effective_on).new_amount if told else frozen_amount


class Policy(Protocol):
    """A rule that takes something off the rent."""

    id: UUID
    location_id: UUID | None
    type: str
    discount_type: str
    rate: Decimal | None
    discount_amount: Decimal | None
    currency: str
    minimum_cycle_count: int | None
    minimum_unit_count: int | None
    valid_from_on: date
    valid_to_on: date | None
    is_active: bool


@dataclass(frozen=True)
class Renter:
    """What discounts look at: the branch, the day, the rent of a cycle, and the customer so far."""

    location_id: UUID
    on: date
    rate_amount: Decimal
    currency: str
    cycle_count: int = 0
    """Cycles that the customer has rented before."""
    unit_count: int = 1
    """Units that the customer rents, this one included."""


def best_discount(policies: Iterable[Policy], renter: Renter) -> tuple[UUID | None, Decimal]:
    """The policy that takes most off the rent of a cycle, and how much; at most one counts."""
    found = [
        (_discount(policy, renter), policy.id) for policy in policies if _applies(policy, renter)
    ]
    amount, policy_id = max(found, key=lambda pair: (pair[0], str(pair[1])), default=(_ZERO, None))
    return (policy_id, amount) if amount > 0 else (None, _ZERO)


def _applies(policy: Policy, renter: Renter) -> bool:
    in_time = policy.valid_from_on <= renter.on and (
        policy.valid_to_on is None or renter.on < policy.valid_to_on
    )
    enough = {
        DiscountPolicyType.LOYALTY: renter.cycle_count >= (policy.minimum_cycle_count or 0),
        DiscountPolicyType.BULK: renter.unit_count >= (policy.minimum_unit_count or 0),
    }
    return (
        policy.is_active
        and in_time
        and policy.location_id in (None, renter.location_id)
        and policy.currency == renter.currency
        and enough.get(DiscountPolicyType(policy.type), True)
    )


def _discount(policy: Policy, renter: Renter) -> Decimal:
    if policy.discount_type == DiscountType.PERCENTAGE:
        amount = cents(renter.rate_amount * (policy.rate or 0))
    else:
        amount = policy.discount_amount or _ZERO
    return min(amount, renter.rate_amount)


class Occupancy(NamedTuple):
    """Units of one kind at one place; those out of service are not rentable."""

    occupied: int
    rentable: int
    out_of_service: int

    @property
    def share(self) -> Decimal | None:
        """Occupied of rentable; nothing where nothing can be rented."""
        return Decimal(self.occupied) / self.rentable if self.rentable else None

    @property
    def is_full(self) -> bool:
        """Whether somebody should be told."""
        return self.share is not None and self.share >= FULL


def occupancy(statuses: Sequence[StorageUnitStatus]) -> Occupancy:
    """How full units are, by their statuses."""
    gone = sum(status is StorageUnitStatus.OUT_OF_SERVICE for status in statuses)
    occupied = sum(status is StorageUnitStatus.OCCUPIED for status in statuses)
    return Occupancy(occupied, len(statuses) - gone, gone)


class Rental(NamedTuple):
    """A booking as MRR sees it: from `starts_on` up to, not including, `ends_on`."""

    key: UUID
    starts_on: date
    ends_on: date | None
    cycle: BillingCycle
    rate_amount: Decimal
    discount_amount: Decimal = _ZERO
    changes: Sequence[Change] = ()


def mrr_by_rental(rentals: Iterable[Rental], on: date) -> dict[UUID, Decimal]:
    """Rent of a mean month of every rental that runs on a day, discounts taken off, in cents."""
    return {
        rental.key: cents(
            month_rate(
                rate_on(rental.rate_amount, rental.changes, on) - rental.discount_amount,
                rental.cycle,
            )
        )
        for rental in rentals
        if rental.starts_on <= on and (rental.ends_on is None or on < rental.ends_on)
    }


class Bridge(NamedTuple):
    """opening + new + expansion - contraction - churn = closing, exactly."""

    opening: Decimal
    new: Decimal
    expansion: Decimal
    contraction: Decimal
    churn: Decimal
    closing: Decimal


def bridge(before: Mapping[Key, Decimal], after: Mapping[Key, Decimal]) -> Bridge:
    """What became of the recurring rent between two days, by rental."""
    changes = [after[key] - before[key] for key in before.keys() & after.keys()]
    return Bridge(
        opening=sum(before.values(), _ZERO),
        new=sum((after[key] for key in after.keys() - before.keys()), _ZERO),
        expansion=sum((change for change in changes if change > 0), _ZERO),
        contraction=-sum((change for change in changes if change < 0), _ZERO),
        churn=sum((before[key] for key in before.keys() - after.keys()), _ZERO),
        closing=sum(after.values(), _ZERO),
    )
