"""The Postgres the product runs on: found on the machine or in a wheel, started, stopped, probed.

Databases, roles, schemas and sessions inside it belong to `crm_core.database`.
"""

from crm_core.postgres.address import ServerAddress
from crm_core.postgres.cluster import ensure_running, is_running, stop
from crm_core.postgres.errors import (
    PostgresDidNotStart,
    PostgresDidNotStop,
    PostgresNotAllowed,
    PostgresNotFound,
    PostgresPinned,
    PostgresUnreachable,
)

__all__ = [
    "PostgresDidNotStart",
    "PostgresDidNotStop",
    "PostgresNotAllowed",
    "PostgresNotFound",
    "PostgresPinned",
    "PostgresUnreachable",
    "ServerAddress",
    "ensure_running",
    "is_running",
    "stop",
]
