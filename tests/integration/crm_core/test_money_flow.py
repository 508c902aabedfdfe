"""Deposits, credit notes, late fees, write-offs, currencies and royalties, from bill to ledger."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm_core.database import loader_connection, tenant_session
from crm_core.enums import Currency, InvoiceStatus, PaymentMethod
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import FinancialTransaction, Invoice, LateFeePolicy, Royalty, RoyaltyRate
from crm_core.security.permissions import Subject
from crm_core.services.finance import (
    credit_notes,
    customer_credit,
    deposits,
    fx,
    invoices,
    late_fees,
    ledger,
    payments,
    royalties,
)
from crm_core.services.finance.deposits import DepositNotBillable
from crm_core.services.finance.fx import FxRateMissing
from crm_core.services.finance.invoices import Bill
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.operations import journeys
from crm_core.services.sales import quotes
from crm_core.services.sales.quotes import Offer
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.balance import check_money
from tests.integration.crm_core.flow import (
    BOXES,
    LABOUR,
    a_customer,
    a_sent_quote,
    an_issued_invoice,
    done,
    hours,
    paid,
)

NOTHING = Decimal("0.00")


def _pay(session: Session, subject: Subject, invoice: Invoice, amount: Decimal) -> None:
    payments.receive(
        session,
        subject,
        invoice_id=invoice.id,
        amount=amount,
        method=PaymentMethod.CASH,
        at=hours(6),
    )


def test_a_deposit_is_billed_once_and_pays_the_final_bill(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        offer = Offer([LABOUR, BOXES], deposit_amount=Decimal("250.00"))
        quote = a_sent_quote(session, admin, branch, offer=offer)
        with pytest.raises(DepositNotBillable, match="accept it first"):
            deposits.bill_deposit(session, admin, quote_id=quote.id, at=hours(3))
        quotes.accept(session, admin, quote_id=quote.id, at=hours(3))
        deposit = session.scalars(select(Invoice).where(Invoice.quote_id == quote.id)).one()
        assert (deposit.total_amount, deposit.tax_amount) == (Decimal("250.00"), NOTHING)
        with pytest.raises(DepositNotBillable, match="already"):
            deposits.bill_deposit(session, admin, quote_id=quote.id, at=hours(5))
        _pay(session, admin, deposit, Decimal("250.00"))
        (journey,) = journeys.convert(session, admin, quote_id=quote.id, at=hours(7))
        at = done(session, admin, journey).completed_at
        assert at is not None
        bill = invoices.draft_for_journey(session, admin, journey_id=journey.id, at=at)
        invoices.issue(session, admin, invoice_id=bill.id, at=at)
        assert bill.total_amount == Decimal("1136.23")
        assert (bill.paid_amount, bill.status) == (Decimal("250.00"), InvoiceStatus.PARTIAL_PAID)
        assert (deposit.paid_amount, deposit.status) == (NOTHING, InvoiceStatus.PAID)
        _pay(session, admin, bill, Decimal("886.23"))
        assert bill.status == InvoiceStatus.PAID
        assert customer_credit.balance(session, admin, bill.customer_id, "CAD") == 0
        revenue = session.scalars(
            select(FinancialTransaction).where(FinancialTransaction.type == "INCOME")
        ).all()
        assert sum(row.transaction_amount for row in revenue) == bill.subtotal_amount
        check_money(session, admin)


def test_credit_notes_take_back_a_part_and_then_the_rest(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, branch)
        at = hours(2, invoice.issued_at or TEST_NOW)
        total, before = invoice.total_amount, invoice.tax_lines
        first = credit_notes.credit(
            session, admin, invoice_id=invoice.id, reason="late", at=at, net_amount=Decimal(100)
        )
        assert (first.total_amount, first.tax_amount) == (Decimal("-105.26"), Decimal("-5.26"))
        assert (invoice.total_amount, invoice.tax_lines) == (total, before)  # never changes
        paid(session, admin, invoice, total - Decimal("105.26"))
        assert invoice.status == InvoiceStatus.PAID
        rest = credit_notes.credit(session, admin, invoice_id=invoice.id, reason="all", at=at)
        assert first.total_amount + rest.total_amount == -total
        numbers = [invoice.invoice_number, first.invoice_number, rest.invoice_number]
        assert numbers == [f"INV-2026-00000{n}" for n in (1, 2, 3)]
        owed = customer_credit.balance(session, admin, invoice.customer_id, "CAD")
        assert owed == total - Decimal("105.26")
        with pytest.raises(InvalidInput, match="net_amount"):
            credit_notes.credit(session, admin, invoice_id=invoice.id, reason="more", at=at)
        with pytest.raises(TransitionRefused, match="credit note itself"):
            credit_notes.credit(session, admin, invoice_id=rest.id, reason="back", at=at)
        check_money(session, admin)


def test_money_returned_in_full_is_credited(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, branch)
        payment = paid(session, admin, invoice, invoice.total_amount)
        payments.refund(session, admin, payment_id=payment.id, at=hours(500))
        note = session.scalars(
            select(Invoice).where(Invoice.credit_of_invoice_id == invoice.id)
        ).one()
        assert note.total_amount == -invoice.total_amount
        assert (invoice.status, note.issued_on) == (InvoiceStatus.REFUNDED, date(2026, 12, 11))
        check_money(session, admin)


def test_what_was_paid_too_much_is_credit_that_is_paid_out(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, branch)
        payment = payments.receive(
            session,
            admin,
            invoice_id=invoice.id,
            amount=Decimal("1200.00"),
            method=PaymentMethod.CASH,
            at=hours(400),
            keep_excess=True,
        )
        assert (invoice.balance_amount, invoice.status) == (NOTHING, InvoiceStatus.PAID)
        with pytest.raises(InvalidInput, match="left to return"):
            payments.refund(
                session, admin, payment_id=payment.id, at=hours(401), amount=Decimal("1200.00")
            )
        back = payments.pay_out(session, admin, payment_id=payment.id, at=hours(401))
        assert back.payment_amount == Decimal("1200.00") - invoice.total_amount
        assert (invoice.paid_amount, invoice.status) == (invoice.total_amount, InvoiceStatus.PAID)
        check_money(session, admin)


def test_a_late_fee_is_billed_once(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        session.add(
            LateFeePolicy(
                client_id=company.client_id,
                id=new_id(TEST_NOW),
                grace_day_count=3,
                rate=Decimal("0.02"),
                minimum_amount=Decimal("15.00"),
            )
        )
        invoice = an_issued_invoice(session, admin, branch)
        due = invoice.issued_at or TEST_NOW
        assert invoices.fall_due(session, admin, as_of=due + timedelta(days=3)) == 1
        assert late_fees.charge(session, admin, as_of=due + timedelta(days=3)) == 0
        for days in (4, 5, 90):
            count = late_fees.charge(session, admin, as_of=due + timedelta(days=days))
            assert count == (days == 4)
        fee = session.scalars(
            select(Invoice).where(Invoice.external_id == f"late-fee/{invoice.invoice_number}")
        ).one()
        assert (fee.total_amount, fee.tax_amount) == (Decimal("22.72"), NOTHING)  # 2 % of 1136.23
        kinds = late_fees.reminders(session, admin, as_of=due + timedelta(days=8))
        assert [(each.invoice_id, each.kind) for each in kinds] == [
            (invoice.id, "SECOND"),
            (fee.id, "FIRST"),
        ]
        check_money(session, admin)


def test_a_write_off_settles_the_invoice_at_our_cost(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, branch)
        at = hours(5, invoice.issued_at or TEST_NOW)
        customer_credit.write_off(session, admin, invoice_id=invoice.id, reason="gone", at=at)
        assert (invoice.status, invoice.balance_amount) == (InvoiceStatus.PAID, NOTHING)
        lost = session.scalars(
            select(FinancialTransaction).where(FinancialTransaction.subcategory == "write_off")
        ).one()
        assert (lost.direction, lost.transaction_amount) == (-1, invoice.total_amount)
        check_money(session, admin)


def test_the_tie_out_finds_what_is_missing_and_on_which_day(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, branch)
        paid(session, admin, invoice, Decimal("100.00"))
    with loader_connection() as connection:
        connection.execute(
            "delete from core.financial_transactions where client_id = %s and category = 'TAX'",
            [company.client_id],
        )
        connection.execute(
            "update core.financial_transactions set transaction_amount = 99"
            " where client_id = %s and category = 'PAYMENT'",
            [company.client_id],
        )
    with tenant_session(admin) as session:
        found = ledger.breaks(session, admin)
        assert [(b.document, b.count, b.amount) for b in found] == [
            ("invoice", 1, Decimal("56.77")),
            ("payment", 1, Decimal("1.00")),
        ]
        assert {b.on for b in found} == {invoice.issued_on}
        assert ledger.breaks(session, admin, to_on=date(2026, 1, 1)) == []


def test_a_second_currency_needs_its_rate_and_is_never_mixed(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        bill = _dollars(session, admin, branch)
        with pytest.raises(FxRateMissing, match="USD to CAD"), session.begin_nested():
            invoices.issue(session, admin, invoice_id=bill, at=hours(2))
    with loader_connection() as connection:
        connection.execute(
            "insert into core.fx_rates (from_currency, to_currency, rate_on, rate, source)"
            " values ('USD', 'CAD', '2026-11-18', 1.38, 'test') on conflict do nothing"
        )
    with tenant_session(admin) as session:
        invoice = invoices.issue(session, admin, invoice_id=bill, at=hours(2))
        amount = fx.convert(session, invoice.total_amount, "USD", "CAD", date(2026, 11, 20))
        assert amount == Decimal("55.14")  # 39.96 at 1.38, half up
        assert customer_credit.balance(session, admin, invoice.customer_id, "CAD") == 0
        currencies = session.execute(text("select distinct currency from core.invoices"))
        assert list(currencies.scalars()) == ["USD"]
        check_money(session, admin)


def _dollars(session: Session, subject: Subject, branch: UUID) -> UUID:
    customer = a_customer(session, subject, branch)
    return invoices.draft(
        session,
        subject,
        customer_id=customer.id,
        location_id=branch,
        bill=Bill([BOXES], NOTHING),
        at=hours(1),
        currency=Currency.USD,
        is_tax_exempt=True,
    ).id


def test_a_royalty_is_charged_once_a_month_on_the_ledgers_revenue(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    month, after = date(2026, 12, 1), hours(24 * 45)
    with tenant_session(admin) as session:
        session.add(
            RoyaltyRate(
                client_id=company.client_id,
                id=new_id(TEST_NOW),
                location_id=branch,
                rate=Decimal("0.06"),
                valid_from_on=date(2020, 1, 1),
            )
        )
        invoice = an_issued_invoice(session, admin, branch)
        with pytest.raises(InvalidInput, match="not over"):
            royalties.run(session, admin, month_on=month, as_of=hours(400))
        assert royalties.run(session, admin, month_on=month, as_of=after) == 1
        assert royalties.run(session, admin, month_on=month, as_of=after) == 0
        row = session.scalars(select(Royalty)).one()
        assert row.base_amount == invoice.subtotal_amount
        assert row.royalty_amount == Decimal("64.77")  # 6 % of 1079.46
        check_money(session, admin)
