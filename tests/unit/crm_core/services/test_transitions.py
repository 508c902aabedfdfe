"""The state machines as data: walked at random, and held against the rules written out."""

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.enums import (
    InvoiceStatus,
    JourneyStage,
    LeadStatus,
    PaymentStatus,
    QuoteStatus,
    StepStatus,
)
from crm_core.services.transitions import (
    INVOICE,
    JOURNEY,
    LEAD,
    PAYMENT,
    QUOTE,
    STEP,
    InvoiceEvent,
    JourneyEvent,
    LeadEvent,
    Machine,
    PaymentEvent,
    QuoteEvent,
    StepEvent,
    TransitionRefused,
    next_state,
)

MACHINES: dict[str, tuple[Machine[Any, Any], type[StrEnum], type[StrEnum]]] = {
    "lead": (LEAD, LeadStatus, LeadEvent),
    "quote": (QUOTE, QuoteStatus, QuoteEvent),
    "journey": (JOURNEY, JourneyStage, JourneyEvent),
    "step": (STEP, StepStatus, StepEvent),
    "invoice": (INVOICE, InvoiceStatus, InvoiceEvent),
    "payment": (PAYMENT, PaymentStatus, PaymentEvent),
}
FINAL = {
    "lead": {LeadStatus.ARCHIVED},
    "quote": {QuoteStatus.REJECTED, QuoteStatus.EXPIRED, QuoteStatus.SUPERSEDED},
    "journey": {JourneyStage.AUDITED, JourneyStage.CANCELLED},
    "step": {StepStatus.CANCELLED},
    "invoice": {InvoiceStatus.CANCELLED, InvoiceStatus.REFUNDED},
    "payment": {PaymentStatus.FAILED, PaymentStatus.CANCELLED, PaymentStatus.REFUNDED},
}
# Every pair of statuses that may follow one another, written from the rules, not from the tables.
ALLOWED = {
    "lead": """
        NEW>CONTACTED NEW>PROPOSAL_SENT NEW>LOST CONTACTED>QUALIFIED CONTACTED>PROPOSAL_SENT
        CONTACTED>LOST QUALIFIED>PROPOSAL_SENT QUALIFIED>LOST PROPOSAL_SENT>NEGOTIATION
        PROPOSAL_SENT>WON PROPOSAL_SENT>LOST NEGOTIATION>WON NEGOTIATION>LOST LOST>CONTACTED
        WON>ARCHIVED LOST>ARCHIVED""",
    "quote": """
        DRAFT>SENT DRAFT>EXPIRED DRAFT>SUPERSEDED SENT>VIEWED SENT>ACCEPTED SENT>REJECTED
        SENT>EXPIRED SENT>SUPERSEDED VIEWED>ACCEPTED VIEWED>REJECTED VIEWED>EXPIRED
        VIEWED>SUPERSEDED ACCEPTED>CONVERTED CONVERTED>ACCEPTED""",
    "journey": """
        SCHEDULED>MORNING_PREP MORNING_PREP>EN_ROUTE EN_ROUTE>ONSITE ONSITE>EN_ROUTE
        ONSITE>COMPLETED COMPLETED>AUDITED SCHEDULED>CANCELLED MORNING_PREP>CANCELLED
        EN_ROUTE>CANCELLED ONSITE>CANCELLED""",
    "step": """
        PENDING>IN_PROGRESS IN_PROGRESS>COMPLETED COMPLETED>APPROVED COMPLETED>REJECTED
        REJECTED>IN_PROGRESS PENDING>CANCELLED IN_PROGRESS>CANCELLED COMPLETED>CANCELLED
        APPROVED>CANCELLED REJECTED>CANCELLED""",
    "invoice": """
        DRAFT>SENT SENT>VIEWED SENT>PARTIAL_PAID VIEWED>PARTIAL_PAID OVERDUE>PARTIAL_PAID
        PAID>PARTIAL_PAID SENT>PAID VIEWED>PAID PARTIAL_PAID>PAID OVERDUE>PAID SENT>OVERDUE
        VIEWED>OVERDUE PARTIAL_PAID>OVERDUE PAID>OVERDUE DRAFT>CANCELLED SENT>CANCELLED
        VIEWED>CANCELLED OVERDUE>CANCELLED PAID>REFUNDED PARTIAL_PAID>REFUNDED
        OVERDUE>REFUNDED""",
    "payment": """
        PENDING>PROCESSING PENDING>COMPLETED PENDING>CANCELLED PROCESSING>COMPLETED
        PROCESSING>FAILED COMPLETED>REFUNDED""",
}


@pytest.mark.parametrize("name", MACHINES)
def test_exactly_the_pairs_of_the_rules_are_possible(name: str) -> None:
    machine, _, _ = MACHINES[name]
    possible = {f"{a}>{b}" for (a, _), b in machine.moves.items() if a != b}
    assert possible == set(ALLOWED[name].split())


@pytest.mark.parametrize("name", MACHINES)
def test_every_status_is_reachable_and_only_final_ones_end(name: str) -> None:
    machine, states, _ = MACHINES[name]
    reached, frontier = {machine.initial}, {machine.initial}
    while frontier:
        frontier = {b for (a, _), b in machine.moves.items() if a in frontier} - reached
        reached |= frontier
    ends = {state for state in states if not any(a == state for a, _ in machine.moves)}
    assert reached == set(states)
    assert ends == FINAL[name]


@pytest.mark.parametrize("name", MACHINES)
@given(data=st.data())
def test_a_random_walk_never_leaves_the_table(name: str, data: st.DataObject) -> None:
    machine, states, events = MACHINES[name]
    state = machine.initial
    for event in data.draw(st.lists(st.sampled_from(list(events)), max_size=30)):
        if (state, event) in machine.moves:
            state = next_state(machine, state, event)
            assert isinstance(state, states)
        else:
            with pytest.raises(TransitionRefused, match=f"{machine.name} is {state}: {event}"):
                next_state(machine, state, event)


@pytest.mark.parametrize("name", MACHINES)
def test_an_event_leads_to_one_status_or_leaves_it(name: str) -> None:
    machine, _, events = MACHINES[name]
    # Sending a quote in a negotiation, or calling a lead again, changes nothing.
    for event in events:
        targets = {b for (a, e), b in machine.moves.items() if e == event and a != b}
        assert len(targets) == 1, event
