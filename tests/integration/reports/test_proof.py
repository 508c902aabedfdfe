"""A report file is proved by its capsule, and its numbers by the lake while it holds them."""

import email
from decimal import Decimal
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest

from crm_core.database import tenant_session
from crm_core.security.keys import Holder, destroy
from crm_core.security.permissions import Subject, system_subject
from crm_core.services.tenancy.access import subject_of
from reports import schedules
from reports.capsule import keep
from reports.delivery import deliver_report
from reports.delivery.transport import Outbox
from reports.errors import ReportDiffers
from reports.proof import changed_since, verify_file
from reports.render import render_report, write_file
from reports.renderers import render, render_all
from reports.result import ReportResult
from reports.run import run_report
from reports.spec import load_report
from tests.conftest import TEST_NOW, Demo

SCORECARD = "branch_scorecard_monthly"
AGAIN = "figures computed again from the lake: all equal"


@pytest.fixture
def executive(own_demo: Demo) -> Subject:
    return subject_of("exec@northway.example")


def test_a_narrowed_report_is_made_again_from_its_capsule(
    executive: Subject, tmp_path: Path
) -> None:
    files = render_report(
        executive, SCORECARD, None, ("pdf", "xlsx", "json"), parameters={"branch": "VANC"}
    )
    for file in files:
        path = write_file(file, tmp_path)
        outcome = verify_file(path)
        assert outcome.same_bytes and outcome.differences == ()
        assert outcome.notes[0].endswith("the file is the original")
        assert outcome.notes[1].endswith(AGAIN)
        assert changed_since(path).differences == ()
    path.write_text(path.read_text().replace('"value": "', '"value": "9', 1))
    outcome = verify_file(path)
    assert len(outcome.differences) == 1
    with pytest.raises(ReportDiffers):
        outcome.require_equal()


def test_after_an_erasure_it_says_which_names_differ(executive: Subject, tmp_path: Path) -> None:
    report = "team_performance"
    result = run_report(executive, report)
    names = {
        key.value: key.text
        for figure in result.figures()
        for key in figure.row.keys
        if key.dimension == "owner" and key.value and len(key.value) == 36
    }
    (file,) = render_report(executive, report, None, ("json",))
    path = write_file(file, tmp_path)
    person, name = sorted(names.items())[0]
    system = system_subject(executive.client_id)
    with tenant_session(system) as session:
        assert destroy(session, executive.client_id, Holder.user(UUID(person)))
    outcome = verify_file(path)
    assert {each.in_file for each in outcome.differences} == {name}
    assert all(each.place.endswith(".text") for each in outcome.differences)
    assert "1 names were erased since" in outcome.notes
    assert outcome.notes[-1].endswith(AGAIN)
    outcome.require_equal()


def test_an_earlier_report_says_what_would_differ_today_and_why(
    executive: Subject, tmp_path: Path
) -> None:
    earlier = _of_another_time(run_report(executive, "executive_weekly"))
    files = render_all(earlier, ("json", "pdf"))
    keep(executive, earlier, files, load_report("executive_weekly"), {})
    for file in files:
        path = write_file(file, tmp_path)
        held = verify_file(path)
        assert held.same_bytes and held.differences == ()
        assert held.notes[-1].startswith("its numbers were not computed again: there is no publi")
        changed = changed_since(path)
        assert [each.place.split("/")[:2] for each in changed.differences] == [
            ["summary", "headline"]
        ]
        assert changed.notes[0].startswith("newer data: publication 999999")
        assert changed.notes[1].startswith("other definitions: 000000000000, now ")


def test_what_was_delivered_can_be_proved(executive: Subject, tmp_path: Path) -> None:
    system = system_subject(executive.client_id)
    deliver_report(
        system, "executive_weekly", TEST_NOW, window="2026-W43", transport=Outbox(tmp_path)
    )
    (letter,) = tmp_path.glob("*.eml")
    message = email.message_from_bytes(letter.read_bytes(), policy=default)
    attached = list(message.iter_attachments())  # type: ignore[attr-defined]
    assert len(attached) == 2
    for part in attached:
        path = tmp_path / part.get_filename()
        path.write_bytes(part.get_content())
        outcome = verify_file(path)
        assert outcome.same_bytes and outcome.notes[0].endswith("the file is the original")


def _of_another_time(result: ReportResult) -> ReportResult:
    """A publication that is gone, other definitions, and one figure that was another."""
    raw = result.model_dump()
    raw["header"] |= {"publication_id": 999_999, "definitions": "0" * 64}
    cell = raw["sections"][0]["widgets"][0]["rows"][0]["cells"][0]
    cell["value"] += Decimal(1)
    changed = ReportResult.model_validate(raw)
    assert render(changed, "json") != render(result, "json")
    return changed


def test_a_saved_report_is_run_and_proved_as_one_of_the_catalogue(
    executive: Subject, tmp_path: Path
) -> None:
    schedules.copy(executive, SCORECARD, "My scorecard", TEST_NOW)
    own = render_report(executive, "My scorecard", None, ("json", "pdf"), parameters={})
    shipped = run_report(executive, SCORECARD)
    made = ReportResult.model_validate_json(own[0].content)
    assert made.sections == shipped.sections and made.header.title == "My scorecard"
    for file in own:
        path = write_file(file, tmp_path)
        assert path.name.startswith("my_scorecard_")
        assert verify_file(path).same_bytes
        assert changed_since(path).differences == ()
