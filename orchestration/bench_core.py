"""`crm bench core`: what isolation, audit and history cost, against the same tables without them.

The peer is the schema `bare` of a scratch database: the same columns, checks and indexes, no
policies, triggers or foreign keys, filled with the same rows and gathered statistics.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import Connection, insert, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from crm_core import clock, config, database
from crm_core.database import DatabaseRole, as_system, database_name, engine, server, tenant_session
from crm_core.enums import PermissionScope, UserRole
from crm_core.ids import new_id
from crm_core.migrations.run import migrate
from crm_core.models import LISTS, Base
from crm_core.security.permissions import Subject
from crm_core.services.listing import Wanted, page_query
from crm_core.services.sales import leads
from crm_core.services.sales.leads import LeadData
from orchestration.measure import Calibration, Figure, calibrate, compare, side_by_side

ROWS = {"S": 100_000, "M": 1_000_000, "L": 5_000_000}
BRANCHES, SELLERS = 43, 430
WRITE_LIMIT, LIST_LIMIT = 4.0, 1.5
TENANT, STRANGER = UUID(int=1 << 64), UUID(int=2 << 64)
CUSTOMER = UUID(int=3 << 64)
BARE = {"schema_translate_map": {"core": "bare"}}

PEOPLE = """
insert into core.clients (id, slug, name) values
  (%(tenant)s, 'bench', 'Bench'), (%(stranger)s, 'stranger', 'Stranger');
insert into core.locations (client_id, id, code, name, city, province, timezone, opened_on)
  select %(tenant)s, pg_temp.key('branch', n), 'B' || n, 'Branch ' || n, 'City', 'ON',
    'America/Toronto', date '2020-01-01' from generate_series(1, %(branches)s) n;
insert into core.users (client_id, id, location_id, role, name, email)
  select %(tenant)s, pg_temp.key('seller', n), pg_temp.key('branch', 1 + n %% %(branches)s),
    'SALES_REP', 'Seller ' || n, 'seller' || n || '@bench.example'
  from generate_series(1, %(sellers)s) n;
insert into core.customers (client_id, id, location_id, first_name, last_name, created_on)
  values (%(tenant)s, %(customer)s, pg_temp.key('branch', 1), 'Robin', 'Maple', '2026-01-01');
"""
KEY = """create function pg_temp.key(kind text, n bigint) returns uuid language sql immutable
  as $$ select md5(kind || n)::uuid $$"""
LEADS = """
insert into core.leads (client_id, id, location_id, owner_id, customer_id, source, service_type,
    status, created_on, received_at)
  select case when n %% 10 = 0 then %(stranger)s else %(tenant)s end,
    (lpad(to_hex(1700000000000 + n * 60000), 12, '0') || '7' || substr(md5(n::text), 1, 3)
      || '8' || substr(md5(n::text), 4, 15))::uuid,
    pg_temp.key('branch', 1 + (1 + n / 7 %% %(sellers)s) %% %(branches)s),
    pg_temp.key('seller', 1 + n / 7 %% %(sellers)s), %(customer)s, 'organic', 'Moving',
    (array['NEW', 'CONTACTED', 'QUALIFIED', 'PROPOSAL_SENT'])[1 + n %% 4],
    date '2023-11-14' + (n / 1440)::int, timestamptz '2023-11-14' + n * interval '1 minute'
  from generate_series(1, %(rows)s::bigint) n
"""


def bench_core(scale: str, tell: Callable[[str], None]) -> Iterator[Figure]:
    """Measure in a scratch database that is dropped again; figures as they come."""
    machine = calibrate()
    with scratch_database() as superuser:
        tell(f"filling two tables with {ROWS[scale]:,} rows each")
        _fill(superuser, ROWS[scale])
        yield from _writes(superuser, machine)
        for scope in (PermissionScope.CLIENT, PermissionScope.LOCATION, PermissionScope.OWN):
            yield from _lists(_subject(scope), machine)
        yield from _context(machine)


@contextmanager
def scratch_database() -> Iterator[psycopg.Connection]:
    """Databases of our own on this installation's server; yields the superuser's connection."""
    before = os.environ.get("CRM_DATABASE_SUFFIX")
    os.environ["CRM_DATABASE_SUFFIX"] = "_bench"
    config.settings.cache_clear()
    database.forget_connections()
    try:
        _drop_databases()
        migrate()
        with psycopg.connect(server().conninfo(database_name("crm")), autocommit=True) as superuser:
            yield superuser
    finally:
        database.forget_connections()
        _drop_databases()
        if before is None:
            del os.environ["CRM_DATABASE_SUFFIX"]
        else:
            os.environ["CRM_DATABASE_SUFFIX"] = before
        config.settings.cache_clear()
        database.forget_connections()


def _drop_databases() -> None:
    with psycopg.connect(server().conninfo("postgres"), autocommit=True) as connection:
        for name in ("crm", "lake", "dagster"):
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(
                    sql.Identifier(database_name(name))
                )
            )


def _fill(superuser: psycopg.Connection, rows: int) -> None:
    """Two tenants, their rows in both schemas; keys are not checked again, indexes built after."""
    values = {
        "tenant": TENANT, "stranger": STRANGER, "customer": CUSTOMER, "rows": rows,
        "branches": BRANCHES, "sellers": SELLERS,
    }  # fmt: skip
    superuser.execute("set session_replication_role = replica")
    superuser.execute("set maintenance_work_mem = '256MB'")
    superuser.execute(KEY)
    for statement in PEOPLE.split(";\n"):
        if statement.strip():
            superuser.execute(statement.encode(), values)
    with _without_indexes(superuser, "core.leads"):
        superuser.execute(LEADS.encode(), values)
    superuser.execute("create schema bare")
    superuser.execute("create table bare.leads (like core.leads including defaults)")
    superuser.execute("insert into bare.leads select * from core.leads")
    indexes = superuser.execute(
        "select pg_get_indexdef(indexrelid) from pg_index where indrelid = 'core.leads'::regclass"
    ).fetchall()
    for (definition,) in indexes:
        superuser.execute(definition.replace(" ON core.", " ON bare.").encode())
    for definition, name in superuser.execute(
        "select pg_get_constraintdef(oid), conname from pg_constraint"
        " where conrelid = 'core.leads'::regclass and contype = 'c'"
    ).fetchall():
        superuser.execute(f"alter table bare.leads add constraint {name} {definition}".encode())
    superuser.execute("set session_replication_role = origin")
    superuser.execute(f"grant usage on schema bare to {DatabaseRole.APP.value}")
    superuser.execute(f"grant all on bare.leads to {DatabaseRole.APP.value}")
    superuser.execute("vacuum analyze core.leads, bare.leads")
    superuser.execute("vacuum analyze core.users, core.locations, core.clients, core.customers")
    superuser.execute("checkpoint")


@contextmanager
def _without_indexes(superuser: psycopg.Connection, table: str) -> Iterator[None]:
    found = superuser.execute(
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
        " where indrelid = %s::regclass and not indisprimary",
        [table],
    ).fetchall()
    for name, _ in found:
        superuser.execute(f"drop index {name}".encode())
    yield
    for _, definition in found:
        superuser.execute(definition.encode())


def _subject(scope: PermissionScope) -> Subject:
    """A seller of the second branch, who may do everything within one scope."""
    with engine(DatabaseRole.OWNER).connect() as connection:
        found = connection.execute(
            text("select id, location_id from core.users where email = 'seller1@bench.example'")
        ).one()
    return Subject(TENANT, found.id, UserRole.ADMIN, scope, frozenset({found.location_id}))


def _writes(superuser: psycopg.Connection, machine: Calibration) -> list[Figure]:
    """A lead by its service, against the rows that it wrote, inserted bare in one transaction."""
    subject, at = _subject(PermissionScope.CLIENT), clock.now()
    data = LeadData(source="organic", service_type="Moving")
    branch = next(iter(subject.location_ids))

    def create(session: Session) -> None:
        leads.create(session, subject, customer_id=CUSTOMER, data=data, at=at, location_id=branch)

    def ours() -> None:
        with tenant_session(subject, at) as session:
            create(session)

    with tenant_session(subject) as session:
        create(session)
        with as_system(session):
            written = _rows_written(session.connection())
    for name in written:
        if name != "leads":
            superuser.execute(f"create table bare.{name} (like core.{name} including all)".encode())
            superuser.execute(f"grant all on bare.{name} to {DatabaseRole.APP.value}".encode())
    bare = engine(DatabaseRole.APP).execution_options(**BARE)
    tables = {name: Base.metadata.tables[f"core.{name}"] for name in written}

    def peer() -> None:
        with bare.begin() as connection:
            for name, rows in written.items():
                fresh = [{**row, "id": new_id(at)} for row in rows]
                connection.execute(insert(tables[name]), fresh)

    mine, theirs = side_by_side(ours, peer, 200)
    return compare(f"write a lead ({' + '.join(written)})", mine, theirs, WRITE_LIMIT, machine)


def _rows_written(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """The rows this transaction has written so far, by table; parents first."""
    found = {}
    for table in Base.metadata.sorted_tables:
        keys = {"client_id", "id", "changed_xid"}  # what has no tenant is closed to the application
        if table.schema != "core" or not keys <= set(table.columns.keys()):
            continue
        names = [column.name for column in table.columns if column.name != "changed_xid"]
        rows = connection.execute(
            text(
                f"select {', '.join(names)} from {table.fullname}"
                " where changed_xid = pg_current_xact_id_if_assigned()"
            )
        ).mappings()
        if kept := [dict(row) for row in rows]:
            found[table.name] = kept
    return found


def _lists(subject: Subject, machine: Calibration) -> list[Figure]:
    """The newest 50 leads; only the statement is timed, not the context."""
    spec = LISTS["leads"]
    compiled = page_query(subject, spec, Wanted(limit=50)).compile(
        dialect=postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
    )
    statement = str(compiled)
    bare = statement.replace("core.leads", "bare.leads")
    with tenant_session(subject) as session, engine(DatabaseRole.APP).begin() as plain:
        guarded = session.connection()

        def run(connection: Connection, query: str) -> None:
            rows = connection.exec_driver_sql(query, compiled.params).fetchall()
            assert len(rows) == 51, f"{len(rows)} rows instead of a full page"

        mine, theirs = side_by_side(lambda: run(guarded, statement), lambda: run(plain, bare), 200)
    return compare(f"list 50 leads, {subject.scope}", mine, theirs, LIST_LIMIT, machine)


def _context(machine: Calibration) -> list[Figure]:
    """Saying who acts, against a transaction that says nothing; part of no other figure."""
    subject = _subject(PermissionScope.LOCATION)

    def ours() -> None:
        with tenant_session(subject) as session:
            session.execute(text("select 1"))

    def peer() -> None:
        with Session(engine(DatabaseRole.APP)) as session, session.begin():
            session.execute(text("select 1"))

    mine, theirs = side_by_side(ours, peer, 300)
    cost = round(mine.p50 - theirs.p50, 3)
    return [Figure("setting the context p50", "ms", cost, calibration=machine)]
