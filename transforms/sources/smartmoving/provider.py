"""SmartMoving as a provider: how the pieces of this folder fit into the ingest.

What they do stands in `connector`, `apply` and `fake`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import IntegrationMode
from crm_core.models import IntegrationLocation, Location
from crm_core.security.permissions import Subject
from transforms.sources.access import Access
from transforms.sources.http import Manners, SourceClient
from transforms.sources.provider import Provider
from transforms.sources.smartmoving.apply import apply_landed
from transforms.sources.smartmoving.connector import PROVIDER, SmartMoving
from transforms.sources.smartmoving.fake import BranchSpec, FakeSmartMoving, Faults
from transforms.sources.smartmoving.ours import branches_of

DEMO_CUSTOMERS = {IntegrationMode.SOURCE: 90, IntegrationMode.REFERENCE: 20}
"""Customers per branch of a demo account: a source must carry its branch's day-to-day figures."""
DEMO_BROKEN = 3


@contextmanager
def connect(
    subject: Subject, integration_id: UUID, access: Access, manners: Manners | None
) -> Iterator[SmartMoving]:
    """The account of an integration, ready to be pulled."""
    with tenant_session(subject) as session:
        branches = branches_of(session, subject.client_id, integration_id)
    headers = {"x-api-key": access.api_key}
    with SourceClient("SmartMoving", access.base_url, headers=headers, manners=manners) as client:
        yield SmartMoving(client, branches)


@contextmanager
def open_demo(
    subject: Subject, integration_id: UUID, *, seed: int, as_of: datetime
) -> Iterator[Access]:
    """An invented account over the tenant's own branches, a few broken rows among them."""
    query = (
        select(
            Location.code,
            Location.name,
            Location.province,
            Location.is_corporate,
            IntegrationLocation.mode,
        )
        .join(IntegrationLocation, IntegrationLocation.location_id == Location.id)
        .where(IntegrationLocation.integration_id == integration_id)
        .order_by(Location.code)
    )
    with tenant_session(subject) as session:
        found = session.execute(query).all()
    branches = [
        BranchSpec(code, name, province, is_corporate, DEMO_CUSTOMERS[IntegrationMode(mode)])
        for code, name, province, is_corporate, mode in found
    ]
    faults = Faults(broken_opportunities=DEMO_BROKEN)
    with FakeSmartMoving(seed=seed, as_of=as_of, branches=branches, faults=faults) as server:
        yield Access(server.base_url, server.api_key)


SMARTMOVING = Provider(PROVIDER, connect, apply_landed, open_demo)
