"""What people take out is noted, whatever their scope, under row-level security."""

import pytest
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import AuditSeverity
from crm_core.models import AuditEntry
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, can
from crm_core.services.sales import customers
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.flow import a_customer


def test_everybody_who_may_ask_leaves_a_note(company: Tenant) -> None:
    askers = {
        role: subject
        for role, subject in company.subjects.items()
        if can(subject, Resource.WAREHOUSE, Action.READ)
    }
    assert len(askers) >= 8
    for subject in askers.values():
        audit.record_export(subject, Resource.WAREHOUSE, "sql", at=TEST_NOW, sql="select 1", rows=1)
    many = audit.BULK_ROWS + 1
    audit.record_export(
        company.subjects["admin"], Resource.WAREHOUSE, "sql", at=TEST_NOW, sql="select 1", rows=many
    )
    with tenant_session(company.subjects["admin"]) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "EXPORT")).all()
        assert [e.details["rows"] for e in entries if e.severity != AuditSeverity.INFO] == [many]
        assert {entry.owner_id for entry in entries} == {s.user_id for s in askers.values()}
        assert all(entry.details["sql"] == "select 1" for entry in entries)


@pytest.mark.parametrize("role", ["manager", "sales_rep"])
def test_a_note_stays_within_its_company(company: Tenant, role: str) -> None:
    audit.record_export(company.subjects[role], Resource.REPORT, "page", at=TEST_NOW, format="pdf")
    with tenant_session(company.subjects["admin"]) as session:
        (entry,) = session.scalars(select(AuditEntry)).all()
    assert entry.client_id == company.client_id
    assert entry.details == {"what": "page", "format": "pdf"}
    assert (entry.location_id is None) == (role == "sales_rep")


def test_a_customer_opened_by_staff_is_noted_without_the_name(company: Tenant) -> None:
    manager = company.subjects["manager"]
    with tenant_session(manager) as session:
        customer = a_customer(session, manager, company.locations["VANC"])
        assert customers.view(session, manager, customer_id=customer.id, at=TEST_NOW) is customer
    with tenant_session(company.subjects["admin"]) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "VIEW")).one()
    assert (entry.owner_id, entry.resource_id) == (manager.user_id, customer.id)
    assert entry.details == {}
