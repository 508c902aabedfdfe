"""One shelf: the catalogue's reports and saved ones are found, planned and copied alike."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from crm_core.database import tenant_session
from crm_core.enums import ReportFormat, UserRole
from crm_core.errors import CrmError
from crm_core.models import ReportDefinition
from crm_core.security.permissions import ActionRefused, Subject, system_subject
from crm_core.services.reporting.saved_reports import Audience, Offer, Timing
from reports import schedules
from reports.errors import ReportAmbiguous, ReportNotFound, SpecInvalid
from reports.shelf import as_raw, find, own_shelf, shelf
from reports.spec import load_report, report_names
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.reports.postal import DAILY

CREW = "crew_hours"


def names(subject: Subject) -> list[str]:
    return [each.name for each in own_shelf(subject)]


def test_a_copy_is_ones_own_until_it_is_shared(company: Tenant) -> None:
    manager, finance = company.subjects["manager"], company.subjects["finance"]
    row = schedules.copy(manager, CREW, "Our crews", TEST_NOW)
    spec = find(manager, "Our crews").require_spec()
    assert spec.sections == load_report(CREW).sections
    assert spec.title_en == "Our crews" and spec.name.startswith("our_crews_")
    assert row.formats == ["PDF", "EXCEL", "CSV", "JSON"]
    assert [each.name for each in shelf(manager)] == [*report_names(), "Our crews"]
    assert find(manager, spec.name) == find(manager, str(row.id)) == find(manager, "Our crews")

    for name in ("Our crews", str(row.id), spec.name):
        with pytest.raises(ReportNotFound):
            find(company.subjects["driver"], name)
    assert names(finance) == []
    schedules.share(manager, row.id, True, TEST_NOW, Offer((UserRole.FINANCE,)))
    assert names(finance) == ["Our crews"]
    again = schedules.copy(finance, "Our crews", "Theirs", TEST_NOW)
    assert again.spec["sections"] == row.spec["sections"]
    assert (again.owner_id, again.is_shared, again.is_scheduled) == (finance.user_id, False, False)

    # The plan of its deliveries is of the same spec.
    schedules.schedule(
        manager, row.id, Timing(DAILY), Audience(roles=(UserRole.MANAGER,)), TEST_NOW
    )
    plan = schedules.find(manager, "Our crews")
    assert plan.spec == spec and plan.attach == ("pdf", "xlsx", "csv", "json")


def test_two_of_one_name_are_told_apart_by_id(company: Tenant) -> None:
    first, second = (
        schedules.copy(company.subjects[role], CREW, "weekly", TEST_NOW)
        for role in ("manager", "finance")
    )
    for role, row in (("manager", first), ("finance", second)):
        schedules.share(company.subjects[role], row.id, True, TEST_NOW)
    assert find(company.subjects["manager"], "weekly").definition_id == first.id
    executive = company.subjects["executive"]
    with pytest.raises(ReportAmbiguous, match=str(first.id)):
        find(executive, "weekly")
    assert find(executive, str(second.id)).definition_id == second.id
    schedules.share(company.subjects["finance"], second.id, False, TEST_NOW)
    assert find(executive, "weekly").definition_id == first.id
    for name, line in ((CREW, "take another name"), ("weekly", "name: is taken already")):
        with pytest.raises(CrmError) as refused:
            schedules.copy(company.subjects["manager"], CREW, name, TEST_NOW)
        assert line in refused.value.line


def test_a_spec_is_held_to_the_catalogues_rules_when_it_is_made_and_changed(
    company: Tenant,
) -> None:
    manager = company.subjects["manager"]
    good = as_raw(load_report(CREW))
    bad: dict[str, Any] = good | {"sections": [{"name": "a"}]}
    with pytest.raises(SpecInvalid, match="sections"):
        schedules.make(manager, "x", TEST_NOW, spec=bad)
    row = schedules.make(manager, "x", TEST_NOW, spec=good)
    with pytest.raises(SpecInvalid, match="sections"):
        schedules.change(manager, row.id, bad, TEST_NOW)
    later = TEST_NOW + timedelta(hours=1)
    schedules.change(
        manager, row.id, good | {"period": "last_month"}, later, formats=[ReportFormat.CSV]
    )
    assert find(manager, "x").require_spec().period == "last_month"
    nobody = replace(manager, grants={})
    with pytest.raises(ActionRefused):
        schedules.make(nobody, "y", TEST_NOW, spec=good)


def test_one_that_no_longer_stands_is_on_the_shelf_and_says_why(company: Tenant) -> None:
    manager = company.subjects["manager"]
    row = schedules.copy(manager, CREW, "old", TEST_NOW)
    with tenant_session(system_subject(company.client_id)) as session:
        session.execute(
            update(ReportDefinition).where(ReportDefinition.id == row.id).values(spec={"a": 1})
        )
    (found,) = own_shelf(manager)
    assert found.spec is None and "the saved report old" in found.problem
    with pytest.raises(SpecInvalid, match="the saved report old"):
        find(manager, "old").require_spec()
