"""A tenant connected to a SmartMoving account: Vancouver takes its rows from it, Toronto compares.

What is tested with it stands in `test_smartmoving*.py`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import ActorType, IntegrationMode, Resource
from crm_core.ids import new_id
from crm_core.models import Base, Integration, IntegrationLocation
from crm_core.security.permissions import Subject, system_subject
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from transforms.sources.base import Applied, Json, Payload, Quarantined
from transforms.sources.http import Manners
from transforms.sources.ingest import IngestResult, run_ingest
from transforms.sources.landing import Landing
from transforms.sources.smartmoving.apply import apply_landed
from transforms.sources.smartmoving.connector import parse
from transforms.sources.smartmoving.fake import BranchSpec, FakeSmartMoving, Faults
from transforms.sources.smartmoving.ours import branches_of

FAST = Manners(first_wait=0.001, longest_wait=1.0, requests_per_second=None)
SPECS = (
    BranchSpec("VANC", "Vancouver", "BC", is_corporate=True, customers=40),
    BranchSpec("DTOR", "Downtown Toronto", "ON", customers=30),
)
MODES = {"VANC": IntegrationMode.SOURCE, "DTOR": IntegrationMode.REFERENCE}
COPIED = ("customers", "leads", "quotes", "quote_items", "truck_journeys", "journey_steps",
          "invoices", "invoice_items", "payments", "audit_entries", "payloads")  # fmt: skip
"""Tables that a run which brings nothing new must leave as they are."""


@dataclass(frozen=True)
class Connected:
    """The tenant, and what a test does with its integration."""

    tenant: Tenant
    subject: Subject
    integration_id: UUID

    def ingest(
        self,
        server: FakeSmartMoving,
        at: datetime = TEST_NOW,
        *,
        key: str | None = None,
        manners: Manners = FAST,
    ) -> IngestResult:
        """One run against a server."""
        return run_ingest(
            self.tenant.client_id,
            at=at,
            base_url=server.base_url,
            api_key=server.api_key if key is None else key,
            manners=manners,
        )

    def land(self, payloads: Iterable[Payload], at: datetime = TEST_NOW) -> Landing:
        """Land payloads as if they had been pulled."""
        with tenant_session(self.subject) as session:
            branches = branches_of(session, self.tenant.client_id, self.integration_id)
            landing = Landing.open(session, self.integration_id, new_id())

            def judge(payload: Payload) -> Quarantined | None:
                row = parse(payload, branches)
                return row if isinstance(row, Quarantined) else None

            landing.land(session, self.tenant.client_id, list(payloads), judge, at=at)
        return landing

    def apply(self, at: datetime = TEST_NOW) -> Applied:
        """Bring what is landed into the core."""
        return apply_landed(self.subject, self.integration_id, at)

    def rows(self, model: type[Any], **values: object) -> list[Any]:
        """Rows of the tenant with these values, oldest first."""
        query = select(model).filter_by(**values).order_by(model.id)
        with tenant_session(self.subject) as session:
            return list(session.scalars(query))

    def one(self, model: type[Any], **values: object) -> Any:
        (row,) = self.rows(model, **values)
        return row

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every column of every row that a run without news must not touch.

        That it ran is audited each time: those entries are about the integration itself.
        """
        tables = {table.name: table for table in Base.metadata.sorted_tables}
        with tenant_session(self.subject) as session:
            found = {name: session.execute(select(tables[name])).mappings() for name in COPIED}
            return {
                name: sorted(
                    tuple(map(str, row.values()))
                    for row in rows
                    if row.get("resource") != Resource.INTEGRATION
                )
                for name, rows in found.items()
            }


@pytest.fixture
def connected(tenant: Tenant) -> Connected:
    """A small tenant with its integration and the modes of its branches."""
    subject = system_subject(tenant.client_id, ActorType.INTEGRATION)
    integration = Integration(
        client_id=tenant.client_id, id=new_id(), provider="smartmoving", name="SmartMoving"
    )
    with tenant_session(subject) as session:
        session.add(integration)
        session.flush()
        for spec in SPECS:
            session.add(
                IntegrationLocation(
                    client_id=tenant.client_id,
                    id=new_id(),
                    integration_id=integration.id,
                    location_id=tenant.locations[spec.code],
                    mode=MODES[spec.code].value,
                    external_name=spec.name,
                )
            )
    return Connected(tenant, subject, integration.id)


def serve(faults: Faults | None = None) -> FakeSmartMoving:
    """The account, ready to be entered; same seed, same data."""
    return FakeSmartMoving(seed=11, as_of=TEST_NOW, branches=SPECS, faults=faults)


def story(server: FakeSmartMoving, wanted: Callable[[Any], bool]) -> dict[str, Json]:
    """The raw rows about the first Vancouver opportunity whose life fits."""
    account = server.account
    key, person = next(
        (key, person)
        for key, (person, life) in account.lives.items()
        if life.branch.code == "VANC" and len(person.lives) == 1 and wanted(life)
    )
    include = frozenset({"includecharges", "includepayments", "includejobaddresses"})
    detail = account.opportunity(key, include) or {}
    customer = account.customer(person.id) or {}
    summary = {"id": key, "jobs": [{"type": job["type"]} for job in detail["jobs"]]}  # type: ignore[attr-defined]
    dates = (account.opportunities_of(person.id) or [])[0]
    return {"detail": detail, "customer": customer | {"opportunities": [summary]}, "dates": dates}


def payloads_of(rows: dict[str, Json], **changes: object) -> list[Payload]:
    """Payloads of a story, its details changed."""
    detail = rows["detail"] | changes
    return [
        Payload.of("opportunities", detail),
        Payload.of("opportunity_dates", rows["dates"]),
        Payload.of("customers", rows["customer"]),
    ]
