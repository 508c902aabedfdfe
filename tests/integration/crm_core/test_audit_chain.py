"""Sealing and checking the audit trail on a real database: what is tampered with is found."""

import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from crm_core.config import settings
from crm_core.database import DatabaseRole, conninfo, loader_connection, tenant_session
from crm_core.ids import new_id
from crm_core.security import audit
from crm_core.security.audit_seals import (
    DatabaseRestored,
    OutsideHeads,
    Verification,
    open_connection,
    seal,
    seal_now,
    verify,
)
from crm_core.security.permissions import Resource
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant

SECOND = timedelta(seconds=1)
TABLES = ("core.audit_entries", "core.audit_seals", "core.audit_heads")


@pytest.fixture
def trail(tenant: Tenant) -> Tenant:
    """A tenant with ten sealed entries, in two goes, beside a sealed tenant of their own."""
    rival = create_tenant("rival", TEST_NOW)
    act(rival, 3)
    for _ in range(2):
        act(tenant, 5)
        assert seal_now(TEST_NOW) in (5, 8)
    assert check().problems == ()
    return tenant


@pytest.fixture
def tamper(trail: Tenant) -> Iterator[psycopg.Connection]:
    """The owner's own hands in the tables, which nothing in the database can stop."""
    with psycopg.connect(conninfo(DatabaseRole.OWNER), autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"alter table {table} disable trigger user")
        yield connection


def act(who: Tenant, count: int) -> None:
    subject = who.subjects["admin"]
    with tenant_session(subject) as session:
        for number in range(count):
            at = TEST_NOW + number * SECOND
            audit.record(session, subject, "SEND", Resource.QUOTE, new_id(at), at)


def check() -> Verification:
    with open_connection() as connection:
        return verify(connection)


def entry_at(trail: Tenant, sequence: int) -> UUID:
    with open_connection() as connection:
        row = connection.execute(
            "select entry_id from core.audit_seals where client_id = %s and sequence = %s",
            [trail.client_id, sequence],
        ).fetchone()
    assert row is not None
    entry_id: UUID = row[0]
    return entry_id


def test_sequences_have_no_gap_and_heads_are_kept_twice(trail: Tenant) -> None:
    found = check()
    assert (found.sealed, found.unsealed, found.heads) == (13, 0, 3)
    with open_connection() as connection:
        sequences = connection.execute(
            "select sequence from core.audit_seals where client_id = %s order by 1",
            [trail.client_id],
        ).fetchall()
    assert [row[0] for row in sequences] == list(range(1, 11))
    assert len((settings().var / "audit" / "heads.jsonl").read_text().splitlines()) == 3
    assert seal_now(TEST_NOW) == 0, "nothing is sealed twice"


def test_what_is_not_sealed_yet_is_reported_but_no_problem(trail: Tenant) -> None:
    act(trail, 2)
    found = check()
    assert (found.problems, found.unsealed, found.oldest_unsealed_at) == ((), 2, TEST_NOW)


def test_an_open_transaction_holds_its_own_entries_back_and_they_follow_later(
    trail: Tenant,
) -> None:
    subject = trail.subjects["admin"]
    with tenant_session(subject) as slow:
        audit.record(slow, subject, "SLOW", Resource.QUOTE, None, TEST_NOW)
        slow.flush()
        act(trail, 3)  # committed, but in a transaction younger than the slow one
        assert seal_now(TEST_NOW) == 0
    assert seal_now(TEST_NOW) == 4
    assert check().problems == ()
    with open_connection() as connection:
        ordered = connection.execute(
            "select e.action from core.audit_seals s join core.audit_entries e on e.id = s.entry_id"
            " where s.client_id = %s and sequence > 10 order by sequence",
            [trail.client_id],
        ).fetchall()
    assert [row[0] for row in ordered] == ["SLOW", "SEND", "SEND", "SEND"]


def test_two_sealers_at_once_make_one_chain(trail: Tenant) -> None:
    act(trail, 50)
    threads = [threading.Thread(target=seal_now, args=(TEST_NOW,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = check()
    assert (found.problems, found.sealed, found.unsealed) == ((), 63, 0)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("update core.audit_entries set action = 'X' where id = %s", "the entry was changed"),
        (
            "update core.audit_entries set content_hash = repeat('0', 64) where id = %s",
            "the entry was changed",
        ),
        ("delete from core.audit_entries where id = %s", "the entry was removed"),
        (
            "update core.audit_seals set prev_hash = repeat('0', 64) where entry_id = %s",
            "does not follow the entry before it",
        ),
        (
            "update core.audit_seals set hash = repeat('0', 64) where entry_id = %s",
            "not what was sealed here",
        ),
        ("delete from core.audit_seals where entry_id = %s", "seals 4 to 4 were removed"),
    ],
)
def test_a_tampered_row_is_found_and_located(
    trail: Tenant, tamper: psycopg.Connection, statement: str, reason: str
) -> None:
    target = entry_at(trail, 4)
    tamper.execute(statement.encode(), [target])
    found = check().problems
    first = next(problem for problem in found if problem.sequence is not None)
    assert (first.client_id, first.sequence) == (trail.client_id, 4)
    assert first.entry_id in (target, None)
    assert reason in first.reason
    assert len(str(first).splitlines()) == 1
    assert str(trail.client_id) in str(first) and "sequence 4" in str(first)


def test_swapped_entries_are_found(trail: Tenant, tamper: psycopg.Connection) -> None:
    two, three = entry_at(trail, 2), entry_at(trail, 3)
    for entry_id, sequence in ((new_id(), 2), (two, 3), (three, 2)):
        tamper.execute(
            "update core.audit_seals set entry_id = %s where client_id = %s and sequence = %s",
            [entry_id, trail.client_id, sequence],
        )
    found = check().problems
    assert [(problem.sequence, problem.entry_id) for problem in found] == [(2, three), (3, two)]


def test_an_entry_put_in_behind_the_chain_is_found(
    trail: Tenant, tamper: psycopg.Connection
) -> None:
    act(trail, 1)
    tamper.execute(
        "update core.audit_entries e set changed_xid = '5'::xid8 where not exists"
        " (select from core.audit_seals s where s.entry_id = e.id)"
    )
    seal_now(TEST_NOW)
    (problem,) = check().problems
    assert problem.client_id == trail.client_id
    assert "behind the sealed part" in problem.reason


def _forge(trail: Tenant, tamper: psycopg.Connection) -> None:
    """Change an entry and write the tenant's chain and heads anew, as if by the sealer."""
    target = entry_at(trail, 4)
    tamper.execute("update core.audit_entries set action = 'X' where id = %s", [target])
    with loader_connection() as connection:
        from psycopg.rows import namedtuple_row

        cursor = connection.cursor(row_factory=namedtuple_row)
        row = cursor.execute("select * from core.audit_entries where id = %s", [target]).fetchone()
    tamper.execute(
        "update core.audit_entries set content_hash = %s where id = %s",
        [audit.content_hash(row), target],  # type: ignore[arg-type]
    )
    tamper.execute("delete from core.audit_seals")
    tamper.execute("delete from core.audit_heads")


def test_a_whole_chain_written_anew_is_caught_by_the_heads_outside(
    trail: Tenant, tamper: psycopg.Connection
) -> None:
    _forge(trail, tamper)
    with open_connection() as connection:
        assert seal(connection, at=TEST_NOW) == 13
        connection.commit()
    (problem,) = check().problems
    # The first head after the change: the chain is whole in itself, with our own signature.
    assert (problem.client_id, problem.sequence) == (trail.client_id, 5)
    assert "a signed head says otherwise" in problem.reason


def test_a_chain_signed_with_another_key_is_caught(
    trail: Tenant, tamper: psycopg.Connection
) -> None:
    _forge(trail, tamper)
    key = settings().keys_dir / "audit.key"
    ours = key.read_text()
    key.unlink()
    with open_connection() as connection:
        seal(connection, at=TEST_NOW)
        connection.commit()
    key.write_text(ours)
    reasons = {problem.reason for problem in check().problems}
    assert "the head in the database does not carry our signature" in reasons


def test_everything_taken_away_is_caught(trail: Tenant, tamper: psycopg.Connection) -> None:
    for table in TABLES:
        tamper.execute(f"delete from {table} where client_id = %s".encode(), [trail.client_id])
    (problem,) = check().problems
    assert (problem.client_id, problem.sequence) == (trail.client_id, 1)
    assert "the tail was cut off" in problem.reason


def test_the_loss_and_the_forgery_of_the_copy_are_noticed(trail: Tenant, tmp_path: Path) -> None:
    copy = settings().var / "audit" / "heads.jsonl"
    kept = tmp_path / "kept"
    shutil.copy(copy, kept)
    copy.unlink()
    assert "outside of the database is missing" in check().problems[0].reason
    copy.write_text(kept.read_text().replace('"sequence": 5', '"sequence": 6') + "rubbish\n")
    reasons = " ".join(problem.reason for problem in check().problems)
    assert "the head outside does not carry our signature" in reasons
    assert "line 4 of heads.jsonl outside of the database is no head" in reasons


def test_a_copy_cut_short_by_a_kill_is_completed(trail: Tenant) -> None:
    copy = settings().var / "audit" / "heads.jsonl"
    lines = copy.read_text().splitlines(keepends=True)
    copy.write_text("".join(lines[:2]))
    assert check().problems == (), "what is committed but not copied yet is no problem"
    with open_connection() as connection:
        assert OutsideHeads().catch_up(connection) == 1
        assert OutsideHeads().catch_up(connection) == 0
    assert copy.read_text() == "".join(lines)


@pytest.mark.parametrize("role", [DatabaseRole.APP, DatabaseRole.LOADER, DatabaseRole.AUDIT])
@pytest.mark.parametrize("table", TABLES)
def test_no_role_may_change_the_trail(company: Tenant, role: DatabaseRole, table: str) -> None:
    for verb in (f"update {table} set client_id = client_id", f"delete from {table}",
                 f"truncate {table}"):  # fmt: skip
        with (
            psycopg.connect(conninfo(role)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(verb.encode())


@pytest.mark.parametrize("table", TABLES)
def test_even_the_owner_is_stopped_by_a_trigger(company: Tenant, table: str) -> None:
    with (
        psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="written once"),
    ):
        connection.execute(f"delete from {table}".encode())


@pytest.mark.parametrize("role", [DatabaseRole.APP, DatabaseRole.LOADER, DatabaseRole.EXTRACT])
def test_only_the_audit_role_adds_to_the_chain(company: Tenant, role: DatabaseRole) -> None:
    with (
        psycopg.connect(conninfo(role)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(
            "insert into core.audit_seals values (%s, 99, %s, 'x', 'x')",
            [company.client_id, new_id()],
        )


def test_after_a_restore_the_sealer_asks_before_it_goes_on(
    trail: Tenant, tamper: psycopg.Connection
) -> None:
    tamper.execute("update core.audit_heads set fence = fence + 1000000000")
    assert seal_now(TEST_NOW) == 0, "nothing to seal, nothing to ask"
    act(trail, 2)
    with pytest.raises(DatabaseRestored, match="--after-restore"):
        seal_now(TEST_NOW)
    assert seal_now(TEST_NOW, after_restore=True) == 2
    act(trail, 1)
    assert seal_now(TEST_NOW + SECOND) == 1
