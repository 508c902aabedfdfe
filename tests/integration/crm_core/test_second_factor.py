"""The second factor of an account up to the lost telephone, and people as accounts."""

import base64
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import UserRole, UserStatus
from crm_core.errors import InvalidInput
from crm_core.models import AuditEntry, EncryptedValue, User, UserLocation
from crm_core.security import passwords, totp
from crm_core.security.permissions import ActionRefused, Subject, system_subject
from crm_core.services.tenancy import access, own_account, second_factor, users
from crm_core.services.tenancy.access import CodeRefused, SessionEnded, SignInRefused
from crm_core.services.tenancy.users import UserData
from tests.conftest import TEST_NOW
from tests.factories import Tenant

PASSWORD = "four quiet word boxes"
HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64))


@pytest.fixture
def manager(company: Tenant) -> Subject:
    """The manager, who has chosen a password."""
    subject = company.subjects["manager"]
    give_password(company, subject)
    return subject


def give_password(company: Tenant, subject: Subject) -> None:
    admin = company.subjects["admin"]
    assert subject.user_id is not None
    with tenant_session(admin) as session:
        once = access.set_one_time_password(session, admin, user_id=subject.user_id, at=TEST_NOW)
    access.change_password(subject, current=once, new=PASSWORD, at=TEST_NOW)


def code_at(secret: str, at: datetime) -> str:
    return totp.code_at(base64.b32decode(secret), totp.step_of(at))


def set_up(subject: Subject) -> tuple[str, list[str]]:
    """The secret and the recovery codes of an account that has a second factor now."""
    secret = own_account.begin_second_factor(subject, at=TEST_NOW).secret
    codes = own_account.set_second_factor(
        subject, password=PASSWORD, code=code_at(secret, TEST_NOW), at=TEST_NOW
    )
    return secret, codes


def email_of(company: Tenant, role: str = "manager") -> str:
    return f"{role}@{company.slug}.example"


def stored(subject: Subject) -> User:
    with tenant_session(system_subject(subject.client_id)) as session:
        return session.scalars(select(User).where(User.id == subject.user_id)).one()


def test_a_second_factor_is_asked_for_after_the_password(company: Tenant, manager: Subject) -> None:
    begun = own_account.begin_second_factor(manager, at=TEST_NOW)
    assert own_account.begin_second_factor(manager, at=TEST_NOW) == begun
    assert begun.address.startswith("otpauth://totp/C%26C%20CRM%3Amanager")
    for password, code in (("wrong", code_at(begun.secret, TEST_NOW)), (PASSWORD, "000000")):
        with pytest.raises(InvalidInput):
            own_account.set_second_factor(manager, password=password, code=code, at=TEST_NOW)
    assert not own_account.has_second_factor(manager)
    secret, codes = set_up(manager)
    assert secret == begun.secret and len(codes) == 10

    later = TEST_NOW + HALF_MINUTE
    waiting = access.sign_in(email_of(company), PASSWORD, at=later)
    assert waiting.account.is_code_due and waiting.expires_at == later + access.CODE_LIMIT
    assert access.session_account(waiting.token, later).is_code_due
    opened = access.give_code(waiting.token, code_at(secret, later), at=later)
    assert not opened.account.is_code_due and opened.expires_at == later + access.ABSOLUTE_LIMIT
    assert not access.session_account(opened.token, later).is_code_due
    with pytest.raises(SessionEnded):
        access.session_account(waiting.token, later)
    with pytest.raises(SessionEnded):
        access.give_code(opened.token, code_at(secret, later), at=later)


def test_a_code_and_a_recovery_code_are_good_once(company: Tenant, manager: Subject) -> None:
    secret, codes = set_up(manager)
    first = access.sign_in(email_of(company), PASSWORD, at=TEST_NOW)
    with pytest.raises(CodeRefused):  # it switched the factor on
        access.give_code(first.token, code_at(secret, TEST_NOW), at=TEST_NOW)
    assert access.give_code(first.token, codes[3].upper(), at=TEST_NOW).token
    second = access.sign_in(email_of(company), PASSWORD, at=TEST_NOW)
    with pytest.raises(CodeRefused):
        access.give_code(second.token, codes[3], at=TEST_NOW)
    renewed = own_account.renew_recovery_codes(manager, password=PASSWORD, at=TEST_NOW)
    with pytest.raises(CodeRefused):
        access.give_code(second.token, codes[4], at=TEST_NOW)
    assert access.give_code(second.token, renewed[0], at=TEST_NOW).token


def test_wrong_codes_and_wrong_passwords_are_counted_together(
    company: Tenant, manager: Subject
) -> None:
    secret, _ = set_up(manager)
    for _ in range(2):
        with pytest.raises(SignInRefused):
            access.sign_in(email_of(company), "wrong", at=TEST_NOW)
    waiting = access.sign_in(email_of(company), PASSWORD, at=TEST_NOW)
    for _ in range(access.MAX_FAILURES - 2):
        with pytest.raises(CodeRefused):
            access.give_code(waiting.token, "000000", at=TEST_NOW)
    # The right password set nothing back, and the session that waited is gone.
    later = TEST_NOW + HALF_MINUTE
    with pytest.raises(SessionEnded):
        access.give_code(waiting.token, code_at(secret, later), at=later)
    with pytest.raises(SignInRefused):
        access.sign_in(email_of(company), PASSWORD, at=later)
    after = TEST_NOW + access.LOCK_OUT
    again = access.sign_in(email_of(company), PASSWORD, at=after)
    assert access.give_code(again.token, code_at(secret, after), at=after).token


def test_what_is_stored_tells_neither_secret_nor_codes(company: Tenant, manager: Subject) -> None:
    secret, codes = set_up(manager)
    user = stored(manager)
    assert user.is_two_factor_enabled and len(user.recovery_hashes) == 10
    assert not {*codes} & {*user.recovery_hashes}
    with tenant_session(system_subject(company.client_id)) as session:
        (kept,) = session.scalars(
            select(EncryptedValue).where(EncryptedValue.row_id == manager.user_id)
        )
        assert kept.column_name == "totp_secret" and secret.encode() not in kept.ciphertext
        entries = session.scalars(select(AuditEntry)).all()
        assert "SECOND_FACTOR_ON" in {entry.action for entry in entries}
        assert not any(secret in str(entry.details) for entry in entries)


def test_a_company_wants_it_of_a_role(company: Tenant, manager: Subject) -> None:
    admin = company.subjects["admin"]
    token = access.sign_in(email_of(company), PASSWORD, at=TEST_NOW).token
    with tenant_session(admin) as session:
        second_factor.require_of_role(
            session, admin, role=UserRole.MANAGER, is_required=True, at=TEST_NOW
        )
    assert access.session_account(token, TEST_NOW).must_set_second_factor
    set_up(manager)
    with pytest.raises(ActionRefused, match="your company wants"):
        own_account.end_second_factor(manager, password=PASSWORD, at=TEST_NOW)
    with tenant_session(admin) as session:
        second_factor.require_of_role(
            session, admin, role=UserRole.MANAGER, is_required=False, at=TEST_NOW
        )
    own_account.end_second_factor(manager, password=PASSWORD, at=TEST_NOW)
    assert not access.sign_in(email_of(company), PASSWORD, at=TEST_NOW).account.is_code_due
    with tenant_session(manager) as session, pytest.raises(ActionRefused):
        second_factor.require_of_role(
            session, manager, role=UserRole.MANAGER, is_required=True, at=TEST_NOW
        )


def test_an_administrator_helps_out_who_lost_the_telephone(
    company: Tenant, manager: Subject
) -> None:
    set_up(manager)
    admin = company.subjects["admin"]
    assert manager.user_id is not None
    with tenant_session(manager) as session, pytest.raises(ActionRefused):
        access.reset_second_factor(session, manager, user_id=manager.user_id, at=TEST_NOW)
    with tenant_session(admin) as session:
        access.reset_second_factor(session, admin, user_id=manager.user_id, at=TEST_NOW)
    user = stored(manager)
    assert (user.is_two_factor_enabled, user.recovery_hashes) == (False, [])
    assert not access.sign_in(email_of(company), PASSWORD, at=TEST_NOW).account.is_code_due


def test_a_person_is_made_moved_and_let_go(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    other = company.locations["DTOR"]
    data = UserData("Noor Lindqvist", f" Noor@{company.slug}.example ", "fr")
    with tenant_session(admin) as session:
        with pytest.raises(InvalidInput, match="is needed"):
            users.create(session, admin, data=data, role=UserRole.MANAGER, at=TEST_NOW)
        made = users.create(
            session, admin, data=data, role=UserRole.MANAGER, location_id=branch, at=TEST_NOW
        )
        user_id = made.id
        once = access.set_one_time_password(session, admin, user_id=user_id, at=TEST_NOW)
    email = f"noor@{company.slug}.example"
    token = access.sign_in(email, once, at=TEST_NOW).token
    subject = access.session_subject(token, TEST_NOW)
    assert (subject.role, subject.location_ids) == (UserRole.MANAGER, frozenset({branch}))

    with tenant_session(admin) as session:
        users.give_role(session, admin, user_id=user_id, role=UserRole.DISPATCHER, at=TEST_NOW)
        users.add_branch(session, admin, user_id=user_id, location_id=other, at=TEST_NOW)
    subject = access.session_subject(token, TEST_NOW)
    assert (subject.role, len(subject.location_ids)) == (UserRole.DISPATCHER, 2)
    with tenant_session(admin) as session:
        links = {row.location_id: row.id for row in session.scalars(
            select(UserLocation).where(UserLocation.user_id == user_id))}  # fmt: skip
        users.remove_branch(session, admin, link_id=links[other], at=TEST_NOW)
        with pytest.raises(InvalidInput, match="home branch"):
            users.remove_branch(session, admin, link_id=links[branch], at=TEST_NOW)
    with tenant_session(admin) as session:
        users.switch(session, admin, user_id=user_id, is_active=False, at=TEST_NOW)
    with pytest.raises(SessionEnded):
        access.session_subject(token, TEST_NOW)
    with tenant_session(admin) as session:
        users.switch(session, admin, user_id=user_id, is_active=True, at=TEST_NOW)
        assert session.get_one(User, (company.client_id, user_id)).status == UserStatus.ACTIVE


def test_nobody_makes_more_of_themselves_and_managers_make_nobody(company: Tenant) -> None:
    admin, manager = company.subjects["admin"], company.subjects["manager"]
    driver = company.subjects["driver"].user_id
    assert admin.user_id and manager.user_id and driver
    data = UserData("Somebody", f"somebody@{company.slug}.example")
    with tenant_session(manager) as session:
        with pytest.raises(ActionRefused):
            users.create(session, manager, data=data, role=UserRole.MOVER, at=TEST_NOW)
        with pytest.raises(ActionRefused):
            users.give_role(session, manager, user_id=driver, role=UserRole.ADMIN, at=TEST_NOW)
        with pytest.raises(ActionRefused):
            users.switch(session, manager, user_id=driver, is_active=False, at=TEST_NOW)
    with tenant_session(admin) as session:
        for act in (
            lambda: users.give_role(
                session, admin, user_id=admin.user_id, role=UserRole.FINANCE, at=TEST_NOW
            ),
            lambda: users.switch(
                session, admin, user_id=admin.user_id, is_active=False, at=TEST_NOW
            ),
        ):
            with pytest.raises(ActionRefused, match="nobody changes their own"):
                act()
        with pytest.raises(InvalidInput, match="belongs to the platform"):
            users.give_role(session, admin, user_id=driver, role=UserRole.SUPER_ADMIN, at=TEST_NOW)
        taken = UserData("Double", email_of(company))
        with pytest.raises(InvalidInput, match="belongs to somebody else"):
            users.update(session, admin, user_id=driver, data=taken, at=TEST_NOW)
        with pytest.raises(InvalidInput, match="no mail address"):
            users.update(session, admin, user_id=driver, data=UserData("A", "x"), at=TEST_NOW)
