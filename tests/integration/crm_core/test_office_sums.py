"""Sums over several rows that must agree at commit, and a flag that refuses nothing."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crm_core.database import tenant_session
from crm_core.ids import new_id
from crm_core.models import Base
from crm_core.services.finance import invoices
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.flow import a_lead, an_issued_invoice, hours


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (
            "update core.invoice_items set quantity = quantity + 1,"
            " total_amount = round((quantity + 1) * unit_amount, 2)",
            "invoice_totals_equal_lines",
        ),
        (
            "update core.invoices set subtotal_amount = subtotal_amount + 1,"
            " total_amount = total_amount + 1, balance_amount = balance_amount + 1",
            "invoice_totals_equal_lines",
        ),
        ("update core.invoices set tax_lines = '[]'", "invoice_taxes_equal_lines"),
    ],
)
def test_an_invoice_that_is_not_its_lines_is_refused_at_commit(
    company: Tenant, statement: str, rule: str
) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, company.locations["VANC"])
    with pytest.raises(DBAPIError) as caught, tenant_session(admin) as session:
        session.execute(text(statement))
    assert _rule(caught.value) == rule
    with tenant_session(admin) as session:
        invoices.view(session, admin, invoice_id=invoice.id, at=hours(1, TEST_NOW))


TRANSFER: dict[str, Any] = {
    "type": "TRANSFER", "category": "OTHER", "transaction_amount": 100, "currency": "CAD",
    "transaction_on": "2026-11-20", "posted_on": "2026-11-20", "posted_at": TEST_NOW,
}  # fmt: skip


@pytest.mark.parametrize(
    ("legs", "rule"),
    [
        ([{"direction": -1}, {"direction": 1}], None),
        ([{"direction": -1}], "transfer_is_balanced"),
        ([{"direction": -1}, {"direction": 1, "transaction_amount": 99}], "transfer_is_balanced"),
        ([{"direction": -1}, {"direction": 1, "currency": "USD"}], "transfer_is_balanced"),
        (
            [{"direction": -1}, {"direction": -1}],
            "uq_financial_transactions_transfer_leg",
        ),
    ],
)
def test_a_transfer_has_two_equal_legs(
    company: Tenant, legs: list[dict[str, Any]], rule: str | None
) -> None:
    admin, group = company.subjects["admin"], new_id(TEST_NOW)

    def book() -> None:
        with tenant_session(admin) as session:
            for leg in legs:
                row = TRANSFER | leg | {"client_id": company.client_id, "id": new_id(TEST_NOW)}
                row |= {"transfer_group_id": group, "location_id": company.locations["VANC"]}
                session.execute(Base.metadata.tables["core.financial_transactions"].insert(), row)

    if rule is None:
        book()
        with tenant_session(admin) as session:
            assert session.scalar(text("select count(*) from core.financial_transactions")) == 2
    else:
        with pytest.raises(DBAPIError) as caught:
            book()
        assert _rule(caught.value) == rule


def test_a_posting_can_only_be_taken_back_once(company: Tenant) -> None:
    admin, first = company.subjects["admin"], new_id(TEST_NOW)
    base = TRANSFER | {"type": "INCOME", "client_id": company.client_id, "direction": 1}
    table = Base.metadata.tables["core.financial_transactions"]
    with tenant_session(admin) as session:
        session.execute(table.insert(), base | {"id": first})
        session.execute(
            table.insert(),
            base | {"id": new_id(TEST_NOW), "direction": -1, "reverses_id": first},
        )
    with pytest.raises(DBAPIError) as caught, tenant_session(admin) as session:
        session.execute(
            table.insert(),
            base | {"id": new_id(TEST_NOW), "direction": -1, "reverses_id": first},
        )
    assert _rule(caught.value) == "uq_financial_transactions_reversal"
    with pytest.raises(DBAPIError, match="permission denied"), tenant_session(admin) as session:
        session.execute(table.update().values(transaction_amount=1))


def test_customers_with_one_mail_are_flagged_not_refused(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        first = a_lead(session, admin, branch, at=TEST_NOW)
        second = a_lead(session, admin, branch, at=TEST_NOW + timedelta(minutes=1))
        flagged = session.execute(
            text("select id, duplicate_of_id from core.customers order by id")
        ).all()
    assert flagged == [(first.customer_id, None), (second.customer_id, first.customer_id)]


def _rule(error: DBAPIError) -> str | None:
    cause = error.orig
    assert isinstance(cause, psycopg.Error)
    return cause.diag.constraint_name
