"""Signing in, sessions and passwords, on a real database with real argon2 hashes."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text

from crm_core.database import loader_connection, tenant_session
from crm_core.enums import PermissionScope, UserRole
from crm_core.errors import InvalidInput
from crm_core.models import AuditEntry, User
from crm_core.models import Session as StoredSession
from crm_core.security import passwords
from crm_core.security.passwords import token_hash
from crm_core.security.permissions import ActionRefused, system_subject
from crm_core.services.tenancy import access
from crm_core.services.tenancy.access import SessionEnded, SignInRefused, UnknownUser
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant
from tests.integration.crm_core.flow import hours

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 all the same, at a cost that is no hindrance; the real one has tests of its own."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64))


@pytest.fixture
def password(company: Tenant) -> str:
    """The one-time password of the tenant's manager."""
    admin, manager = company.subjects["admin"], company.subjects["manager"]
    assert manager.user_id is not None
    with tenant_session(admin) as session:
        return access.set_one_time_password(session, admin, user_id=manager.user_id, at=TEST_NOW)


def _email(company: Tenant, role: str = "manager") -> str:
    return f"{role}@{company.slug}.example"


def _acts(company: Tenant) -> list[tuple[str, str]]:
    with tenant_session(company.subjects["admin"]) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.occurred_at))
        return [(entry.action, entry.severity) for entry in entries]


def test_a_subject_is_found_by_mail_address(company: Tenant) -> None:
    subject = access.subject_of(_email(company).upper())
    assert subject == company.subjects["manager"]
    assert (subject.role, subject.scope) == (UserRole.MANAGER, PermissionScope.LOCATION)
    assert access.timezone_of(subject) == "America/Toronto"


@pytest.mark.parametrize("email", ["nobody@nowhere.example", "", "' or 1=1 --"])
def test_an_unknown_address_is_one_clear_line(company: Tenant, email: str) -> None:
    with pytest.raises(UnknownUser, match="no active user"):
        access.subject_of(email)


def test_a_left_employee_is_unknown(company: Tenant) -> None:
    with loader_connection() as connection:
        connection.execute(
            "update core.users set status = 'INACTIVE' where email = %s", [_email(company)]
        )
    with pytest.raises(UnknownUser):
        access.subject_of(_email(company))


def test_an_address_of_two_companies_is_not_guessed(company: Tenant) -> None:
    other = create_tenant(slug=f"{company.slug}-two", at=TEST_NOW)
    with loader_connection() as connection:
        connection.execute(
            "update core.users set email = %s where email = %s", [_email(company), _email(other)]
        )
    with pytest.raises(UnknownUser, match="more than one company"):
        access.subject_of(_email(company))


def test_sign_in_opens_a_session_that_only_the_token_opens(company: Tenant, password: str) -> None:
    signed_in = access.sign_in(_email(company), password, at=TEST_NOW)
    assert signed_in.account.must_change_password
    assert access.session_subject(signed_in.token, TEST_NOW) == company.subjects["manager"]
    with pytest.raises(SessionEnded):
        access.session_subject(signed_in.token + "x", TEST_NOW)
    with tenant_session(company.subjects["admin"]) as session:
        assert session.scalars(select(StoredSession)).all() == []
    with tenant_session(system_subject(company.client_id)) as session:
        stored = session.scalars(select(StoredSession)).one()
        assert stored.token_hash == token_hash(signed_in.token)
        user = session.scalars(select(User).where(User.email == _email(company))).one()
    assert user.last_login_at == TEST_NOW
    assert user.password_hash is not None
    assert user.password_hash.startswith("$argon2id$")
    assert _acts(company)[-1] == ("SIGN_IN", "INFO")


def test_five_failures_lock_the_account_for_fifteen_minutes(company: Tenant, password: str) -> None:
    for _ in range(access.MAX_FAILURES):
        with pytest.raises(SignInRefused):
            access.sign_in(_email(company), "wrong-password", at=TEST_NOW)
    with pytest.raises(SignInRefused):
        access.sign_in(_email(company), password, at=TEST_NOW + 14 * MINUTE)
    assert access.sign_in(_email(company), password, at=TEST_NOW + 15 * MINUTE).token
    refused = [act for act in _acts(company) if act == ("SIGN_IN_REFUSED", "WARNING")]
    assert len(refused) == access.MAX_FAILURES + 1
    assert [act for act in _acts(company) if act[0] == "LOCK_OUT"] == [("LOCK_OUT", "WARNING")]


def test_the_trail_knows_who_signed_in_and_out_but_not_who_failed(
    company: Tenant, password: str
) -> None:
    manager = company.subjects["manager"].user_id
    with pytest.raises(SignInRefused):
        access.sign_in(_email(company), "wrong-password", at=TEST_NOW)
    token = access.sign_in(_email(company), password, at=TEST_NOW + MINUTE).token
    access.sign_out(token, at=TEST_NOW + 2 * MINUTE)
    with tenant_session(company.subjects["admin"]) as session:
        found = session.execute(
            select(AuditEntry.action, AuditEntry.owner_id, AuditEntry.resource_id)
            .where(AuditEntry.action.startswith("SIGN"))
            .order_by(AuditEntry.occurred_at)
        ).all()
    assert [tuple(row) for row in found] == [
        ("SIGN_IN_REFUSED", None, manager),
        ("SIGN_IN", manager, manager),
        ("SIGN_OUT", manager, manager),
    ]


def test_a_success_forgets_earlier_failures(company: Tenant, password: str) -> None:
    for _ in range(2):
        for _ in range(access.MAX_FAILURES - 1):
            with pytest.raises(SignInRefused):
                access.sign_in(_email(company), "wrong-password", at=TEST_NOW)
        assert access.sign_in(_email(company), password, at=TEST_NOW).token


def test_the_answer_does_not_tell_who_exists(company: Tenant, password: str) -> None:
    with pytest.raises(SignInRefused) as unknown:
        access.sign_in("nobody@nowhere.example", password, at=TEST_NOW)
    with pytest.raises(SignInRefused) as wrong:
        access.sign_in(_email(company), "wrong-password", at=TEST_NOW)
    with pytest.raises(SignInRefused) as without_password:
        access.sign_in(_email(company, "driver"), "", at=TEST_NOW)
    assert len({str(error.value) for error in (unknown, wrong, without_password)}) == 1


def test_a_session_ends_when_idle_and_after_eight_hours(company: Tenant, password: str) -> None:
    token = access.sign_in(_email(company), password, at=TEST_NOW).token
    at = TEST_NOW
    for _ in range(16):
        at += 29 * MINUTE
        access.session_subject(token, at)
    with pytest.raises(SessionEnded):
        access.session_subject(token, TEST_NOW + access.ABSOLUTE_LIMIT)
    idle = access.sign_in(_email(company), password, at=TEST_NOW).token
    with pytest.raises(SessionEnded):
        access.session_subject(idle, TEST_NOW + access.IDLE_LIMIT)


def test_sign_out_ends_the_session(company: Tenant, password: str) -> None:
    token = access.sign_in(_email(company), password, at=TEST_NOW).token
    access.sign_out(token, at=hours(0.1))
    access.sign_out(token, at=hours(0.1))
    with pytest.raises(SessionEnded):
        access.session_subject(token, hours(0.1))
    assert [action for action, _ in _acts(company)].count("SIGN_OUT") == 1


def test_a_change_of_role_counts_at_the_next_request(company: Tenant, password: str) -> None:
    token = access.sign_in(_email(company), password, at=TEST_NOW).token
    with loader_connection() as connection:
        connection.execute(
            "update core.users set role = 'DISPATCHER' where email = %s", [_email(company)]
        )
    assert access.session_subject(token, TEST_NOW).role is UserRole.DISPATCHER
    with loader_connection() as connection:
        connection.execute(
            "update core.users set status = 'SUSPENDED' where email = %s", [_email(company)]
        )
    with pytest.raises(SessionEnded):
        access.session_subject(token, TEST_NOW)


def test_a_changed_password_ends_every_other_session(company: Tenant, password: str) -> None:
    manager = company.subjects["manager"]
    here = access.sign_in(_email(company), password, at=TEST_NOW).token
    elsewhere = access.sign_in(_email(company), password, at=TEST_NOW).token
    for current, new, message in [
        ("wrong-password", "a-much-better-one", "is not your password"),
        (password, "short", "between 12 and 200"),
        (password, password, "must differ"),
    ]:
        with pytest.raises(InvalidInput, match=message):
            access.change_password(manager, current=current, new=new, at=TEST_NOW)
    assert not access.has_own_password(_email(company))
    access.change_password(
        manager, current=password, new="a-much-better-one", at=TEST_NOW, keep_token=here
    )
    assert access.has_own_password(_email(company))
    assert not access.session_account(here, TEST_NOW).must_change_password
    with pytest.raises(SessionEnded):
        access.session_subject(elsewhere, TEST_NOW)
    with pytest.raises(SignInRefused):
        access.sign_in(_email(company), password, at=TEST_NOW)
    assert access.sign_in(_email(company), "a-much-better-one", at=TEST_NOW).token


@pytest.mark.parametrize("role", ["manager", "finance", "driver", "auditor"])
def test_only_administrators_set_the_passwords_of_others(company: Tenant, role: str) -> None:
    subject, driver = company.subjects[role], company.subjects["driver"]
    assert driver.user_id is not None
    with tenant_session(subject) as session, pytest.raises(ActionRefused):
        access.set_one_time_password(session, subject, user_id=driver.user_id, at=TEST_NOW)


def test_no_secret_stands_in_the_database(company: Tenant, password: str) -> None:
    token = access.sign_in(_email(company), password, at=TEST_NOW).token
    with tenant_session(system_subject(company.client_id)) as session:
        stored = [
            str(row)
            for table in ("users", "sessions", "audit_entries")
            for row in session.execute(text(f"select * from core.{table}"))
        ]
    assert not [row for row in stored if token in row or password in row]
