"""The reader behind a subject, and the names a reader may know, under row-level security."""

from typing import Any

import pytest
from sqlalchemy import event

from crm_core.database import DatabaseRole, engine, tenant_session
from crm_core.models import User
from crm_core.security.permissions import Subject, system_subject
from reports.named import Names
from reports.reader import PLATFORM, reader_of
from tests.factories import Tenant
from tests.integration.crm_core.fleet import a_truck


@pytest.mark.parametrize(
    ("role", "english", "french"),
    [
        ("executive", "Whole company", "Toute l’entreprise"),
        ("manager", "Branch: Vancouver", "Succursale : Vancouver"),
        ("sales_rep", "Own records, Vancouver", "Ses propres dossiers, Vancouver"),
    ],
)
def test_the_scope_is_said_in_words(company: Tenant, role: str, english: str, french: str) -> None:
    reader = reader_of(company.subjects[role])
    assert reader.scope_text("en-CA") == english
    assert reader.scope_text("fr-CA") == french
    assert reader.sign_in == f"{role}@{company.slug}.example"
    assert (reader.company, reader.timezone, reader.currency) == (
        f"{company.slug.title()} Movers", "America/Toronto", "CAD",
    )  # fmt: skip


def test_the_platform_has_no_sign_in(company: Tenant) -> None:
    reader = reader_of(system_subject(company.client_id))
    assert (reader.sign_in, reader.branches) == (PLATFORM, ())


def test_names_are_read_for_the_ids_shown_and_once(company: Tenant) -> None:
    executive, manager = company.subjects["executive"], company.subjects["manager"]
    keys = [{"owner": str(manager.user_id)}, {"owner": str(executive.user_id)}, {"owner": None}]
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    names = Names(executive)
    event.listen(engine(DatabaseRole.APP), "before_cursor_execute", count)
    try:
        names.learn(("branch", "owner"), [{"branch": "VANC", **each} for each in keys])
        asked = len(statements)
        names.learn(("owner",), keys)
    finally:
        event.remove(engine(DatabaseRole.APP), "before_cursor_execute", count)
    assert sum("core.users" in each for each in statements) == 1
    assert len(statements) == asked
    assert text(names, "owner", manager) == "Manager"


def test_whoever_is_out_of_reach_or_erased_is_a_former_employee(company: Tenant) -> None:
    admin, analyst = company.subjects["admin"], company.subjects["analyst"]
    driver = company.subjects["driver"]
    with tenant_session(admin) as session:
        session.get_one(User, (company.client_id, driver.user_id)).name = " "
    names = Names(admin)
    names.learn(("owner",), [{"owner": str(each.user_id)} for each in (driver, analyst)])
    assert text(names, "owner", driver) == "former employee"
    assert text(names, "owner", analyst) == "Analyst"
    # An analyst may not know who is who.
    names = Names(analyst)
    names.learn(("owner",), [{"owner": str(admin.user_id)}])
    assert text(names, "owner", admin) == "former employee"


def test_trucks_are_named_in_reach(company: Tenant) -> None:
    admin, manager = company.subjects["admin"], company.subjects["manager"]
    with tenant_session(admin) as session:
        near = a_truck(session, admin, company.locations["VANC"], "V1").id
        far = a_truck(session, admin, company.locations["DTOR"], "T1").id
    names = Names(manager)
    names.learn(("truck",), [{"truck": str(near)}, {"truck": str(far)}])
    assert names.text("truck", str(near), "en-CA") == "V1"
    assert names.text("truck", str(far), "en-CA") == str(far)


def text(names: Names, dimension: str, person: Subject) -> str:
    return names.text(dimension, str(person.user_id), "en-CA")
