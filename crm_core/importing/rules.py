"""Rules over whole rows: what is mended where days and values do not fit together; pure.

Each returns the row as it is taken and what was changed; `BadValue` says why a row is refused.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from crm_core.importing.cells import Rule
from crm_core.importing.errors import BadValue
from crm_core.importing.records import Bill, Job, JobStatus, Offer, OfferStatus, Opportunity, Stage
from crm_core.importing.spec import RulesSpec

Row = TypeVar("Row", Opportunity, Offer, Job, Bill)
Change = tuple[str, object, object, Rule]
"""Field, before, after, rule."""

_CLOSED = (Stage.WON, Stage.LOST)
_DECIDED = (OfferStatus.ACCEPTED, OfferStatus.REJECTED, OfferStatus.EXPIRED)


@dataclass
class _Mending:
    row: Opportunity
    changes: list[Change]

    def set(self, name: str, after: object, rule: Rule) -> None:
        self.changes.append((name, getattr(self.row, name), after, rule))
        self.row = replace(self.row, **{name: after})  # type: ignore[arg-type]


def opportunity(
    row: Opportunity, rules: RulesSpec, *, list_amount: Decimal | None, last_on: date, today: date,
    has_quotes: bool,
) -> tuple[Opportunity, list[Change]]:  # fmt: skip
    """An opportunity whose days and value fit its stage."""
    mending = _Mending(row, [])
    _days(mending, rules, last_on)
    _value(mending, rules, list_amount, has_quotes)
    for name in ("created_on", "closed_on"):
        _not_after(name, getattr(mending.row, name), today)
    return mending.row, mending.changes


def agree(row: Opportunity, *, is_quoted: bool, is_accepted: bool) -> None:
    """Refuses an opportunity that its quotes contradict."""
    if is_accepted and row.stage is not Stage.WON:
        raise BadValue(f"stage: {row.stage}, but a quote of it is accepted")
    if is_quoted and not is_accepted and row.stage is Stage.WON:
        raise BadValue("stage: won, but none of its quotes is accepted")


def _days(mending: _Mending, rules: RulesSpec, last_on: date) -> None:
    row = mending.row
    if row.stage in _CLOSED:
        if row.closed_on is None:
            raise BadValue(f"closed_on: {row.stage} without the day it closed")
        if row.created_on is None:
            mending.set("created_on", row.closed_on, Rule.CLOSED_DAY)
        elif row.created_on > row.closed_on:
            mending.set("created_on", row.closed_on, Rule.ORDER)
        return
    if row.closed_on is not None:
        mending.set("closed_on", None, Rule.STILL_OPEN)
    if row.created_on is None:
        if not rules.undated_on_last_day:
            raise BadValue("created_on: open without the day it was created")
        mending.set("created_on", last_on, Rule.LAST_DAY)


def _value(
    mending: _Mending, rules: RulesSpec, list_amount: Decimal | None, has_quotes: bool
) -> None:
    row = mending.row
    if row.amount is not None and row.amount < 0:
        raise BadValue(f"amount: {row.amount} is below zero")
    if row.amount or (row.stage is Stage.WON and has_quotes):
        return
    if row.stage is Stage.WON:
        if not (rules.won_at_list_price and list_amount):
            raise BadValue("amount: won without a value")
        mending.set("amount", list_amount, Rule.WON_AT_LIST)
    elif rules.estimate_at_list_price and list_amount:
        mending.set("amount", list_amount, Rule.LIST_PRICE)


def offer(row: Offer, today: date) -> tuple[Offer, list[Change]]:
    """A quote whose days fit its status."""
    if row.amount <= 0:
        raise BadValue(f"amount: {row.amount} is nothing to offer")
    _not_after("created_on", row.created_on, today)
    _not_after("decided_on", row.decided_on, today)
    if row.status not in _DECIDED:
        if row.decided_on is None:
            return row, []
        return _changed(row, "decided_on", None, Rule.STILL_OPEN)
    if row.decided_on is None:
        raise BadValue(f"decided_on: {row.status} without the day it was decided")
    if row.created_on > row.decided_on:
        return _changed(row, "created_on", row.decided_on, Rule.ORDER)
    return row, []


def job(row: Job, today: date) -> tuple[Job, list[Change]]:
    """A job that is done or called off, has been."""
    if row.status is JobStatus.DONE:
        _not_after("service_on", row.service_on, today)
    _not_after("cancelled_on", row.cancelled_on, today)
    if row.status is JobStatus.CANCELLED and row.cancelled_on is None:
        raise BadValue("cancelled_on: cancelled without the day it was called off")
    return row, []


def bill(row: Bill, today: date) -> tuple[Bill, list[Change]]:
    """An invoice, and what was paid of it on a day not before it was issued."""
    if row.amount <= 0:
        raise BadValue(f"amount: {row.amount} is nothing to bill")
    _not_after("issued_on", row.issued_on, today)
    _not_after("paid_on", row.paid_on, today)
    if not row.paid_amount:
        return row, []
    if row.paid_amount < 0:
        raise BadValue(f"paid_amount: {row.paid_amount} is below zero")
    if row.paid_on is None:
        raise BadValue("paid_on: paid without a day")
    if row.paid_on < row.issued_on:
        raise BadValue(f"paid_on: {row.paid_on} is before {row.issued_on}, when it was issued")
    return row, []


def _changed(row: Row, name: str, after: object, rule: Rule) -> tuple[Row, list[Change]]:
    return replace(row, **{name: after}), [(name, getattr(row, name), after, rule)]  # type: ignore[arg-type]


def _not_after(name: str, day: date | None, today: date) -> None:
    if day is not None and day > today:
        raise BadValue(f"{name}: {day} has not come yet")
