"""How to reach an outside system: address and key, the key encrypted apart from the settings.

Opening connections belongs to `http` and to each provider.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import tenant_session
from crm_core.enums import ActorType
from crm_core.errors import CrmError
from crm_core.models import Integration
from crm_core.security.permissions import Subject, system_subject
from crm_core.security.vault import Place, protect, reveal


class AccessMissing(CrmError):
    """An integration has neither an address with a key nor a demo account."""


@dataclass(frozen=True, slots=True)
class Access:
    """Address and key of an account."""

    base_url: str
    api_key: str = field(default="", repr=False)
    """Empty for sources that are open to everybody."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What the addresses of an account need, like its number; never a secret."""


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """An invented account, served by a local stand-in while it is read."""

    seed: int


def save_access(
    session: Session,
    integration: Integration,
    access: Access | DemoAccess,
    *,
    at: datetime | None = None,
) -> None:
    """Keep the address in the integration's settings, the key encrypted and apart from them."""
    if isinstance(access, DemoAccess):
        integration.config = {"demo_seed": access.seed}
    else:
        config: dict[str, object] = {"base_url": access.base_url, "options": dict(access.options)}
        if access.api_key:
            subject = system_subject(integration.client_id, ActorType.INTEGRATION)
            protect(session, subject, _place(integration), access.api_key, at=at or clock.now())
        else:
            config["is_open"] = True
        integration.config = config
    session.flush()


def read_access(
    session: Session, integration: Integration, *, at: datetime | None = None
) -> Access | DemoAccess:
    """The saved access; raises `AccessMissing` where none was ever saved."""
    config = integration.config
    if "demo_seed" in config:
        return DemoAccess(int(config["demo_seed"]))
    subject = system_subject(integration.client_id, ActorType.INTEGRATION)
    key: str | None = ""
    if "is_open" not in config:
        key = reveal(session, subject, _place(integration), purpose="ingest", at=at or clock.now())
    if "base_url" not in config or key is None:
        raise AccessMissing(
            f"integration {integration.name!r} has no address and key yet: save them first"
        )
    return Access(str(config["base_url"]), key, dict(config.get("options", {})))


def renew_key(subject: Subject, integration_id: UUID, key: str) -> None:
    """Keep a key that the vendor changed, in a transaction of its own: the old one is dead."""
    with tenant_session(subject) as session:
        integration = session.get_one(Integration, (subject.client_id, integration_id))
        protect(session, subject, _place(integration), key, at=clock.now())


def _place(integration: Integration) -> Place:
    return Place("integrations", integration.id, "api_key")
