"""The status of an invoice as a function of its facts, held against its state machine."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.enums import InvoiceStatus as Status
from crm_core.services.finance.invoices import Facts, status_of
from crm_core.services.machines.finance import INVOICE

ISSUED_ON = date(2026, 11, 20)
ISSUED = Facts(
    total_amount=Decimal(100),
    received_amount=Decimal(0),
    refunded_amount=Decimal(0),
    due_on=ISSUED_ON,
    is_issued=True,
    is_viewed=False,
    is_cancelled=False,
)


@pytest.mark.parametrize(
    ("change", "days", "expected"),
    [
        ({}, 0, Status.SENT),
        ({"is_issued": False, "due_on": None}, 9, Status.DRAFT),
        ({"is_viewed": True}, 0, Status.VIEWED),
        ({"received_amount": Decimal("0.01")}, 0, Status.PARTIAL_PAID),
        ({"received_amount": Decimal("99.99")}, 0, Status.PARTIAL_PAID),
        ({"received_amount": Decimal(100)}, 0, Status.PAID),
        ({"received_amount": Decimal(100)}, 9, Status.PAID),
        ({}, 1, Status.OVERDUE),
        ({"received_amount": Decimal(40)}, 1, Status.OVERDUE),
        ({"received_amount": Decimal(100), "refunded_amount": Decimal(100)}, 9, Status.REFUNDED),
        ({"received_amount": Decimal(100), "refunded_amount": Decimal(1)}, 0, Status.PARTIAL_PAID),
        ({"is_cancelled": True}, 9, Status.CANCELLED),
    ],
)
def test_facts_give_the_status(change: dict[str, object], days: int, expected: Status) -> None:
    facts = ISSUED._replace(**change)  # type: ignore[arg-type]
    assert status_of(facts, ISSUED_ON + timedelta(days=days)) == expected


steps = st.one_of(
    st.just("view"),
    st.just("day"),
    st.tuples(st.sampled_from(["pay", "refund"]), st.integers(1, 100)),
)


@given(st.lists(steps, max_size=20))
def test_whatever_happens_the_machine_allows_it(events: list[object]) -> None:
    """Payments while something is owed and refunds of what was paid, in any order."""
    facts, today = ISSUED, ISSUED_ON
    status = status_of(facts, today)
    for event in events:
        facts, today = _after(facts, today, event, status)
        following = status_of(facts, today)
        possible = {after for (before, _), after in INVOICE.moves.items() if before == status}
        assert following == status or following in possible
        status = following


def _after(facts: Facts, today: date, event: object, status: Status) -> tuple[Facts, date]:
    owed = facts.total_amount - facts.received_amount + facts.refunded_amount
    if event == "view":
        return facts._replace(is_viewed=True), today
    if event == "day":
        return facts, today + timedelta(days=1)
    assert isinstance(event, tuple)
    kind, amount = event[0], Decimal(event[1])
    if kind == "pay" and amount <= owed and status is not Status.REFUNDED:
        return facts._replace(received_amount=facts.received_amount + amount), today
    if kind == "refund" and amount <= facts.received_amount - facts.refunded_amount:
        return facts._replace(refunded_amount=facts.refunded_amount + amount), today
    return facts, today
