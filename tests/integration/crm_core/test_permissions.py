"""Overrides from the table to the row: who may give them, when they count, what services still do.

The decisions themselves are compared in `test_permission_agreement.py`.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from crm_core.database import as_system, tenant_session
from crm_core.enums import (
    Action,
    JourneyStage,
    LeadStatus,
    PaymentMethod,
    PermissionEffect,
    PermissionScope,
    Resource,
    UserRole,
)
from crm_core.errors import CrmError, InvalidInput
from crm_core.models import (
    AuditEntry,
    Base,
    Customer,
    Lead,
    NumberCounter,
    Quote,
    RolePermission,
    UserPermission,
)
from crm_core.models import Session as StoredSession
from crm_core.security.permissions import ActionRefused, Subject, can, system_subject
from crm_core.security.resources import AREAS, HEADS, JOURNALS, NAMED, resource_of
from crm_core.services.finance import invoices, payments
from crm_core.services.operations import journey_media, journeys
from crm_core.services.rows import NotFound
from crm_core.services.sales import leads, quotes
from crm_core.services.tenancy import access, permissions
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.field_flow import HERE, a_file, crewed
from tests.integration.crm_core.flow import (
    LABOUR,
    a_lead,
    a_sent_quote,
    an_accepted_quote,
    an_issued_invoice,
    hours,
)

ALLOW, DENY = PermissionEffect.ALLOW, PermissionEffect.DENY
OWN, LOCATION, CLIENT = PermissionScope.OWN, PermissionScope.LOCATION, PermissionScope.CLIENT


def _email(company: Tenant, role: str) -> str:
    return f"{role}@{company.slug}.example"


def _now(company: Tenant, role: str, minutes: int = 0) -> Subject:
    """The subject of a role as of some minutes after the start of the test."""
    return access.subject_of(_email(company, role), TEST_NOW + timedelta(minutes=minutes))


def _give(company: Tenant, role: str, by: str = "admin", **asked: Any) -> UUID:
    user_id = company.subjects[role].user_id
    assert user_id is not None
    asked = {"is_granted": True, "reason": "cover for a colleague", "at": TEST_NOW, **asked}
    giver = _now(company, by)
    with tenant_session(giver) as session:
        return permissions.override_person(session, giver, user_id=user_id, **asked).id


def _set_role(company: Tenant, role: UserRole, by: str = "admin", **asked: Any) -> UUID:
    giver = _now(company, by)
    with tenant_session(giver) as session:
        return permissions.override_role(session, giver, role=role, at=TEST_NOW, **asked).id


def test_every_table_belongs_to_a_resource() -> None:
    for table in Base.metadata.sorted_tables:
        resource_of(table)
    modules = {m.class_.__module__.rpartition(".")[2] for m in Base.registry.mappers}
    assert modules <= set(AREAS)
    assert set(HEADS) | (set(JOURNALS) & {"audit_entries"}) <= set(NAMED) | {"audit_entries"}


def test_a_table_that_is_declared_nowhere_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Base.metadata.tables["core.role_permissions"]
    monkeypatch.setattr("crm_core.security.resources.AREAS", {})
    with pytest.raises(LookupError, match=r"core\.role_permissions has no resource"):
        resource_of(table)


def test_a_sales_rep_works_on_the_branch_by_setting_of_the_tenant(company: Tenant) -> None:
    branch, manager = company.locations["VANC"], company.subjects["manager"]
    with tenant_session(manager) as session:
        others = a_lead(session, manager, branch)
    for resource in (Resource.LEAD, Resource.QUOTE):
        for action in (Action.READ, Action.CREATE, Action.UPDATE):
            _set_role(
                company, UserRole.SALES_REP, resource=resource, action=action, effect=ALLOW,
                scope=LOCATION,
            )  # fmt: skip
    sales = _now(company, "sales_rep")
    with tenant_session(sales) as session:
        assert session.scalars(select(Lead.id)).all() == [others.id]
        assert session.scalars(select(Customer.id)).all() == []
        leads.contact(session, sales, lead_id=others.id, at=hours(1))


def test_a_personal_right_ends_by_itself_and_by_revocation(company: Tenant) -> None:
    branch, admin = company.locations["DTOR"], company.subjects["admin"]
    with tenant_session(admin) as session:
        far = a_lead(session, admin, branch)

    def sees(minutes: int) -> bool:
        manager = _now(company, "manager", minutes)
        with tenant_session(manager) as session:
            return far.id in session.scalars(select(Lead.id)).all()

    assert not sees(0)
    until = TEST_NOW + timedelta(minutes=30)
    right = _give(
        company, "manager", resource=Resource.LEAD, action=Action.READ, scope=CLIENT,
        expires_at=until,
    )  # fmt: skip
    assert (sees(0), sees(29), sees(30)) == (True, True, False)
    with tenant_session(admin) as session:
        permissions.revoke(session, admin, model=UserPermission, permission_id=right, at=hours(0.1))
    assert not sees(0)


def test_a_suspension_beside_a_lasting_right_wins(company: Tenant) -> None:
    asked: dict[str, Any] = {"resource": Resource.QUOTE, "action": Action.READ}
    _give(company, "manager", scope=CLIENT, **asked)
    _give(company, "manager", is_granted=False, **asked)
    assert not can(_now(company, "manager"), Resource.QUOTE, Action.READ)


def test_conditions_bind_the_rows_and_their_lines(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        sent = a_sent_quote(session, admin, branch)
        lead = a_lead(session, admin, branch)
        offer = quotes.Offer([LABOUR])
        draft = quotes.draft(session, admin, lead_id=lead.id, offer=offer, at=hours(1))
    _set_role(
        company, UserRole.MANAGER, resource=Resource.QUOTE, action=Action.READ, effect=ALLOW,
        scope=LOCATION, conditions={"status": ["DRAFT"]},
    )  # fmt: skip
    manager = _now(company, "manager")
    with tenant_session(manager) as session:
        assert session.scalars(select(Quote.id)).all() == [draft.id]
        lines = session.execute(text("select distinct quote_id from core.quote_items")).all()
        assert [line.quote_id for line in lines] == [draft.id]
        with pytest.raises(NotFound):
            quotes.view(session, manager, quote_id=sent.id, at=hours(3))


@pytest.mark.parametrize(
    ("by", "about", "asked", "why"),
    [
        ("admin", "admin", {"resource": Resource.LEAD}, "their own rights"),
        ("manager", "driver", {"resource": Resource.LEAD}, "may not CREATE PERMISSION"),
        ("driver", "mover", {"resource": Resource.JOURNEY}, "may not CREATE PERMISSION"),
        ("auditor", "driver", {"resource": Resource.LEAD}, "may not CREATE PERMISSION"),
        ("admin", "driver", {"resource": Resource.NOTIFICATION, "action": Action.EXPORT}, "give"),
        ("admin", "driver", {"resource": Resource.CLIENT, "action": Action.CREATE}, "may not give"),
    ],
)
def test_nobody_gives_what_is_not_theirs_to_give(
    company: Tenant, by: str, about: str, asked: dict[str, Any], why: str
) -> None:
    with pytest.raises(ActionRefused, match=why):
        _give(company, about, by, **{"action": Action.READ, "scope": CLIENT, **asked})
    with tenant_session(company.subjects["admin"]) as session:
        assert session.scalars(select(UserPermission)).all() == []
        refused = select(AuditEntry).where(AuditEntry.action == "GRANT_REFUSED")
        assert len(session.scalars(refused).all()) == (by == "admin")


def test_a_delegate_gives_within_the_branch_and_no_further(company: Tenant) -> None:
    """A manager who may give rights gives those held, to people of the branches held."""
    for action in (Action.READ, Action.CREATE):
        _give(company, "manager", resource=Resource.PERMISSION, action=action, scope=LOCATION)
    asked: dict[str, Any] = {"resource": Resource.LEAD, "action": Action.READ}
    _give(company, "driver", "manager", scope=LOCATION, **asked)
    assert can(_now(company, "driver"), Resource.LEAD, Action.READ)
    with pytest.raises(ActionRefused, match="may not give"):
        _give(company, "driver", "manager", scope=CLIENT, **asked)
    with pytest.raises(ActionRefused, match="their own rights"):
        _give(company, "manager", "manager", scope=LOCATION, **asked)
    with pytest.raises(ActionRefused, match="to a role"):
        _set_role(company, UserRole.DRIVER, "manager", effect=ALLOW, scope=LOCATION, **asked)
    with pytest.raises(ActionRefused, match="own role"):
        _set_role(company, UserRole.MANAGER, "manager", effect=ALLOW, scope=LOCATION, **asked)


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("scope", {"scope": PermissionScope.ALL}),
        ("scope", {"scope": None}),
        ("scope", {"effect": DENY}),
        ("resource", {"resource": Resource.MACHINERY}),
        ("resource", {"resource": Resource.AUDIT_ENTRY, "action": Action.DELETE}),
        ("conditions", {"conditions": {"notes": ["x"]}}),
        ("conditions", {"conditions": {"status": "NEW"}}),
        ("conditions", {"conditions": {"status": ["NEW"]}, "effect": DENY, "scope": None}),
        ("role", {"role": UserRole.SUPER_ADMIN}),
    ],
)
def test_senseless_overrides_are_refused_by_field(
    company: Tenant, field: str, asked: dict[str, Any]
) -> None:
    whole = {
        "role": UserRole.DRIVER, "resource": Resource.LEAD, "action": Action.READ, "effect": ALLOW,
        "scope": CLIENT, **asked,
    }  # fmt: skip
    with pytest.raises(InvalidInput, match=field):
        _set_role(company, whole.pop("role"), **whole)


def test_the_table_refuses_what_the_service_would(company: Tenant) -> None:
    for values in (
        "'DRIVER', 'LEAD', 'READ', 'ALLOW', 'ALL'",
        "'DRIVER', 'LEAD', 'READ', 'ALLOW', null",
        "'DRIVER', 'LEAD', 'READ', 'DENY', 'OWN'",
        "'DRIVER', 'AUDIT_ENTRY', 'UPDATE', 'ALLOW', 'CLIENT'",
        "'DRIVER', 'MACHINERY', 'READ', 'ALLOW', 'CLIENT'",
        "'NOBODY', 'LEAD', 'READ', 'ALLOW', 'OWN'",
    ):
        insert = text(
            "insert into core.role_permissions (client_id, id, role, resource, action, effect,"
            f" scope) values (:client_id, gen_random_uuid(), {values})"
        )
        with (
            pytest.raises(IntegrityError, match="check constraint"),
            tenant_session(company.subjects["admin"]) as session,
        ):
            session.execute(insert, {"client_id": company.client_id})


def test_every_change_of_rights_is_on_the_trail(company: Tenant) -> None:
    admin = company.subjects["admin"]
    asked: dict[str, Any] = {"resource": Resource.LEAD, "action": Action.READ}
    _give(company, "driver", scope=OWN, **asked)
    again = _give(company, "driver", scope=LOCATION, **asked)
    role = _set_role(company, UserRole.MOVER, effect=DENY, **asked)
    with tenant_session(admin) as session:
        permissions.revoke(session, admin, model=UserPermission, permission_id=again, at=TEST_NOW)
        permissions.revoke(session, admin, model=RolePermission, permission_id=role, at=TEST_NOW)
    with tenant_session(admin) as session:
        query = select(AuditEntry).where(AuditEntry.resource == Resource.PERMISSION)
        entries = session.scalars(query.order_by(AuditEntry.id)).all()
    assert sorted(e.action for e in entries) == ["DENY", "GRANT", "GRANT", "REVOKE", "REVOKE"]
    assert all(e.details["resource"] == "LEAD" and e.owner_id == admin.user_id for e in entries)


def test_technical_tables_are_for_the_platform(company: Tenant) -> None:
    admin = company.subjects["admin"]
    with tenant_session(system_subject(company.client_id)) as session:
        access._open_session(session, access.account_of(_email(company, "driver")), TEST_NOW)
    with tenant_session(admin) as session:
        assert session.scalars(select(StoredSession)).all() == []
    with tenant_session(system_subject(company.client_id)) as session:
        assert len(session.scalars(select(StoredSession)).all()) == 1


def test_acting_as_the_system_ends_with_its_block_even_after_an_error(company: Tenant) -> None:
    admin, driver = company.subjects["admin"], company.subjects["driver"]
    with tenant_session(admin) as session:
        a_lead(session, admin, company.locations["VANC"])

    def seen(session: Session) -> int:
        return len(session.scalars(select(Lead.id)).all())

    with tenant_session(driver) as session:
        with as_system(session):
            assert seen(session) == 1
            with as_system(session):
                assert seen(session) == 1
            assert seen(session) == 1
        assert seen(session) == 0
        with pytest.raises(_Interrupted), as_system(session):
            raise _Interrupted
        assert seen(session) == 0
        with pytest.raises(DBAPIError), as_system(session), session.begin_nested():
            session.execute(text("select 1 / 0"))
        assert seen(session) == 0
        assert session.scalars(select(NumberCounter)).all() == []


class _Interrupted(CrmError):
    """Stands for a refusal in the middle of an effect."""


# Acts whose effects reach further than the rights of the one who acts.


def test_a_dispatcher_takes_money_for_an_invoice_that_is_not_theirs_to_change(
    company: Tenant,
) -> None:
    admin, dispatcher = company.subjects["admin"], company.subjects["dispatcher"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, company.locations["VANC"])
    with tenant_session(dispatcher) as session:
        asked = {"invoice_id": invoice.id, "amount": invoice.total_amount, "at": hours(600)}
        payments.receive(session, dispatcher, method=PaymentMethod.CASH, **asked)
        with pytest.raises(ActionRefused):
            invoices.view(session, dispatcher, invoice_id=invoice.id, at=hours(601))
    with tenant_session(admin) as session:
        after = invoices.refresh_status(session, admin, invoice_id=invoice.id, at=hours(602))
        assert (after.status, after.balance_amount) == ("PAID", Decimal(0))


def test_a_driver_works_and_is_paid_at_their_own_job_only(company: Tenant) -> None:
    admin, driver = company.subjects["admin"], company.subjects["driver"]
    with tenant_session(admin) as session:
        quote = an_accepted_quote(session, admin, company.locations["VANC"])
        made = []
        for owner_id in (driver.user_id, admin.user_id):
            start = hours(500)
            end = hours(4, start)
            plan = journeys.JourneyPlan(start, end, truck_number="T-01", owner_id=owner_id)
            made.append(plan)
        own, other = journeys.convert(session, admin, quote_id=quote.id, at=hours(4), plans=made)
        crewed(session, company, own)
    act: Callable[..., Any]
    with tenant_session(driver) as session:
        with pytest.raises(NotFound):
            journeys.depart(session, driver, journey_id=other.id, at=hours(500))
        for step, act in enumerate((journeys.depart, journeys.arrive)):
            act(session, driver, journey_id=own.id, at=hours(500 + step), position=HERE)
        file = a_file("done")
        journey_media.add(session, driver, journey_id=own.id, data=file, at=hours(502))
        journeys.complete(session, driver, journey_id=own.id, at=hours(502))
        with pytest.raises(ActionRefused):
            journeys.cancel(session, driver, journey_id=own.id, reason="rain", at=hours(504))
    with tenant_session(admin) as session:
        bill = invoices.draft_for_journey(session, admin, journey_id=own.id, at=hours(505))
        invoices.issue(session, admin, invoice_id=bill.id, at=hours(505))
    with tenant_session(driver) as session:
        payment = payments.receive(
            session, driver, invoice_id=bill.id, amount=Decimal(10), method=PaymentMethod.CASH,
            at=hours(506),
        )  # fmt: skip
        assert payment.owner_id == driver.user_id
        stage = session.execute(text("select status from core.truck_journeys")).scalar_one()
        assert stage == JourneyStage.COMPLETED


def test_a_manager_plans_journeys_whose_steps_are_not_theirs_to_create(company: Tenant) -> None:
    manager = company.subjects["manager"]
    assert not can(manager, Resource.JOURNEY_STEP, Action.CREATE)
    with tenant_session(manager) as session:
        quote = an_accepted_quote(session, manager, company.locations["VANC"])
        (journey,) = journeys.convert(session, manager, quote_id=quote.id, at=hours(4))
        count = text("select count(*) from core.journey_steps where journey_id = :id")
        assert session.execute(count, {"id": journey.id}).scalar_one() == len(journeys.STEPS)


def test_storage_hands_a_lead_over_and_wins_it_with_an_accepted_quote(company: Tenant) -> None:
    admin, storage = company.subjects["admin"], company.subjects["storage_manager"]
    branch = company.locations["VANC"]
    assert not can(storage, Resource.LEAD, Action.READ)
    with tenant_session(storage) as session:
        handed = a_lead(session, storage, branch)
        assert session.scalars(select(Lead)).all() == []
    with tenant_session(admin) as session:
        assert session.scalars(select(Lead.id)).one() == handed.id
        offer = quotes.Offer([LABOUR])
        quote = quotes.draft(session, admin, lead_id=handed.id, offer=offer, at=hours(1))
        quotes.send(session, admin, quote_id=quote.id, at=hours(2))
    with tenant_session(storage) as session:
        quotes.accept(session, storage, quote_id=quote.id, at=hours(3))
    with tenant_session(admin) as session:
        assert session.scalars(select(Lead.status)).one() == LeadStatus.WON
