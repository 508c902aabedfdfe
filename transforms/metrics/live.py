"""The door of live metrics: views on the core, read under the subject's row-level security.

What is live is tagged in dbt; warehouse figures come through the doors of the lake.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
from psycopg.errors import InsufficientPrivilege, InvalidSchemaName, UndefinedTable
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.config import settings
from crm_core.database import tenant_session
from crm_core.security.permissions import Subject
from transforms.lake.access import COLUMN_RESOURCES, RESOURCES, grant_of
from transforms.lake.definitions import definitions_hash
from transforms.metrics.compiler import with_names
from transforms.metrics.errors import MetricNotLive


@dataclass(frozen=True)
class LivePublication:
    """What stands for a publication where nothing was published: the core as it is now."""

    as_of: datetime
    definitions: str
    id: int = 0


class LiveDoor:
    """The live views as one subject sees them, inside one transaction."""

    def __init__(self, session: Session, subject: Subject, publication: LivePublication) -> None:
        self._session = session
        self.publication = publication
        allowed = grant_of(subject).resources
        shown = [n for n, needed in RESOURCES.items() if needed is None or needed in allowed]
        held = [column for column, needed in COLUMN_RESOURCES.items() if needed in allowed]
        columns = (f"{name}.{column}" for name in shown for column in held)
        self.relations = frozenset((*shown, *columns))

    def sql(self, query: str, params: Sequence[object] = ()) -> pl.DataFrame:
        """The rows of a query; `$1` is the first of `params`."""
        named = {f"p{number}": value for number, value in enumerate(params, start=1)}
        try:
            found = self._session.connection().exec_driver_sql(with_names(query), named)
        except ProgrammingError as error:
            missing = (UndefinedTable, InvalidSchemaName, InsufficientPrivilege)
            if isinstance(error.orig, missing):
                reason = error.orig.diag.message_primary
                raise MetricNotLive(
                    f"the live views are not deployed on the core ({reason}):"
                    " run `crm pipeline run`, or ask without --live"
                ) from error
            raise
        columns = list(found.keys())
        return pl.DataFrame(
            [tuple(row) for row in found.fetchall()],
            schema=columns,
            orient="row",
            infer_schema_length=None,
        )


@contextmanager
def live_door(subject: Subject) -> Iterator[LiveDoor]:
    """A door on the core for `subject`; raises `DoorRefused` for those without figures.

    Live views take the business clock for now, so the door does too.
    """
    definitions = definitions_hash(settings().dbt_project_dir)
    with tenant_session(subject) as session:
        set_by_edge = session.scalar(text("select as_of from core.business_clock"))
        as_of = set_by_edge.astimezone(UTC) if set_by_edge else clock.now()
        yield LiveDoor(session, subject, LivePublication(as_of, definitions))
