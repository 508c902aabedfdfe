"""What a simulation wrote, as one figure per table: same plan, same figures.

Left out is what no plan decides: when a row was written and in which transaction, the ids of
history that triggers draw, and what is made with a secret of the installation.
"""

from collections.abc import Sequence

from psycopg import sql

from crm_core.database import DatabaseRole, connect, conninfo
from crm_core.models import Base
from crm_core.models.base import SCHEMA

STAMPS = frozenset({"created_at", "updated_at", "changed_xid"})
KEYED = frozenset({"public_token_hash"})
DRAWN_BY_TRIGGER = frozenset({"status_events", "domain_events"})


def checksums(tables: Sequence[str]) -> dict[str, str]:
    """Rows and checksum by table, over all tenants; the order of the rows does not matter."""
    with connect(conninfo(DatabaseRole.LOADER)) as connection:
        connection.execute("set timezone = 'UTC'")
        found = {}
        for name in tables:
            columns = [
                column.name
                for column in Base.metadata.tables[f"{SCHEMA}.{name}"].columns
                if column.name not in STAMPS | KEYED
                and not (column.name == "id" and name in DRAWN_BY_TRIGGER)
            ]
            query = sql.SQL(
                "select count(*), coalesce(sum(hashtextextended(row({})::text, 0)::numeric), 0)"
                " from {}"
            ).format(sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(SCHEMA, name))
            count, figure = connection.execute(query).fetchone() or (0, 0)
            found[name] = f"{count}:{figure}"
        return found
