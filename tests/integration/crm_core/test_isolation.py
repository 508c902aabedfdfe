"""Who reaches which rows through the services: other tenants, other branches, other people."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from crm_core.database import DatabaseRole, engine, tenant_session
from crm_core.ids import new_id
from crm_core.models import AuditEntry, Base, Customer, Invoice, Lead, Quote, TruckJourney
from crm_core.security.permissions import ActionRefused, Subject
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.numbers import NumberKind, next_number
from crm_core.services.rows import NotFound
from crm_core.services.sales import customers, leads, quotes
from crm_core.services.sales.customers import CustomerData
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant
from tests.integration.crm_core.flow import (
    LABOUR,
    a_customer,
    a_lead,
    a_sent_quote,
    an_issued_invoice,
    hours,
)


@pytest.fixture
def stranger(company: Tenant) -> Tenant:
    """A second tenant in the same database."""
    return create_tenant(slug=f"{company.slug}-rival", at=TEST_NOW)


def _tenant_tables() -> list[str]:
    return [
        table.fullname
        for table in Base.metadata.sorted_tables
        if "client_id" in table.columns and table.schema == "core"
    ]


def test_another_tenants_rows_are_invisible_in_every_table(
    company: Tenant, stranger: Tenant
) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        an_issued_invoice(session, admin, company.locations["VANC"])
    with tenant_session(stranger.subjects["admin"]) as session:
        seen = {
            name: session.scalar(
                text(f"select count(*) from {name} where client_id = :client_id"),
                {"client_id": company.client_id},
            )
            for name in _tenant_tables()
        }
    assert seen == dict.fromkeys(seen, 0)
    with tenant_session(admin) as session:
        assert session.scalar(text("select count(*) from core.invoices")) == 1


def test_another_tenants_rows_cannot_be_found_changed_or_written(
    company: Tenant, stranger: Tenant
) -> None:
    admin, rival = company.subjects["admin"], stranger.subjects["admin"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, company.locations["VANC"])
    with tenant_session(rival) as session:
        with pytest.raises(NotFound, match="not found"):
            leads.contact(session, rival, lead_id=lead.id, at=hours(1))
        changed = session.execute(update(Lead).values(source="stolen").returning(Lead.id))
        assert changed.all() == []
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        tenant_session(rival) as session,
    ):
        session.add(
            Customer(
                client_id=company.client_id,
                id=new_id(TEST_NOW),
                first_name="Robin",
                last_name="Maple",
                created_on=TEST_NOW.date(),
            )
        )
        session.flush()


def test_nothing_is_visible_without_a_context(company: Tenant) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        a_lead(session, admin, company.locations["VANC"])
    with Session(engine(DatabaseRole.APP)) as session:
        assert session.scalars(select(Lead)).all() == []


def test_location_scope_sees_its_branches_only(company: Tenant) -> None:
    admin, manager = company.subjects["admin"], company.subjects["manager"]
    with tenant_session(admin) as session:
        near = a_sent_quote(session, admin, company.locations["VANC"])
        far = a_sent_quote(session, admin, company.locations["DTOR"])
    with tenant_session(manager) as session:
        for branch_of in (Customer.location_id, Lead.location_id, Quote.location_id):
            assert set(session.scalars(select(branch_of))) == {company.locations["VANC"]}
        quotes.view(session, manager, quote_id=near.id, at=hours(3))
        with pytest.raises(NotFound):
            quotes.view(session, manager, quote_id=far.id, at=hours(3))
        with pytest.raises(NotFound, match="Location"):
            a_customer(session, manager, company.locations["DTOR"])


def test_own_scope_sees_its_own_rows_only(company: Tenant) -> None:
    sales, manager = company.subjects["sales_rep"], company.subjects["manager"]
    branch = company.locations["VANC"]
    with tenant_session(manager) as session:
        others = a_lead(session, manager, branch)
    with tenant_session(sales) as session:
        mine = a_sent_quote(session, sales, branch)
        assert [lead.id for lead in session.scalars(select(Lead))] == [mine.lead_id]
        assert session.scalars(select(AuditEntry)).all() == []  # theirs to write only
        with pytest.raises(NotFound):
            leads.contact(session, sales, lead_id=others.id, at=hours(1))
    with tenant_session(manager) as session:
        assert len(session.scalars(select(Lead)).all()) == 2


def test_own_scope_cannot_write_rows_of_somebody_else(company: Tenant) -> None:
    sales, branch = company.subjects["sales_rep"], company.locations["VANC"]
    other = company.subjects["manager"].user_id
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        tenant_session(sales) as session,
    ):
        customers.create(
            session,
            sales,
            data=CustomerData("Robin", "Maple"),
            location_id=branch,
            at=TEST_NOW,
            owner_id=other,
        )


@pytest.mark.parametrize("role", ["executive", "analyst", "auditor", "driver"])
def test_roles_without_the_right_write_nothing(company: Tenant, role: str) -> None:
    subject = company.subjects[role]
    with tenant_session(subject) as session, pytest.raises(ActionRefused, match="may not CREATE"):
        a_customer(session, subject, company.locations["VANC"])
    assert _rows(company, Customer) == 0


def test_a_refused_transition_leaves_nothing_behind(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        quote = a_sent_quote(session, admin, branch)
    before = {model: _rows(company, model) for model in (AuditEntry, TruckJourney, Invoice)}
    with pytest.raises(TransitionRefused), tenant_session(admin) as session:
        late = hours(24 * 40)
        leads.contact(session, admin, lead_id=quote.lead_id, at=late)
        quotes.accept(session, admin, quote_id=quote.id, at=late)
    assert {model: _rows(company, model) for model in before} == before
    with tenant_session(admin) as session:
        assert session.scalars(select(Quote.status)).one() == "SENT"
        assert session.scalars(select(Lead.won_on)).one() is None


def test_numbers_have_no_gap_after_a_rollback(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    numbers = []
    for attempt in range(5):
        try:
            with tenant_session(admin) as session:
                numbers.append(_issue(session, admin, branch))
                if attempt % 2:
                    raise _Interrupted
        except _Interrupted:
            numbers.pop()
    assert numbers == ["INV-2026-000001", "INV-2026-000002", "INV-2026-000003"]


def test_sixteen_at_once_take_every_number_once(company: Tenant) -> None:
    admin = company.subjects["admin"]

    def take(worker: int) -> list[str]:
        taken = []
        for attempt in range(5):
            try:
                with tenant_session(admin) as session:
                    taken.append(next_number(session, admin, NumberKind.INVOICE, TEST_NOW.date()))
                    if (worker + attempt) % 3 == 0:
                        raise _Interrupted
            except _Interrupted:
                taken.pop()
        return taken

    with ThreadPoolExecutor(max_workers=16) as pool:
        numbers = sorted(number for taken in pool.map(take, range(16)) for number in taken)
    assert numbers == [f"INV-2026-{n:06d}" for n in range(1, len(numbers) + 1)]
    assert len(numbers) == 53


def test_a_quote_is_accepted_once_however_many_try(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        quote = a_sent_quote(session, admin, branch)
        second = quotes.draft(
            session, admin, lead_id=quote.lead_id, offer=quotes.Offer([LABOUR]), at=hours(2)
        )
        quotes.send(session, admin, quote_id=second.id, at=hours(2))

    def accept(quote_id: UUID) -> bool:
        try:
            with tenant_session(admin) as session:
                quotes.accept(session, admin, quote_id=quote_id, at=hours(3))
        except TransitionRefused:
            return False
        return True

    with ThreadPoolExecutor(max_workers=8) as pool:
        accepted = list(pool.map(accept, [quote.id, second.id] * 6))
    assert accepted.count(True) == 1
    with tenant_session(admin) as session:
        statuses = sorted(session.scalars(select(Quote.status)))
    assert statuses == ["ACCEPTED", "SUPERSEDED"]


def test_every_tenant_and_year_has_its_own_series(company: Tenant, stranger: Tenant) -> None:
    issued = []
    for tenant in (company, stranger):
        admin = tenant.subjects["admin"]
        with tenant_session(admin) as session:
            issued.append(_issue(session, admin, tenant.locations["DTOR"]))
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        quote = a_lead(session, admin, company.locations["VANC"], at=hours(24 * 60))
        offer = quotes.Offer([LABOUR], move_on=(TEST_NOW + timedelta(days=90)).date())
        later = quotes.draft(session, admin, lead_id=quote.id, offer=offer, at=hours(24 * 60))
    assert issued == ["INV-2026-000001", "INV-2026-000001"]
    assert later.quote_number == "Q-2027-000001"


def test_a_writer_with_an_older_version_is_refused(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, branch)
    with pytest.raises(StaleDataError), tenant_session(admin) as slow:
        held = slow.scalars(select(Lead).where(Lead.id == lead.id)).one()
        with tenant_session(admin) as quick:
            leads.contact(quick, admin, lead_id=lead.id, at=hours(1))
        held.source = "referral"
        slow.flush()


class _Interrupted(Exception):
    """Stands for a crash between numbering and commit."""


def _issue(session: Session, subject: Subject, branch: UUID) -> str:
    invoice = an_issued_invoice(session, subject, branch)
    assert invoice.invoice_number is not None
    return invoice.invoice_number


def _rows(tenant: Tenant, model: type[Base]) -> int:
    with tenant_session(tenant.subjects["admin"]) as session:
        return len(session.scalars(select(model)).all())
