"""Many connections at once on numbers, keys and credit: one order comes out, nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from uuid import UUID

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from crm_core.database import DatabaseRole, connect, conninfo, set_context, tenant_session
from crm_core.enums import PaymentMethod
from crm_core.errors import CrmError, InvalidInput
from crm_core.models import Invoice, NumberCounter, Payment
from crm_core.security.permissions import Subject
from crm_core.services.finance import customer_credit, invoices, payments
from crm_core.services.finance.invoices import Bill
from crm_core.services.finance.payments import IdempotencyKeyReused
from tests.factories import Tenant
from tests.integration.crm_core.balance import check_money
from tests.integration.crm_core.flow import BOXES, a_customer, hours

CLIENTS = 16
EACH = 5
NOTHING = Decimal("0.00")


def _drafts(subject: Subject, branch: UUID, count: int) -> list[UUID]:
    with tenant_session(subject) as session:
        customer = a_customer(session, subject, branch)
        return [
            invoices.draft(
                session,
                subject,
                customer_id=customer.id,
                location_id=branch,
                bill=Bill([BOXES], NOTHING),
                at=hours(1),
            ).id
            for _ in range(count)
        ]


def _issue(subject: Subject, invoice_id: UUID) -> None:
    with tenant_session(subject) as session:
        invoices.issue(session, subject, invoice_id=invoice_id, at=hours(2))


def test_sixteen_connections_number_without_gap_or_duplicate(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    drafts = _drafts(admin, branch, CLIENTS * EACH)
    together = Barrier(CLIENTS)

    def issue_some(client: int) -> None:
        with connect(conninfo(DatabaseRole.APP)) as connection:
            own = create_engine(
                "postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool
            )
            together.wait()
            for position, invoice_id in enumerate(drafts[client * EACH : (client + 1) * EACH]):
                # Some are taken back after their number was taken, and done once more.
                for is_kept in sorted({(client + position) % 3 != 0, True}):
                    with Session(own) as session:
                        set_context(session, admin)
                        invoices.issue(session, admin, invoice_id=invoice_id, at=hours(2))
                        if is_kept:
                            session.commit()

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(issue_some, range(CLIENTS)))
    with tenant_session(admin) as session:
        numbers = session.scalars(select(Invoice.invoice_number).order_by(Invoice.invoice_number))
        assert list(numbers) == [f"INV-2026-{n:06d}" for n in range(1, CLIENTS * EACH + 1)]
        last = select(NumberCounter.last_number).where(
            NumberCounter.client_id == admin.client_id, NumberCounter.kind == "INVOICE"
        )
        assert session.scalars(last).one() == CLIENTS * EACH
        check_money(session, admin)


def _pay(subject: Subject, invoice_id: UUID, together: Barrier) -> UUID | CrmError:
    together.wait()
    try:
        with tenant_session(subject) as session:
            return payments.receive(
                session,
                subject,
                invoice_id=invoice_id,
                amount=Decimal("10.00"),
                method=PaymentMethod.CREDIT_CARD,
                at=hours(3),
                idempotency_key="till-7",
            ).id
    except CrmError as refused:
        return refused


def _issued(subject: Subject, branch: UUID, count: int) -> list[UUID]:
    found = _drafts(subject, branch, count)
    for invoice_id in found:
        _issue(subject, invoice_id)
    return found


def test_one_key_at_once_on_two_invoices_is_one_payment_and_one_refusal(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    bills = _issued(admin, branch, 2)
    together = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda bill: _pay(admin, bill, together), bills))
    refused = [answer for answer in answers if isinstance(answer, CrmError)]
    assert [type(each) for each in refused] == [IdempotencyKeyReused]
    with tenant_session(admin) as session:
        assert session.scalar(select(func.count()).select_from(Payment)) == 1
        check_money(session, admin)


def test_one_key_at_once_on_one_invoice_is_one_payment(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    (bill,) = _issued(admin, branch, 1)
    together = Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: _pay(admin, bill, together), range(4)))
    assert len(set(answers)) == 1
    with tenant_session(admin) as session:
        assert session.scalar(select(func.sum(Payment.payment_amount))) == Decimal("10.00")


def test_credit_is_spent_once(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    first, *others = _issued(admin, branch, 5)
    with tenant_session(admin) as session:
        payments.receive(
            session,
            admin,
            invoice_id=first,
            amount=Decimal("66.76"),
            method=PaymentMethod.CASH,
            at=hours(3),
            keep_excess=True,
        )
    together = Barrier(len(others))

    def spend(invoice_id: UUID) -> bool:
        together.wait()
        try:
            with tenant_session(admin) as session:
                customer_credit.apply(
                    session, admin, invoice_id=invoice_id, at=hours(4), amount=Decimal("15.00")
                )
        except InvalidInput:
            return False
        return True

    with ThreadPoolExecutor(len(others)) as pool:
        done = list(pool.map(spend, others))
    assert sum(done) == 1  # 66.76 less the bill of 44.76 leaves 22.00
    with tenant_session(admin) as session:
        check_money(session, admin)
