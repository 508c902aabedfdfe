"""How to reach a running server, and the server an operator names by URL.

Starting one is not done here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from crm_core.postgres.errors import PostgresUnreachable

MINIMUM_MAJOR = 15

_NAMED = {"host", "port", "user", "password", "dbname"}


@dataclass(frozen=True)
class ServerAddress:
    """A server that answered: where it listens, who rules it, where its binaries and data are.

    `host` is a socket directory or a host name. `bin_dir` and `data_dir` are None for a server we
    did not start. `options` are further libpq keywords of the operator's URL (sslmode, …).
    """

    host: str
    port: int
    superuser: str
    password: str | None
    source: Literal["url", "system", "wheel"]
    major: int
    bin_dir: Path | None
    data_dir: Path | None
    options: tuple[tuple[str, str], ...] = ()

    def conninfo(self, dbname: str, user: str | None = None) -> str:
        """libpq keyword string for a database, as the superuser unless `user` is given.

        The password is included for the superuser only: it says nothing about other roles.
        """
        user = user or self.superuser
        password = self.password if user == self.superuser else None
        return make_conninfo(
            "",
            host=self.host,
            port=self.port,
            dbname=dbname,
            user=user,
            password=password,
            **dict(self.options),
        )


def address_of_url(url: str) -> ServerAddress:
    """Connects once to the server an operator names; raises `PostgresUnreachable`."""
    try:
        given = conninfo_to_dict(url)
        with psycopg.connect(url, connect_timeout=10) as connection:
            info = connection.info
            host, port, user = info.host, info.port, info.user
            password, version = info.password, info.server_version
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise PostgresUnreachable(
            f"CRM_DATABASE_URL names a Postgres that cannot be used: {reason}"
        ) from error
    major = version // 10000
    if major < MINIMUM_MAJOR:
        raise PostgresUnreachable(
            f"the Postgres {major} at CRM_DATABASE_URL is too old: {MINIMUM_MAJOR} is the least"
        )
    rest = {k: str(v) for k, v in given.items() if k not in _NAMED and v is not None}
    return ServerAddress(
        host=host,
        port=port,
        superuser=user,
        password=password or None,
        source="url",
        major=major,
        bin_dir=None,
        data_dir=None,
        options=tuple(sorted(rest.items())),
    )
