"""How customers pay their bills: deposits, balances, parts, failures, refunds, fees.

The rows of invoices and payments are made in `crm_core.simulation.invoices` and `payments`.
"""

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crm_core.enums import PaymentCategory, PaymentMethod, PaymentStatus
from crm_core.simulation import market
from crm_core.simulation.bills import Bills, Why
from crm_core.simulation.frames import NEVER, Cents, Mask, draw
from crm_core.simulation.jobs import HOUR, MINUTE
from crm_core.simulation.organisation import World
from crm_core.simulation.zones import DAY, Index, Seconds

# Method, share among people, share among firms.
METHODS: Final = (
    (PaymentMethod.CREDIT_CARD, 0.46, 0.15),
    (PaymentMethod.DEBIT_CARD, 0.20, 0.00),
    (PaymentMethod.BANK_TRANSFER, 0.20, 0.60),
    (PaymentMethod.CASH, 0.09, 0.00),
    (PaymentMethod.STRIPE, 0.03, 0.00),
    (PaymentMethod.CHECK, 0.02, 0.25),
)
GATEWAYS: Final = {PaymentMethod.CREDIT_CARD: "square", PaymentMethod.STRIPE: "stripe"}
THROUGH_GATEWAY = np.array([method in GATEWAYS for method, _, _ in METHODS])
DEBIT = [method for method, _, _ in METHODS].index(PaymentMethod.DEBIT_CARD)
CARD_FEE_PER_MILLE, CARD_FEE_CENTS, DEBIT_FEE_CENTS = 29, 30, 10
FAILURE_SHARE = 0.03
REFUND_SHARE = 0.004

# How people pay: at once, a deposit and the rest, late, half and the rest late, never.
AT_ONCE, DEPOSIT_FIRST, LATE, IN_HALVES, NOT_AT_ALL = range(5)
PEOPLES_HABITS: Final = (0.835, 0.08, 0.055, 0.02, 0.01)
RENTERS_HABITS: Final = (0.925, 0.0, 0.063, 0.0, 0.012)
FIRMS_HABITS: Final = (0.0, 0.0, 0.86, 0.13, 0.01)
CATEGORIES: Final = (
    PaymentCategory.DEPOSIT,
    PaymentCategory.BALANCE_DUE,
    PaymentCategory.REFUND,
)
STATUSES: Final = (PaymentStatus.COMPLETED, PaymentStatus.FAILED, PaymentStatus.REFUNDED)
DEPOSIT, BALANCE, REFUND = range(3)
COMPLETED, FAILED, REFUNDED = range(3)


@dataclass(frozen=True)
class Payments:
    """One row per payment, attempt or refund."""

    bill: Index
    amount: Cents
    fee: Cents
    method: Index
    category: Index
    status: Index
    received_at: Seconds
    refund_of: Index
    """Row of the payment that is returned, -1 for all others."""

    def __len__(self) -> int:
        return len(self.bill)

    def with_more(self, rows: Index, **changed: NDArray[np.int64] | int) -> "Payments":
        """The same payments, followed by copies of some rows with other values."""
        return Payments(
            **{
                f.name: np.concatenate(
                    [
                        getattr(self, f.name),
                        np.broadcast_to(
                            changed.get(f.name, getattr(self, f.name)[rows]), len(rows)
                        ),
                    ]
                )
                for f in fields(self)
            }
        )

    def with_rent(self, rent: "Payments") -> "Payments":
        """The same payments, followed by those of rent, which is never refunded."""
        pairs = {f.name: (getattr(self, f.name), getattr(rent, f.name)) for f in fields(self)}
        return Payments(**{name: np.concatenate(pair) for name, pair in pairs.items()})

    def received(self, bills: int) -> Cents:
        """By bill: money that came in, whatever became of it later."""
        return self._sum(bills, (self.status != FAILED) & (self.category != REFUND))

    def returned(self, bills: int) -> Cents:
        """By bill: money that was given back."""
        return self._sum(bills, self.category == REFUND)

    def _sum(self, bills: int, rows: Mask) -> Cents:
        amounts = np.zeros(bills, dtype=np.int64)
        np.add.at(amounts, self.bill[rows], self.amount[rows])
        return amounts


def payments(world: World, made: Bills) -> Payments:
    """Everything that was paid, tried or returned by the end of the history: work, then rent."""
    is_open = (made.issued_at <= world.as_of) & (made.priced.total > 0)
    work, rent = (
        _payments(world, world.rng(purpose), made, np.flatnonzero(is_open & (made.why == why)))
        for purpose, why in (("payments", Why.WORK), ("rent payments", Why.RENT))
    )
    return work.with_rent(rent)


def _payments(world: World, rng: np.random.Generator, made: Bills, payable: Index) -> Payments:
    """The payments of some bills."""
    method = _methods(rng, made.customer_type[payable])
    first, second = _instalments(rng, made, payable)
    bill = np.concatenate([payable, payable])
    amount = np.concatenate([first[0], second[0]])
    received_at = np.concatenate([first[1], second[1]])
    category = np.concatenate([first[2], second[2]])
    good = np.flatnonzero((amount > 0) & (received_at <= world.as_of))
    bill, amount, received_at = bill[good], amount[good], received_at[good]
    method = np.concatenate([method, method])[good]
    paid = Payments(
        bill=bill,
        amount=amount,
        fee=_fees(amount, method),
        method=method,
        category=category[good],
        status=np.full(len(good), COMPLETED, dtype=np.intp),
        received_at=received_at,
        refund_of=np.full(len(good), -1, dtype=np.intp),
    )
    return _with_failures(rng, made, _with_refunds(world, rng, made, paid))


def _methods(rng: np.random.Generator, customer_type: Index) -> Index:
    people = market.shares([share for _, share, _ in METHODS])
    firms = market.shares([share for _, _, share in METHODS])
    count = len(customer_type)
    return np.where(customer_type > 0, draw(rng, firms, count), draw(rng, people, count))


Instalment = tuple[Cents, Seconds, Index]
"""Amount, instant and category, by payable bill."""


def _instalments(
    rng: np.random.Generator, made: Bills, payable: Index
) -> tuple[Instalment, Instalment]:
    """The first and, for some, the second payment of each bill."""
    count = len(payable)
    total, issued = made.priced.total[payable], made.issued_at[payable]
    is_firm = made.customer_type[payable] > 0
    peoples = draw(rng, market.shares(list(PEOPLES_HABITS)), count)
    firms = draw(rng, market.shares(list(FIRMS_HABITS)), count)
    renters = draw(rng, market.shares(list(RENTERS_HABITS)), count)
    is_rent = made.why[payable] == Why.RENT
    habit = np.where(is_rent, renters, np.where(is_firm, firms, peoples))
    soon = issued + rng.integers(2, 60, count) * MINUTE
    median = np.where(is_firm, 15.0, 11.0)
    late = issued + (median * DAY * np.exp(0.75 * rng.standard_normal(count))).astype(np.int64)
    rest = soon + (rng.exponential(3.0, count) * DAY).astype(np.int64) + HOUR
    deposit = total * rng.integers(15, 31, count) // 100 // 1_000 * 1_000
    half = total // 2
    first_amount = np.select(
        [habit == DEPOSIT_FIRST, habit == IN_HALVES, habit == NOT_AT_ALL], [deposit, half, 0], total
    )
    has_second = (habit == DEPOSIT_FIRST) | (habit == IN_HALVES)
    first = (
        first_amount,
        np.where(habit == LATE, late, soon),
        np.where(habit == DEPOSIT_FIRST, DEPOSIT, BALANCE),
    )
    second = (
        np.where(has_second, total - first_amount, 0),
        np.where(habit == IN_HALVES, np.maximum(late, rest), rest),
        np.full(count, BALANCE),
    )
    return first, second


def _fees(amount: Cents, method: Index) -> Cents:
    """What the card companies keep."""
    card = (amount * CARD_FEE_PER_MILLE + 500) // 1000 + CARD_FEE_CENTS
    fee = np.where(THROUGH_GATEWAY[method], card, np.where(method == DEBIT, DEBIT_FEE_CENTS, 0))
    return np.minimum(fee, amount)


def _with_refunds(world: World, rng: np.random.Generator, made: Bills, paid: Payments) -> Payments:
    """A few bills paid at once are returned in full, some days later in office hours."""
    branch = made.branch[paid.bill]
    day = world.zones.local(paid.received_at, branch) // DAY + rng.integers(2, 21, len(paid))
    second = 10 * HOUR + rng.integers(0, 5 * HOUR, len(paid))
    at = world.zones.instants(day * DAY + second, branch)
    is_whole = (paid.amount == made.priced.total[paid.bill]) & (made.why[paid.bill] == Why.WORK)
    is_chosen = is_whole & (rng.random(len(paid)) < REFUND_SHARE) & (at <= world.as_of)
    given_back = replace(paid, status=np.where(is_chosen, REFUNDED, paid.status))
    rows = np.flatnonzero(is_chosen)
    return given_back.with_more(
        rows, category=REFUND, fee=0, status=COMPLETED, received_at=at[rows], refund_of=rows
    )


def _with_failures(rng: np.random.Generator, made: Bills, paid: Payments) -> Payments:
    """Some card payments went through only at the second attempt, a minute later."""
    is_card = THROUGH_GATEWAY[paid.method] & (paid.category != REFUND)
    chosen = np.flatnonzero(is_card & (rng.random(len(paid)) < FAILURE_SHARE))
    tried_at = np.maximum(paid.received_at[chosen] - MINUTE, made.issued_at[paid.bill[chosen]])
    return paid.with_more(chosen, fee=0, status=FAILED, received_at=tried_at, refund_of=-1)


def first_paid_at(paid: Payments, bills: int) -> Seconds:
    """By bill: the instant of its first payment; NEVER without one."""
    first = np.full(bills, NEVER, dtype=np.int64)
    rows = (paid.status != FAILED) & (paid.category != REFUND)
    np.minimum.at(first, paid.bill[rows], paid.received_at[rows])
    return first


def last_paid_at(paid: Payments, bills: int) -> Seconds:
    """By bill: the instant of its last payment; NEVER without one."""
    return _last(paid, bills, (paid.status != FAILED) & (paid.category != REFUND))


def last_returned_at(paid: Payments, bills: int) -> Seconds:
    """By bill: the instant of its last refund; NEVER without one."""
    return _last(paid, bills, paid.category == REFUND)


def _last(paid: Payments, bills: int, rows: Mask) -> Seconds:
    last = np.full(bills, -NEVER, dtype=np.int64)
    np.maximum.at(last, paid.bill[rows], paid.received_at[rows])
    return np.where(last == -NEVER, NEVER, last)
