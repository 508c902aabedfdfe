"""What the core declares about a SmartMoving account: its branches, their modes, the currency.

Reading only; the declaration is written where tenants are set up.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.enums import IntegrationMode
from crm_core.models import Client, IntegrationLocation, Location
from transforms.sources.smartmoving.branches import BranchUse, directory


def branches_of(session: Session, client_id: UUID, integration_id: UUID) -> dict[str, BranchUse]:
    """The branches an integration serves, by normalised name at the source."""
    rows = session.execute(
        select(
            IntegrationLocation.external_name,
            IntegrationLocation.location_id,
            IntegrationLocation.mode,
            Location.timezone,
            Location.province,
        )
        .join(
            Location,
            (Location.client_id == IntegrationLocation.client_id)
            & (Location.id == IntegrationLocation.location_id),
        )
        .where(
            IntegrationLocation.client_id == client_id,
            IntegrationLocation.integration_id == integration_id,
        )
    )
    return directory(
        {
            BranchUse(location_id, IntegrationMode(mode), timezone, province): name
            for name, location_id, mode, timezone, province in rows
        }
    )


def currency_of(session: Session, client_id: UUID) -> str:
    """The tenant's currency: the account has none of its own."""
    return str(session.scalar(select(Client.currency).where(Client.id == client_id)))
