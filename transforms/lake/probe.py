"""Whether anything worth an extract was committed to the core since a fence; some milliseconds.

What changed is read by `extract`.
"""

from sqlalchemy import text

from crm_core.database import DatabaseRole, engine
from crm_core.migrations.access import raw_tables
from transforms.lake.merge import QUIET_TABLES

# By the index of the fence, whatever the planner thinks of small tables: see `engine.BY_INDEX`.
BY_INDEX = "set local enable_seqscan = off; set local jit = off"


def core_changed(fence: int) -> bool:
    """Whether a table that is a reason to publish has rows, or tombstones, from the fence on."""
    since = f"changed_xid >= '{int(fence)}'::xid8"
    names = sorted({f"core__{table.name}" for table in raw_tables()} - QUIET_TABLES)
    asked = [f"exists (select from raw.{name} where {since})" for name in names]
    asked.append(f"exists (select from core.tombstones where {since})")
    with engine(DatabaseRole.EXTRACT).connect() as connection, connection.begin():
        connection.exec_driver_sql(BY_INDEX)
        return bool(connection.scalar(text(f"select {' or '.join(asked)}")))
