"""Random walks of invoices, payments and claims through their services; see `walks.py`."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, tenant_session
from crm_core.enums import ClaimType, PaymentMethod
from crm_core.errors import InvalidInput
from crm_core.models import Claim, Invoice, Payment, TruckJourney
from crm_core.security.permissions import Subject
from crm_core.services.finance import (
    credit_notes,
    customer_credit,
    invoices,
    late_fees,
    payment_gateway,
    payments,
)
from crm_core.services.finance.invoices import Bill
from crm_core.services.machines.claims import CLAIM
from crm_core.services.machines.finance import INVOICE, PAYMENT
from crm_core.services.operations import claims, journeys
from tests.factories import Tenant
from tests.integration.crm_core.balance import check_money
from tests.integration.crm_core.flow import (
    BOXES,
    an_accepted_quote,
    an_issued_invoice,
    done,
    hours,
)
from tests.integration.crm_core.walks import Row, Step, Walk, take, walks

pytestmark = pytest.mark.long

PARTS = [Decimal("0.01"), Decimal("100.00"), Decimal("333.33"), Decimal("1136.23")]
MUCH = Decimal("1500.00")
CARD = PaymentMethod.CREDIT_CARD


@pytest.fixture(params=["drafted", "issued"])
def bill(company: Tenant, request: pytest.FixtureRequest) -> Invoice:
    """An invoice where walks begin; hardly any gets far from a draft."""
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        quote = an_accepted_quote(session, admin, company.locations["VANC"])
        (journey,) = journeys.convert(session, admin, quote_id=quote.id, at=hours(4))
        at = done(session, admin, journey).completed_at
        assert at is not None
        bill = invoices.draft_for_journey(session, admin, journey_id=journey.id, at=at)
        _give_credit(session, admin, bill, at)
        if request.param == "issued":
            invoices.issue(session, admin, invoice_id=bill.id, at=at)
        return bill


def _give_credit(session: Session, subject: Subject, bill: Invoice, at: datetime) -> None:
    """Credit to pay with, from another bill of the customer that was paid too well."""
    assert bill.location_id is not None
    other = invoices.draft(
        session,
        subject,
        customer_id=bill.customer_id,
        location_id=bill.location_id,
        bill=Bill([BOXES], Decimal("0.00")),
        at=at,
    )
    invoices.issue(session, subject, invoice_id=other.id, at=at)
    payments.receive(
        session,
        subject,
        invoice_id=other.id,
        amount=Decimal("250.00"),
        method=CARD,
        at=at,
        keep_excess=True,
    )


@pytest.fixture
def asked(company: Tenant) -> Payment:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, company.locations["VANC"])
        assert invoice.issued_at is not None
        return payment_gateway.request(
            session,
            admin,
            invoice_id=invoice.id,
            amount=Decimal("600.00"),
            method=CARD,
            gateway="stripe",
            idempotency_key="first",
            at=invoice.issued_at,
        )


@pytest.fixture
def claim(company: Tenant) -> Claim:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, company.locations["VANC"])
        assert invoice.journey_id is not None
        return claims.open_claim(
            session,
            admin,
            journey_id=invoice.journey_id,
            claim_type=ClaimType.DAMAGE,
            claimed_amount=Decimal("500.00"),
            description="A scratched table",
            at=hours(500),
        )


def _receive(step: Step[Row], invoice_id: object, amount: Decimal, keep: bool = False) -> object:
    return payments.receive(
        step.session,
        step.subject,
        invoice_id=invoice_id,  # type: ignore[arg-type]
        amount=amount,
        method=CARD,
        at=step.at,
        fee_amount=step.data.draw(st.sampled_from([Decimal("0.00"), Decimal("3.15")])),
        keep_excess=keep,
    )


def _some_payment(step: Step[Row], invoice_id: object) -> Payment:
    query = select(Payment).where(
        Payment.invoice_id == invoice_id, Payment.refund_of_payment_id.is_(None)
    )
    found = step.session.scalars(query.order_by(Payment.id)).all()
    if not found:
        raise InvalidInput("payment_id", "nothing was paid")
    return step.data.draw(st.sampled_from(found))


def _return(step: Step[Row], invoice_id: object) -> object:
    payment = _some_payment(step, invoice_id)
    amount = step.data.draw(st.sampled_from([None, *PARTS]))
    give = step.data.draw(st.sampled_from([payments.refund, payments.pay_out]))
    return give(step.session, step.subject, payment_id=payment.id, at=step.at, amount=amount)


def _credit(step: Step[Row], invoice_id: object) -> object:
    return credit_notes.credit(
        step.session,
        step.subject,
        invoice_id=invoice_id,  # type: ignore[arg-type]
        reason="work not done",
        at=step.at,
        net_amount=step.data.draw(st.sampled_from([None, *PARTS])),
    )


@walks
@given(data=st.data())
def test_invoices(company: Tenant, bill: Invoice, data: st.DataObject) -> None:
    admin = company.subjects["admin"]

    def holds(session: Session, row: Invoice) -> None:
        check_money(session, admin)
        with as_system(session):
            journey = session.get_one(TruckJourney, (row.client_id, row.journey_id))
            session.refresh(journey)
            net = sum(
                bill.subtotal_amount - bill.discount_amount
                for bill in session.scalars(
                    select(Invoice).where(Invoice.journey_id == row.journey_id)
                )
                if bill.issued_on is not None and bill.cancelled_on is None
            )
        assert journey.billed_amount == net

    acts = {
        "issue": lambda s: invoices.issue(s.session, s.subject, invoice_id=s.row.id, at=s.at),
        "surcharge": lambda s: invoices.surcharge(
            s.session, s.subject, invoice_id=s.row.id, at=s.at
        ),
        "view": lambda s: invoices.view(s.session, s.subject, invoice_id=s.row.id, at=s.at),
        "pay": lambda s: _receive(s, s.row.id, s.data.draw(st.sampled_from(PARTS))),
        "pay too much": lambda s: _receive(s, s.row.id, MUCH, keep=True),
        "return": lambda s: _return(s, s.row.id),
        "credit": lambda s: _credit(s, s.row.id),
        "use credit": lambda s: customer_credit.apply(
            s.session, s.subject, invoice_id=s.row.id, at=s.at
        ),
        "write off": lambda s: customer_credit.write_off(
            s.session,
            s.subject,
            invoice_id=s.row.id,
            reason="gone",
            at=s.at,
            amount=s.data.draw(st.sampled_from([None, Decimal("10.00")])),
        ),
        "cancel": lambda s: invoices.cancel(
            s.session, s.subject, invoice_id=s.row.id, reason="wrong", at=s.at
        ),
        "a day passes": lambda s: (
            invoices.fall_due(s.session, s.subject, as_of=s.at),
            late_fees.charge(s.session, s.subject, as_of=s.at),
        ),
    }
    # Nine in the evening of the job's day at the branch: the invoice falls due on the way.
    start = datetime(2026, 12, 6, 5, tzinfo=UTC)
    walk = Walk(INVOICE, Invoice, bill.id, start, acts, holds, is_guarded=True)
    take(walk, admin, data)


@walks
@given(data=st.data())
def test_payments(company: Tenant, asked: Payment, data: st.DataObject) -> None:
    admin = company.subjects["admin"]
    acts = {
        "process": lambda s: payment_gateway.process(
            s.session, s.subject, payment_id=s.row.id, at=s.at
        ),
        "complete": lambda s: payment_gateway.complete(
            s.session,
            s.subject,
            payment_id=s.row.id,
            at=s.at,
            fee_amount=Decimal("17.70"),
            gateway_transaction_id="tx-1",
        ),
        "fail": lambda s: payment_gateway.fail(
            s.session, s.subject, payment_id=s.row.id, reason="declined", at=s.at
        ),
        "cancel": lambda s: payment_gateway.cancel(
            s.session, s.subject, payment_id=s.row.id, at=s.at
        ),
        "return": lambda s: _return(s, s.row.invoice_id),
        "pay by hand": lambda s: _receive(s, s.row.invoice_id, s.data.draw(st.sampled_from(PARTS))),
        "credit the invoice": lambda s: _credit(s, s.row.invoice_id),
        "cancel the invoice": lambda s: invoices.cancel(
            s.session, s.subject, invoice_id=s.row.invoice_id, reason="wrong", at=s.at
        ),
    }
    walk = Walk(
        PAYMENT,
        Payment,
        asked.id,
        asked.received_at,
        acts,
        lambda session, row: check_money(session, admin),
        is_guarded=True,
    )
    take(walk, admin, data)


@walks
@given(data=st.data())
def test_claims(company: Tenant, claim: Claim, data: st.DataObject) -> None:
    admin = company.subjects["admin"]
    acts = {
        "review": lambda s: claims.review(s.session, s.subject, claim_id=s.row.id, at=s.at),
        "settle": lambda s: claims.settle(
            s.session,
            s.subject,
            claim_id=s.row.id,
            amount=s.data.draw(st.sampled_from([Decimal("120.50"), Decimal("900.00")])),
            at=s.at,
            above_claim=s.data.draw(st.booleans()),
        ),
        "deny": lambda s: claims.deny(
            s.session, s.subject, claim_id=s.row.id, reason="not ours", at=s.at
        ),
        "reopen": lambda s: claims.reopen(s.session, s.subject, claim_id=s.row.id, at=s.at),
    }
    walk = Walk(
        CLAIM,
        Claim,
        claim.id,
        claim.opened_at,
        acts,
        lambda session, row: check_money(session, admin),
        is_guarded=True,
    )
    take(walk, admin, data)
