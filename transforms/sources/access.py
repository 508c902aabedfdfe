"""How to reach an outside system: address and key, the key sealed in the integration's settings.

Opening connections belongs to `http` and to each provider.
"""

import base64
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from crm_core.errors import CrmError
from crm_core.models import Integration
from crm_core.security.encryption import decrypt, encrypt, place


class AccessMissing(CrmError):
    """An integration has neither an address with a key nor a demo account."""


@dataclass(frozen=True, slots=True)
class Access:
    """Address and key of an account."""

    base_url: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """An invented account, served by a local stand-in while it is read."""

    seed: int


def save_access(session: Session, integration: Integration, access: Access | DemoAccess) -> None:
    """Keep the access in the integration's settings; a key only encrypted."""
    if isinstance(access, DemoAccess):
        integration.config = {"demo_seed": access.seed}
    else:
        sealed = encrypt(
            session, integration.client_id, access.api_key.encode(), _context(integration)
        )
        integration.config = {
            "base_url": access.base_url,
            "api_key": base64.b64encode(sealed).decode(),
        }
    session.flush()


def read_access(session: Session, integration: Integration) -> Access | DemoAccess:
    """The saved access; raises `AccessMissing` where none was ever saved."""
    config = integration.config
    if "demo_seed" in config:
        return DemoAccess(int(config["demo_seed"]))
    if "base_url" not in config or "api_key" not in config:
        raise AccessMissing(
            f"integration {integration.name!r} has no address and key yet: save them first"
        )
    sealed = base64.b64decode(str(config["api_key"]))
    key = decrypt(session, integration.client_id, sealed, _context(integration))
    return Access(str(config["base_url"]), key.decode())


def _context(integration: Integration) -> bytes:
    return place("core.integrations", "config", integration.id)
