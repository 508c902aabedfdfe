"""The tables beside the lake's catalogue that say what is published and how the last runs went.

Reading and adding publications is in `publication`, runs in `status`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from crm_core.database import DatabaseRole, connect, conninfo
from transforms.lake.errors import LakeUnreachable

Session = psycopg.Connection[tuple[Any, ...]]

DDL = """
create schema if not exists platform;
create table if not exists platform.publications (
  id bigint generated always as identity primary key,
  lake_snapshot bigint not null,
  generation bigint not null,
  fence bigint not null,
  definitions text not null,
  relations jsonb not null,
  checks jsonb not null,
  as_of timestamptz not null,
  created_at timestamptz not null);
create table if not exists platform.runs (
  id bigint generated always as identity primary key,
  step text not null,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  succeeded boolean not null,
  message text not null);
create index if not exists ix_runs_step on platform.runs (step, id);
"""


@contextmanager
def catalogue_session() -> Iterator[Session]:
    """One transaction on the lake's database; raises `LakeUnreachable`."""
    try:
        session = connect(conninfo(DatabaseRole.LAKE, "lake"))
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        raise LakeUnreachable(f"the database of the lake cannot be reached: {reason}") from error
    with session:
        yield session


def ensure_catalogue() -> None:
    """Creates what is missing; safe to run again and from several processes."""
    with catalogue_session() as session:
        # Two processes that create the same table at once would fail on the system catalogue.
        session.execute("select pg_advisory_xact_lock(%s)", [0x706C6174])
        session.execute(DDL)
