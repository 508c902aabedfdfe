"""Every tenant table, every verb, two tenants, four scopes: nothing foreign is read or written.

Everything runs as the application role through `tenant_session`. Tables come from the models, so
that a new one is tried without a word here. What counts as foreign is said in `world.py`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import ForeignKeyConstraint, Table

from crm_core.database import DatabaseRole, conninfo
from crm_core.enums import PermissionScope
from crm_core.security.permissions import Subject
from crm_core.security.resources import JOURNALS, resource_of, scope_columns
from tests.integration.crm_core.world import (
    Key,
    World,
    acting_as,
    attempt,
    key_of,
    make_world,
)
from tests.row_values import NOT_INSERTED, ONE_A_PLACE
from tests.rows import Values, identifier, insert_row, tables
from tests.subjects import SCOPES

pytestmark = pytest.mark.usefixtures("shared_database")

Connection = psycopg.Connection
Offences = Iterable[str]
REFUSED = "42501"
"""The state of every refusal: no right to the table, or row-level security."""
STILL_REFERRED_TO = "23503"
"""An own row that others hang off: what the policies let through gets as far as its keys."""
ASKED_FIRST = {"stock_item_known"}
"""Rules of triggers that run before row-level security is asked. They may not say more than it:
an item out of reach is answered like one that is nowhere."""


@pytest.fixture(scope="module")
def world(shared_database: Path) -> World:
    return make_world()


def _run(connection: Connection, statement: str, table: Table, *values: Any) -> list[Any] | int:
    """Rows, or the count of rows touched where none come back."""
    text = sql.SQL(statement).format(  # type: ignore[arg-type]
        table=identifier(table),
        key=sql.SQL(", ").join(sql.Identifier(c.name) for c in table.primary_key),
        touched=sql.Identifier(_touched(table)),
    )
    cursor = connection.execute(text, values)
    return cursor.fetchall() if cursor.description else cursor.rowcount


@cache
def _touched(table: Table) -> str:
    """A column the application may update, so that a refusal is not for want of a grant."""
    skipped = {column.name for column in table.primary_key} | {"changed_xid"}
    query = "select has_column_privilege(%s, %s, 'UPDATE')"
    with psycopg.connect(conninfo(DatabaseRole.APP)) as connection:
        for column in table.columns:
            if column.name not in skipped:
                found = connection.execute(query, [table.fullname, column.name]).fetchone()
                if found and found[0]:
                    return column.name
    return list(table.columns)[-1].name


def _beyond(world: World, table: Table, subject: Subject, answer: Any) -> Offences:
    """The keys in an answer that the subject should not have got; a refusal has none."""
    if isinstance(answer, psycopg.Error):
        if answer.sqlstate != REFUSED:
            yield f"{table.fullname}: {answer}"
        return
    for row in answer:
        if tuple(row) not in world.reachable(table, subject):
            yield f"{table.fullname}: reached {row}"


def _is_refusal(answer: Any) -> bool:
    if not isinstance(answer, psycopg.Error):
        return False
    return answer.sqlstate == REFUSED or answer.diag.constraint_name in ASKED_FIRST


def _has_no_right(refusal: psycopg.Error) -> bool:
    """Whether the table as a whole is closed: the answer to each of its rows is the same."""
    return (refusal.diag.message_primary or "").startswith("permission denied")


def _none(table: Table, answer: Any) -> Offences:
    """A count that has to be zero, or a refusal."""
    count = answer[0][0] if isinstance(answer, list) else answer
    if isinstance(answer, psycopg.Error):
        if not _is_refusal(answer):
            yield f"{table.fullname}: {answer}"
    elif count:
        yield f"{table.fullname}: {count} rows"


def _returning(statement: str) -> Callable[[Connection, World, Table, Subject], Offences]:
    """A verb without a condition whose answer holds the keys it reached."""

    def run(connection: Connection, world: World, table: Table, subject: Subject) -> Offences:
        answer = attempt(connection, lambda: _run(connection, statement, table))
        yield from _beyond(world, table, subject, answer)

    return run


def delete(connection: Connection, world: World, table: Table, subject: Subject) -> Offences:
    """Without a condition; where an own row stands in its way, everything but the own rows."""
    statement, own = "delete from {table}", sorted(world.reachable(table, subject))
    answer = attempt(connection, lambda: _run(connection, f"{statement} returning {{key}}", table))
    if isinstance(answer, psycopg.Error) and answer.sqlstate == STILL_REFERRED_TO:
        one = "({key}) <> (" + ", ".join(["%s"] * len(table.primary_key.columns)) + ")"
        rest = f"{statement} where {' and '.join([one] * len(own))} returning {{key}}"
        values = [value for key in own for value in key]
        answer = attempt(connection, lambda: _run(connection, rest, table, *values))
    yield from _beyond(world, table, subject, answer)


def _by_key(statement: str) -> Callable[[Connection, World, Table, Subject], Offences]:
    """A verb aimed at every foreign row by its key, which has to find nothing.

    All at once; where a policy stops at one of them, each by itself.
    """

    def aim(connection: Connection, table: Table, keys: list[Key]) -> Any:
        one = f"({', '.join(['%s'] * len(table.primary_key.columns))})"
        aimed = statement.replace("{match}", f"({{key}}) in ({', '.join([one] * len(keys))})")
        values = [value for key in keys for value in key]
        return attempt(connection, lambda: _run(connection, aimed, table, *values))

    def run(connection: Connection, world: World, table: Table, subject: Subject) -> Offences:
        keys = [key_of(table, row) for row in world.foreign(table, subject)]
        together = [keys] if keys else []
        for some in together:
            answer = aim(connection, table, some)
            if isinstance(answer, psycopg.Error) and not _has_no_right(answer) and len(some) > 1:
                together.extend([key] for key in some)
                continue
            yield from _none(table, answer)

    return run


def copy_out(connection: Connection, world: World, table: Table, subject: Subject) -> Offences:
    text = sql.SQL("copy {} ({}) to stdout").format(
        identifier(table), sql.SQL(", ").join(sql.Identifier(c.name) for c in table.primary_key)
    )

    def read() -> list[tuple[str, ...]]:
        with connection.cursor().copy(text) as copy:
            return [tuple(row) for row in copy.rows()]

    answer = attempt(connection, read)
    if isinstance(answer, psycopg.Error):
        yield from _beyond(world, table, subject, answer)
        return
    own = {tuple(map(str, key)) for key in world.reachable(table, subject)}
    yield from (f"{table.fullname}: copied {row}" for row in answer if row not in own)


def copy_in(connection: Connection, world: World, table: Table, subject: Subject) -> Offences:
    def write() -> int:
        with connection.cursor() as cursor:
            with cursor.copy(sql.SQL("copy {} from stdin").format(identifier(table))):
                pass
            return cursor.rowcount + 1

    answer = attempt(connection, write)
    if not isinstance(answer, psycopg.Error) or answer.sqlstate not in (REFUSED, "0A000"):
        yield f"{table.fullname}: COPY FROM answered {answer}"


def insert(connection: Connection, world: World, table: Table, subject: Subject) -> Offences:
    for row in world.foreign_fresh(table, subject):
        answer = attempt(connection, lambda row=row: insert_row(connection, table, row, False))
        if not _is_refusal(answer):
            yield f"{table.fullname}: {answer}"


def upsert(connection: Connection, world: World, table: Table, subject: Subject) -> Offences:
    for conflict in ("do nothing", "do update set {touched} = excluded.{touched}"):
        for row in world.foreign(table, subject):
            given = {name: row[name] for name in row if name in world.fresh[table.fullname][0]}
            statement = (
                f"insert into {{table}} ({', '.join(given)})"
                f" values ({', '.join(['%s'] * len(given))}) on conflict ({{key}}) {conflict}"
            )
            values = [psycopg.types.json.Jsonb(v) if isinstance(v, dict) else v
                      for v in given.values()]  # fmt: skip
            answer = attempt(
                connection, lambda s=statement, v=values: _run(connection, s, table, *v)
            )
            yield from _none(table, answer)


def move(connection: Connection, world: World, table: Table, subject: Subject) -> Offences:
    """Give an own row away: to the other tenant, another branch, another person."""
    rule = scope_columns(table)
    elsewhere = world.foreign(table, subject)
    for column in filter(None, ("client_id", rule.location, rule.owner)):
        for target in {row[column] for row in elsewhere if row[column] is not None}:
            for row in world.rows[table.fullname]:
                moved = {**row, column: target}
                if not world.is_own(table, row, subject) or world.is_own(table, moved, subject):
                    continue
                statement = f"update {{table}} set {column} = %s where ({{key}}) = ({{values}})"
                aimed = statement.replace(
                    "{values}", ", ".join(["%s"] * len(table.primary_key.columns))
                )
                values = (target, *key_of(table, row))
                answer = attempt(
                    connection, lambda s=aimed, v=values: _run(connection, s, table, *v)
                )
                yield from _none(table, answer)


TRIPWIRE = "1 / (case when {match} then 0 else 1 end) < 0"
"""Fails on the row it is aimed at, so that a row looked at before the policy is noticed."""

VERBS: dict[str, Callable[[Connection, World, Table, Subject], Offences]] = {
    "select": _returning("select {key} from {table}"),
    "select by key": _by_key("select count(*) from {table} where {match}"),
    "select for update": _returning("select {key} from {table} for update"),
    "exists": _by_key(
        "select count(*) from core.users where exists (select from {table} where {match})"
    ),
    "join": _returning(
        "select {key} from {table} join (select distinct client_id as c from {table}) as other"
        " on other.c is not null"
    ),
    "left join": _by_key(
        "select count(found.client_id) from core.locations"
        " left join (select * from {table} where {match}) as found on true"
    ),
    "error in a condition": _by_key(f"select count(*) from {{table}} where {TRIPWIRE}"),
    "aggregate": _by_key("select coalesce(sum(1), 0) from {table} where {match}"),
    "copy out": copy_out,
    "copy in": copy_in,
    "insert": insert,
    "insert on conflict": upsert,
    "update returning": _returning("update {table} set {touched} = {touched} returning {key}"),
    "update by key": _by_key("update {table} set {touched} = {touched} where {match}"),
    "update that moves": move,
    "delete returning": delete,
    "delete by key": _by_key("delete from {table} where {match}"),
    "merge": _by_key(
        "merge into {table} using (select 1) as one on {match}"
        " when matched then update set {touched} = {touched}"
    ),
}


def _cases() -> Iterator[tuple[str, PermissionScope]]:
    return ((verb, scope) for verb in VERBS for scope in SCOPES)


@pytest.mark.parametrize(("verb", "scope"), _cases(), ids=lambda value: str(value).lower())
def test_nothing_foreign_is_reached(world: World, verb: str, scope: PermissionScope) -> None:
    offences: list[str] = []
    for number in (0, 1):
        subject = world.subject(number, scope)
        with acting_as(subject) as connection:
            for table in tables():
                offences += VERBS[verb](connection, world, table, subject)
    assert offences == []


def test_there_is_something_foreign_in_every_table(world: World) -> None:
    for scope in (PermissionScope.CLIENT, PermissionScope.LOCATION, PermissionScope.OWN):
        subject = world.subject(0, scope)
        bare = [t.fullname for t in tables() if not world.foreign(t, subject)]
        assert bare == [], scope
    assert set(world.rows) == {table.fullname for table in tables()}


@pytest.mark.parametrize("scope", SCOPES)
def test_an_own_row_is_reached_in_every_table(world: World, scope: PermissionScope) -> None:
    subject = world.subject(0, scope)
    assert [t.fullname for t in tables() if not world.reachable(t, subject)] == []
    unseen = {}
    with acting_as(subject) as connection:
        for table in tables():
            answer = _run(connection, "select {key} from {table}", table)
            assert isinstance(answer, list)
            if missing := world.reachable(table, subject) - set(map(tuple, answer)):
                unseen[table.fullname] = missing
    assert unseen == {}


@pytest.mark.parametrize("scope", SCOPES)
def test_an_own_row_can_be_written_in_every_other_table(
    world: World, scope: PermissionScope
) -> None:
    """What refuses a foreign row is its place: the same row at home goes in."""
    refused = {}
    subject = world.subject(0, scope)
    with acting_as(subject) as connection:
        for table in tables():
            if table.name in {*ONE_A_PLACE, *NOT_INSERTED}:
                continue
            own = [r for r in world.fresh[table.fullname] if world.is_own(table, r, subject)]
            for row in own:
                answer = attempt(
                    connection, lambda t=table, r=row: insert_row(connection, t, r, False)
                )
                if isinstance(answer, psycopg.Error):
                    refused[table.fullname] = str(answer)
    assert refused == {}


def test_who_may_do_nothing_writes_journals_in_their_own_name(world: World) -> None:
    """And nothing else: no other person's, no other tenant's, no other table."""
    subject = replace(world.subject(0, PermissionScope.OWN), grants={})
    allowed: dict[str, list[bool]] = {}
    with acting_as(subject) as connection:
        for table in tables():
            if table.name in {*ONE_A_PLACE, *NOT_INSERTED} or resource_of(table) is None:
                continue
            for row in world.fresh[table.fullname]:
                given = partial(insert_row, connection, table, row, False)
                answer = attempt(connection, given)
                if isinstance(answer, psycopg.Error):
                    assert _is_refusal(answer), f"{table.fullname}: {answer}"
                else:
                    allowed.setdefault(table.name, []).append(world.is_own(table, row, subject))
    assert allowed == {name: [True] for name in JOURNALS}


def test_no_foreign_key_reaches_another_tenant(world: World) -> None:
    """As the owner, whom no policy holds back: the keys themselves refuse."""
    reached = []
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        for table in tables():
            mine = _values_of(world, table, world.tenants[0].client_id)
            for key in _tenant_keys(table):
                column = next(name for name in key.column_keys if name != "client_id")
                target = key.referred_table
                theirs = _values_of(world, target, world.tenants[1].client_id, stored=True)
                values = {**mine, column: theirs["id"]}

                def write(table: Table = table, values: Values = values) -> str:
                    insert_row(connection, table, values, returning=False)
                    connection.execute("set constraints all immediate")
                    return "written"

                answer = attempt(connection, write)
                if not isinstance(answer, psycopg.IntegrityError):
                    reached.append(f"{table.fullname}.{column}: {answer}")
    assert reached == []


def _tenant_keys(table: Table) -> list[ForeignKeyConstraint]:
    return [
        key
        for key in table.constraints
        if isinstance(key, ForeignKeyConstraint)
        and "client_id" in key.column_keys
        and len(key.column_keys) > 1
    ]


def _values_of(world: World, table: Table, client_id: Any, stored: bool = False) -> Values:
    rows = world.rows if stored else world.fresh
    return next(row for row in rows[table.fullname] if row["client_id"] == client_id)


def test_no_statement_of_the_matrix_left_a_trace(world: World) -> None:
    after = make_world_rows(world)
    assert after == {name: len(rows) for name, rows in world.rows.items()}


def make_world_rows(world: World) -> dict[str, int]:
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        counts = {}
        for name in world.rows:
            found = connection.execute(f"select count(*) from {name}".encode()).fetchone()
            counts[name] = found[0] if found else 0
        return counts


BLUNT = {"copy in"}
"""Refused for other reasons as well: whole rows may never be copied in."""


def test_the_matrix_bites(world: World) -> None:
    """With row-level security off, every verb is seen to reach foreign rows."""
    table = next(table for table in tables() if table.name == "quote_items")
    subject = world.subject(0, PermissionScope.CLIENT)
    with psycopg.connect(conninfo(DatabaseRole.OWNER), autocommit=True) as owner:
        owner.execute("alter table core.quote_items disable row level security")
        try:
            with acting_as(subject) as connection:
                blind = {
                    verb for verb, run in VERBS.items()
                    if not list(run(connection, world, table, subject))
                }  # fmt: skip
        finally:
            owner.execute("alter table core.quote_items enable row level security")
    assert blind == BLUNT
