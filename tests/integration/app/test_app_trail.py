"""What people take out is noted, whatever their scope, under row-level security."""

import pytest
from sqlalchemy import select

from app import trail
from crm_core.database import tenant_session
from crm_core.models import AuditEntry
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, can
from tests.factories import Tenant


def test_everybody_who_may_ask_leaves_a_note(tenant: Tenant) -> None:
    askers = {
        role: subject
        for role, subject in tenant.subjects.items()
        if can(subject, Resource.WAREHOUSE, Action.READ)
    }
    assert len(askers) >= 8
    for subject in askers.values():
        trail.note(subject, "sql.run", Resource.WAREHOUSE, sql="select 1", rows=1, error=None)
    with tenant_session(tenant.subjects["admin"]) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "sql.run")).all()
        assert {entry.owner_id for entry in entries} == {s.user_id for s in askers.values()}
        assert all(entry.details["sql"] == "select 1" for entry in entries)
        assert audit.verify(session) == []


@pytest.mark.parametrize("role", ["manager", "sales_rep"])
def test_a_note_stays_within_its_company(tenant: Tenant, role: str) -> None:
    trail.note(tenant.subjects[role], "page.export", Resource.REPORT, page="branch", format="pdf")
    with tenant_session(tenant.subjects["admin"]) as session:
        (entry,) = session.scalars(select(AuditEntry)).all()
    assert entry.client_id == tenant.client_id
    assert entry.details == {"page": "branch", "format": "pdf"}
