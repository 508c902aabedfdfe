"""The audit trail and the encryption of single values, on a real database."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.config import settings
from crm_core.database import DatabaseRole, conninfo, engine, tenant_session
from crm_core.ids import new_id
from crm_core.models import AuditEntry, EncryptionKey
from crm_core.security import audit_seals
from crm_core.security.audit import AuditProblem
from crm_core.security.encryption import DecryptionRefused, decrypt, encrypt, place
from crm_core.security.permissions import system_subject
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant
from tests.integration.crm_core.flow import an_accepted_quote

ROW = UUID("01a1fa1d-8100-7c2a-9651-f47ff75a7bc8")
HERE = place("landing.payloads", "ciphertext", ROW)


def _problems() -> tuple[AuditProblem, ...]:
    with audit_seals.open_connection() as connection:
        return audit_seals.verify(connection).problems


def test_an_untouched_trail_verifies_for_the_audit_role(company: Tenant) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        an_accepted_quote(session, admin, company.locations["VANC"])
        written = len(session.scalars(select(AuditEntry)).all())
    with Session(engine(DatabaseRole.AUDIT)) as session:
        seen = session.scalars(
            select(AuditEntry).where(AuditEntry.client_id == company.client_id)
        ).all()
        assert len(seen) == written == 9
    assert _problems() == ()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "REJECT"),
        ("resource_id", str(ROW)),
        ("owner_id", None),
        ("occurred_at", "2026-11-20 18:00:00.000001+00"),
        ("details", '{"to": "LOST"}'),
        ("location_id", None),
    ],
)
def test_a_changed_entry_is_found_and_named(
    company: Tenant, column: str, value: str | None
) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        an_accepted_quote(session, admin, company.locations["VANC"])
    with tenant_session(admin) as session:
        target = session.scalars(select(AuditEntry).where(AuditEntry.action == "WIN")).one().id
    _as_owner(f"update core.audit_entries set {column} = %s where id = %s", value, target)
    (problem,) = _problems()
    assert problem.entry_id == target
    # the trail of the module is checked as a whole elsewhere: put nothing wrong behind us
    _as_owner("delete from core.audit_entries where id = %s", target)


def test_the_application_cannot_change_the_trail(company: Tenant) -> None:
    from sqlalchemy import delete, update
    from sqlalchemy.exc import ProgrammingError

    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        an_accepted_quote(session, admin, company.locations["VANC"])
    for statement in (update(AuditEntry).values(action="X"), delete(AuditEntry)):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            tenant_session(admin) as session,
        ):
            session.execute(statement)


def test_a_value_comes_back_as_it_was(company: Tenant) -> None:
    subject = system_subject(company.client_id)
    for plaintext in (b"", "élan & co, 555-0142".encode(), bytes(100_000)):
        with tenant_session(subject) as session:
            hidden = encrypt(session, company.client_id, plaintext, HERE)
        with tenant_session(subject) as session:
            assert decrypt(session, company.client_id, hidden, HERE) == plaintext
        assert not plaintext or plaintext not in hidden


def test_the_same_value_never_looks_the_same(company: Tenant) -> None:
    with tenant_session(system_subject(company.client_id)) as session:
        hidden = {encrypt(session, company.client_id, b"x", HERE) for _ in range(100)}
        keys = session.scalars(select(EncryptionKey)).all()
    assert len(hidden) == 100
    assert len(keys) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda value: value[:-1],
        lambda value: value[:20],
        lambda value: b"",
        lambda value: b"\x03" + value[1:],
        lambda value: b"\x01" + value[2:],
        lambda value: value[:1] + b"\x02" + value[2:],
        lambda value: value[:-1] + bytes([value[-1] ^ 1]),
        lambda value: value[:18] + bytes(12) + value[30:],
        lambda value: value[:2] + new_id().bytes + value[18:],
    ],
)
def test_a_spoilt_value_is_refused(company: Tenant, spoil: Callable[[bytes], bytes]) -> None:
    with tenant_session(system_subject(company.client_id)) as session:
        hidden = encrypt(session, company.client_id, b"a secret", HERE)
        with pytest.raises(DecryptionRefused):
            decrypt(session, company.client_id, spoil(hidden), HERE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        place("landing.payloads", "ciphertext", new_id()),
        place("landing.payloads", "reason", ROW),
        place("core.payloads", "ciphertext", ROW),
        b"",
    ],
    ids=["another row", "another column", "another table", "nowhere"],
)
def test_a_value_in_another_place_is_refused(company: Tenant, elsewhere: bytes) -> None:
    with tenant_session(system_subject(company.client_id)) as session:
        hidden = encrypt(session, company.client_id, b"a secret", HERE)
        with pytest.raises(DecryptionRefused):
            decrypt(session, company.client_id, hidden, elsewhere)


def test_a_value_of_another_tenant_is_refused(company: Tenant) -> None:
    rival = create_tenant(slug=f"{company.slug}-rival", at=TEST_NOW)
    with tenant_session(system_subject(company.client_id)) as session:
        hidden = encrypt(session, company.client_id, b"a secret", HERE)
        with pytest.raises(DecryptionRefused):
            decrypt(session, rival.client_id, hidden, HERE)
    with tenant_session(system_subject(rival.client_id)) as session:
        encrypt(session, rival.client_id, b"their own", HERE)
        with pytest.raises(DecryptionRefused):
            decrypt(session, company.client_id, hidden, HERE)


def test_a_key_made_in_a_rolled_back_transaction_is_forgotten(company: Tenant) -> None:
    with tenant_session(system_subject(company.client_id)) as session:
        with pytest.raises(_Interrupted), session.begin_nested():
            encrypt(session, company.client_id, b"lost", HERE)
            raise _Interrupted
        hidden = encrypt(session, company.client_id, b"kept", HERE)
    with tenant_session(system_subject(company.client_id)) as session:
        assert decrypt(session, company.client_id, hidden, HERE) == b"kept"


def test_the_root_key_is_a_private_file_outside_the_database(company: Tenant) -> None:
    with tenant_session(system_subject(company.client_id)) as session:
        hidden = encrypt(session, company.client_id, b"a secret", HERE)
        wrapped = session.scalars(select(EncryptionKey.wrapped_key)).one()
    root = settings().keys_dir / "root.key"
    assert root.stat().st_mode & 0o777 == 0o600
    assert root.read_text().strip() not in wrapped
    was = root.read_text()
    root.write_text("00" * 32)
    try:
        with (
            tenant_session(system_subject(company.client_id)) as session,
            pytest.raises(DecryptionRefused, match="root key"),
        ):
            decrypt(session, company.client_id, hidden, HERE)
    finally:
        root.write_text(was)


class _Interrupted(Exception):
    """Stands for a record that fails in the middle of a load."""


def _as_owner(statement: str, *values: object) -> None:
    import psycopg

    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        connection.execute("alter table core.audit_entries disable trigger keep")
        connection.execute(statement, values)
        connection.execute("alter table core.audit_entries enable trigger keep")
