"""What can go wrong between asking for a Postgres server and having one.

Errors of statements sent to a running server do not belong here.
"""

from crm_core.errors import CrmError


class PostgresNotFound(CrmError):
    """No server of the asked kind: no address, or no binaries new enough."""


class PostgresUnreachable(CrmError):
    """The server named by CRM_DATABASE_URL does not answer, or is too old."""


class PostgresPinned(CrmError):
    """The data was made by another server than the one asked for, or than those found here."""


class PostgresNotAllowed(CrmError):
    """No unprivileged user may both read the server's binaries and hold its data."""


class PostgresDidNotStart(CrmError):
    """initdb or the server gave up; ends with what its log said last."""


class PostgresDidNotStop(CrmError):
    """The server was told to stop and is still there."""
