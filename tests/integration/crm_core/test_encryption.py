"""Keys in envelopes and values apart from their rows: kept, revealed, rotated, shredded."""

import os
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm_core import database
from crm_core.config import settings
from crm_core.crash import VARIABLE
from crm_core.database import DatabaseRole, engine, tenant_session
from crm_core.enums import KeyHolder, KeyState
from crm_core.ids import new_id
from crm_core.models import AuditEntry, EncryptedValue, EncryptionKey
from crm_core.security import key_rotation
from crm_core.security.encryption import DecryptionRefused, decrypt, encrypt, place
from crm_core.security.keys import Holder, destroy
from crm_core.security.permissions import ActionRefused, Subject, system_subject
from crm_core.security.vault import Place, discard, protect, reveal
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant

SECRET = "élan 4711, passport X-123456"


def keep(
    company: Tenant, where: Place, value: str = SECRET, holder: Holder | None = None
) -> Subject:
    subject = system_subject(company.client_id)
    with tenant_session(subject) as session:
        protect(session, subject, where, value, at=TEST_NOW, holder=holder)
    return subject


def read(subject: Subject, where: Place) -> str | None:
    with tenant_session(subject) as session:
        return reveal(session, subject, where, purpose="test", at=TEST_NOW)


def somewhere() -> Place:
    return Place("customers", new_id(TEST_NOW), "document_number")


def test_a_value_is_kept_replaced_and_discarded(company: Tenant) -> None:
    where = somewhere()
    subject = keep(company, where)
    assert read(subject, where) == SECRET
    keep(company, where, "another")
    assert read(subject, where) == "another"
    with tenant_session(subject) as session:
        discard(session, subject, where, at=TEST_NOW)
    assert read(subject, where) is None


def test_every_reading_is_noted_with_its_purpose_and_without_the_value(company: Tenant) -> None:
    where = somewhere()
    read(keep(company, where), where)
    with tenant_session(company.subjects["auditor"]) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.action)).all()
    facts = {"table": "customers", "column": "document_number"}
    assert [(e.action, e.resource_id, e.details) for e in entries] == [
        ("PROTECT", where.row_id, facts),
        ("REVEAL", where.row_id, facts | {"purpose": "test"}),
    ]


@pytest.mark.parametrize("role", ["analyst", "sales_rep", "auditor", "driver", "executive"])
def test_most_roles_may_neither_keep_nor_read_a_value(company: Tenant, role: str) -> None:
    where, subject = somewhere(), company.subjects[role]
    keep(company, where)
    with pytest.raises(ActionRefused), tenant_session(subject) as session:
        reveal(session, subject, where, purpose="curiosity", at=TEST_NOW)
    with pytest.raises(ActionRefused), tenant_session(subject) as session:
        protect(session, subject, where, "x", at=TEST_NOW)


@pytest.mark.parametrize("column", ["table_name", "column_name", "row_id"])
def test_a_value_moved_to_another_place_is_refused(company: Tenant, column: str) -> None:
    where = somewhere()
    subject = keep(company, where)
    other = Place("users", where.row_id, where.column)
    if column == "column_name":
        other = Place(where.table, where.row_id, "totp_secret")
    if column == "row_id":
        other = Place(where.table, new_id(TEST_NOW), where.column)
    place_of = {"table_name": other.table, "column_name": other.column, "row_id": other.row_id}
    with tenant_session(subject) as session:
        session.execute(
            update(EncryptedValue)
            .where(EncryptedValue.row_id == where.row_id)
            .values({column: place_of[column]})
        )
    with pytest.raises(DecryptionRefused, match="does not belong"):
        read(subject, other)


def test_two_values_that_changed_places_are_refused(company: Tenant) -> None:
    one, two = somewhere(), somewhere()
    subject = keep(company, one, "1")
    keep(company, two, "2")
    with tenant_session(subject) as session:
        rows = session.scalars(select(EncryptedValue)).all()
        rows[0].ciphertext, rows[1].ciphertext = rows[1].ciphertext, rows[0].ciphertext
    for where in (one, two):
        with pytest.raises(DecryptionRefused):
            read(subject, where)


def test_another_company_finds_nothing(company: Tenant) -> None:
    where = somewhere()
    keep(company, where)
    rival = create_tenant(slug=f"{company.slug}-rival", at=TEST_NOW)
    assert read(system_subject(rival.client_id), where) is None


def test_shredding_a_person_leaves_everybody_else(company: Tenant) -> None:
    places = {new_id(TEST_NOW): somewhere() for _ in range(3)}
    for person, where in places.items():
        keep(company, where, holder=Holder.customer(person))
    own = somewhere()
    subject = keep(company, own)
    gone = next(iter(places))
    with tenant_session(subject) as session:
        assert destroy(session, company.client_id, Holder.customer(gone)) == 1
        assert destroy(session, company.client_id, Holder.customer(gone)) == 0
    for person, where in places.items():
        if person == gone:
            with pytest.raises(DecryptionRefused, match="destroyed"):
                read(subject, where)
        else:
            assert read(subject, where) == SECRET
    assert read(subject, own) == SECRET


def test_a_holder_has_one_active_key(company: Tenant) -> None:
    subject = keep(company, somewhere())
    second = EncryptionKey(
        client_id=company.client_id, id=new_id(), holder_id=company.client_id, wrapped_key="x"
    )
    with (
        pytest.raises(IntegrityError, match="uq_encryption_keys_active"),
        tenant_session(subject) as session,
    ):
        session.add(second)


def test_a_destroyed_key_has_no_content(company: Tenant) -> None:
    subject = keep(company, somewhere())
    with (
        pytest.raises(IntegrityError, match="destroyed_is_gone"),
        tenant_session(subject) as session,
    ):
        session.execute(update(EncryptionKey).values(state=KeyState.DESTROYED.value))


def test_a_value_of_the_first_format_is_still_read(company: Tenant) -> None:
    """Landed before the algorithm was part of a value."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from crm_core.security.keys import active_key, joined

    here, nonce = place("landing.payloads", "ciphertext", new_id()), os.urandom(12)
    with tenant_session(system_subject(company.client_id)) as session:
        key_id, key = active_key(session, company.client_id, Holder.tenant(company.client_id))
        bound = joined(b"\x01", company.client_id.bytes, here)
        old = b"\x01" + key_id.bytes + nonce + AESGCM(key).encrypt(nonce, b"old", bound)
        assert decrypt(session, company.client_id, old, here) == b"old"


@pytest.fixture
def vault(tenant: Tenant) -> dict[Place, Tenant]:
    """Values of two tenants, of persons and of the tenants themselves."""
    companies = [tenant, create_tenant("rival", TEST_NOW)]
    made: dict[Place, Tenant] = {}
    for company in companies:
        for person in [None, *(new_id(TEST_NOW) for _ in range(3))]:
            where = somewhere()
            keep(company, where, holder=person and Holder.customer(person))
            made[where] = company
    return made


def readable(vault: dict[Place, Tenant]) -> bool:
    return all(
        read(system_subject(company.client_id), where) == SECRET for where, company in vault.items()
    )


def _roots() -> set[str]:
    return {path.name for path in settings().keys_dir.glob("root*.key")}


def test_a_new_root_key_wraps_everything_and_the_old_one_is_needed_no_more(
    vault: dict[Place, Tenant],
) -> None:
    before = (settings().keys_dir / "root.key").read_text()
    assert key_rotation.rotate_root().keys == 2
    assert (settings().keys_dir / "root.key").read_text() != before
    (old,) = _roots() - {"root.key"}
    (settings().keys_dir / old).unlink()
    assert readable(vault)
    keep(next(iter(vault.values())), somewhere())


def test_a_new_tenant_key_ends_with_nothing_on_the_old_one(vault: dict[Place, Tenant]) -> None:
    company = next(iter(vault.values()))
    done = key_rotation.rotate_tenant(company.client_id)
    assert (done.keys, done.values) == (3, 1)
    with Session(engine(DatabaseRole.LOADER)) as session:
        old = session.scalars(
            select(EncryptionKey.id).where(EncryptionKey.state == KeyState.DECRYPT_ONLY.value)
        ).one()
        for column in (EncryptedValue.key_id, EncryptionKey.wrapped_by_id):
            assert session.scalar(select(func.count()).where(column == old)) == 0
    assert readable(vault)


def test_what_was_landed_before_a_rotation_is_read_after_it(tenant: Tenant) -> None:
    subject, here = system_subject(tenant.client_id), place("landing.payloads", "x", new_id())
    with tenant_session(subject) as session:
        landed = encrypt(session, tenant.client_id, b"landed", here)
    key_rotation.rotate_tenant(tenant.client_id)
    key_rotation.rotate_root()
    with tenant_session(subject) as session:
        assert decrypt(session, tenant.client_id, landed, here) == b"landed"


def _rotate_first() -> object:
    return key_rotation.rotate_tenant(key_rotation.tenants()[0])


POINTS: dict[str, Callable[[], object]] = {
    "rotate.root.made": key_rotation.rotate_root,
    "rotate.root.tenant": key_rotation.rotate_root,
    "rotate.root.wrapped": key_rotation.rotate_root,
    "rotate.root.kept": key_rotation.rotate_root,
    "rotate.tenant.made": _rotate_first,
    "rotate.tenant.wrapped": _rotate_first,
    "rotate.tenant.encrypted": _rotate_first,
}


@pytest.mark.parametrize("point", POINTS)
def test_a_rotation_killed_anywhere_is_taken_up_again(
    vault: dict[Place, Tenant], monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 1)
    first = key_rotation.tenants()[0]
    killed = _run_until(point, POINTS[point])
    assert killed == -9
    assert readable(vault), "every value is readable at every moment"
    company = next(iter(vault.values()))
    fresh = somewhere()
    keep(company, fresh, holder=Holder.customer(new_id(TEST_NOW)))  # others go on writing
    if "root" in point:
        key_rotation.rotate_root()
        (old,) = _roots() - {"root.key"}
        (settings().keys_dir / old).unlink()
    else:
        key_rotation.rotate_tenant(first)
    assert readable({**vault, fresh: company})
    with Session(engine(DatabaseRole.LOADER)) as session:
        states = session.scalars(
            select(EncryptionKey.state).where(
                EncryptionKey.client_id == first, EncryptionKey.holder == KeyHolder.TENANT.value
            )
        ).all()
        above = set(
            session.scalars(
                select(EncryptionKey.wrapped_by_id).where(
                    EncryptionKey.holder == KeyHolder.TENANT.value
                )
            )
        )
        stale = session.scalar(
            select(func.count())
            .select_from(EncryptedValue)
            .join(EncryptionKey, EncryptionKey.id == EncryptedValue.key_id)
            .where(EncryptionKey.state == KeyState.DECRYPT_ONLY.value)
        )
    assert (len(above), stale) == (1, 0)
    assert sorted(states).count("ACTIVE") == 1


def _run_until(point: str, rotate: Callable[[], object]) -> int:
    """Run a rotation in a process of its own that is killed at a point; how that one ended."""
    child = os.fork()
    if child == 0:
        try:
            os.environ[VARIABLE] = point
            for made in database._engines.values():
                made.dispose(close=False)  # its connections are the parent's
            rotate()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
