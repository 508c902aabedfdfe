"""What a random walk must not let pass: acts that skip a status, its audit, or the transaction."""

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from crm_core.database import tenant_session
from crm_core.errors import InvalidInput
from crm_core.models import Lead
from crm_core.services.machines.sales import LEAD
from crm_core.services.sales import leads
from tests.factories import Tenant
from tests.integration.crm_core.flow import a_lead, hours
from tests.integration.crm_core.walks import Step, Walk, take

Act = Callable[[Step[Lead]], object]


def _written(status: str) -> Act:
    """A status written past the service: the triggers tell its history, nobody audits it."""
    change = text("update core.leads set status = :status where id = :id")
    return lambda step: step.session.execute(change, {"status": status, "id": step.row.id})


def _committed(step: Step[Lead]) -> None:
    """A refusal after something was written for good."""
    with tenant_session(step.subject) as another:
        leads.contact(another, step.subject, lead_id=step.row.id, at=step.at)
    raise InvalidInput("lead_id", "refused")


@pytest.mark.parametrize(
    ("act", "complaint"),
    [
        (_written("QUALIFIED"), "NEW to QUALIFIED"),
        (_written("CONTACTED"), "not audited"),
        (_committed, "left a trace"),
    ],
    ids=["skips a status", "is not audited", "commits and refuses"],
)
def test_a_walk_fails_where_an_act(company: Tenant, act: Act, complaint: str) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        lead_id: UUID = a_lead(session, admin, company.locations["VANC"]).id

    @settings(max_examples=5, phases=[Phase.generate], deadline=None, database=None)
    @given(data=st.data())
    def walk(data: st.DataObject) -> None:
        take(Walk(LEAD, Lead, lead_id, hours(1), {"act": act}), admin, data)

    with pytest.raises(AssertionError, match=complaint):
        walk()
