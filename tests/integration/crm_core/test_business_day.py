"""The business date of branches, and the names and recipients that pages and reports ask for."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from crm_core.database import loader_connection, tenant_session
from crm_core.enums import CustomerType, UserRole
from crm_core.models import BusinessClock, BusinessDate, User
from crm_core.security.permissions import system_subject
from crm_core.services.business_day import roll_over_all
from crm_core.services.tenancy import staff
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant
from tests.integration.crm_core.flow import a_customer

AFTER_MIDNIGHT_IN_TORONTO = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)


def test_each_branch_rolls_at_its_own_midnight(crm_database: object) -> None:
    tenant = create_tenant(at=TEST_NOW)
    assert roll_over_all(TEST_NOW) == 0
    assert roll_over_all(AFTER_MIDNIGHT_IN_TORONTO) == 1
    assert roll_over_all(AFTER_MIDNIGHT_IN_TORONTO) == 0
    with tenant_session(tenant.subjects["admin"]) as session:
        days = {row.id: row.business_on for row in session.scalars(select(BusinessDate))}
        as_of = session.scalars(select(BusinessClock.as_of)).one()
    assert days == {
        tenant.locations["VANC"]: date(2026, 11, 20),
        tenant.locations["DTOR"]: date(2026, 11, 21),
    }
    assert as_of == AFTER_MIDNIGHT_IN_TORONTO


def test_only_branches_that_rolled_are_changed_rows(crm_database: object) -> None:
    tenant = create_tenant(at=TEST_NOW)
    admin = tenant.subjects["admin"]

    def fences() -> dict[UUID, str]:
        with tenant_session(admin) as session:
            return {row.id: str(row.changed_xid) for row in session.scalars(select(BusinessDate))}

    before = fences()
    roll_over_all(AFTER_MIDNIGHT_IN_TORONTO)
    after = fences()
    changed = {branch for branch in after if after[branch] != before[branch]}
    assert changed == {tenant.locations["DTOR"]}


def test_names_are_given_for_ids_in_reach(company: Tenant) -> None:
    admin, manager = company.subjects["admin"], company.subjects["manager"]
    with tenant_session(admin) as session:
        near = a_customer(session, admin, company.locations["VANC"])
        far = a_customer(session, admin, company.locations["DTOR"])
        firm = a_customer(session, admin, company.locations["VANC"], CustomerType.CORPORATE_ACCOUNT)
        firm.company_name = "Maple Offices"
        near.first_name = near.last_name = ""
    ids = [near.id, far.id, firm.id]
    with tenant_session(manager) as session:
        assert staff.names_of_customers(session, manager, ids) == {
            near.id: staff.ERASED,
            firm.id: "Maple Offices",
        }
        assert manager.user_id is not None
        assert staff.names_of_users(session, manager, [manager.user_id]) == {
            manager.user_id: "Manager"
        }


def test_an_analyst_is_told_no_names(company: Tenant) -> None:
    admin, analyst = company.subjects["admin"], company.subjects["analyst"]
    with tenant_session(admin) as session:
        customer = a_customer(session, admin, company.locations["VANC"])
    assert admin.user_id is not None
    with tenant_session(analyst) as session:
        assert staff.names_of_customers(session, analyst, [customer.id]) == {}
        assert staff.names_of_users(session, analyst, [admin.user_id]) == {}


@pytest.mark.parametrize("role", [UserRole.EXECUTIVE, UserRole.MANAGER])
def test_recipients_come_with_what_they_may_see(company: Tenant, role: UserRole) -> None:
    system = system_subject(company.client_id)
    with tenant_session(system) as session:
        (recipient,) = staff.recipients(session, system, role, TEST_NOW)
        assert recipient.subject == company.subjects[role.value.lower()]
        assert recipient.email == f"{role.value.lower()}@{company.slug}.example"
        user = session.scalars(select(User).where(User.id == recipient.user_id)).one()
        user.status = "INACTIVE"
        session.flush()
        assert staff.recipients(session, system, role, TEST_NOW) == []


def test_a_new_branch_gets_its_first_date(crm_database: object) -> None:
    tenant = create_tenant(at=TEST_NOW)
    with loader_connection() as connection:
        connection.execute("delete from core.business_dates")
    assert roll_over_all(TEST_NOW) == len(tenant.locations)
