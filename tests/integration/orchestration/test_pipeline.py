"""The pipeline as a whole: reads what changed, publishes it, and nothing else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from crm_core.database import DatabaseRole, engine, tenant_session
from crm_core.models import Lead
from crm_core.services import leads
from crm_core.services.access import subject_of
from orchestration.pipeline import PipelineRun, run_pipeline
from tests.conftest import Demo
from transforms.lake import publication

LARGE = ("leads", "quotes", "quote_items", "truck_journeys", "journey_steps", "invoices")


def scans() -> dict[str, int]:
    """Sequential scans of the large tables, by the server's own statistics."""
    with engine(DatabaseRole.OWNER).connect() as connection:
        connection.execute(text("select pg_stat_clear_snapshot()"))
        rows = connection.execute(
            text(
                "select relname, seq_scan from pg_stat_user_tables"
                " where schemaname = 'core' and relname = any(:names)"
            ),
            {"names": list(LARGE)},
        ).all()
    return dict(rows.__iter__())  # type: ignore[arg-type]


def fetched(table: str) -> int:
    """Rows of a table handed out through its indexes, by the server's own statistics."""
    with engine(DatabaseRole.OWNER).connect() as connection:
        count = connection.scalar(
            text("select idx_tup_fetch from pg_stat_user_tables where relname = :name"),
            {"name": table},
        )
    return int(count or 0)


def settled(read: Callable[[], object]) -> object:
    """A statistic once the server's backends have reported it: the same twice in a row."""
    with engine(DatabaseRole.OWNER).connect() as connection:
        before = None
        for _ in range(40):
            now = read()
            if now == before:
                return now
            before = now
            connection.execute(text("select pg_sleep(0.3)"))
    return before


def change_leads(demo: Demo, count: int) -> None:
    subject = subject_of("exec@northway.example")
    admin = subject_of("admin@northway.example")
    at = demo.as_of + timedelta(minutes=5)
    with tenant_session(subject) as session:
        chosen = session.scalars(
            select(Lead.id).where(Lead.status == "NEW").order_by(Lead.id).limit(count)
        ).all()
    assert len(chosen) == count
    with tenant_session(admin) as session:
        for lead_id in chosen:
            leads.contact(session, admin, lead_id=lead_id, at=at)


def run(demo: Demo, minutes: int) -> PipelineRun:
    return run_pipeline(at=demo.as_of + timedelta(minutes=minutes))


def test_without_a_change_nothing_is_published(changing_demo: Demo) -> None:
    before = publication.get()
    again = run(changing_demo, 1)
    assert again.published is None
    assert "nothing published" in again.text
    assert publication.get() == before


def test_only_changed_rows_are_read_and_a_new_version_is_published(changing_demo: Demo) -> None:
    before = publication.get()
    run(changing_demo, 1)
    change_leads(changing_demo, 20)
    scanned, read = settled(scans), settled(lambda: fetched("leads"))
    after = run(changing_demo, 10)
    assert after.publication is not None
    assert after.publication.id == before.id + 1
    assert after.extracted.tables["core__leads"].read == 20
    assert after.extracted.tables["core__leads"].updated == 20
    assert after.extracted.changed_rows < 60  # the leads, their audit entries, the clock
    assert settled(scans) == scanned, "a large table was read whole"
    assert int(str(settled(lambda: fetched("leads")))) - int(str(read)) <= 200


def test_a_new_day_is_published(changing_demo: Demo) -> None:
    before = publication.get()
    tomorrow = run_pipeline(at=changing_demo.as_of + timedelta(days=1))
    assert tomorrow.publication is not None
    assert tomorrow.publication.id == before.id + 1


def test_a_failed_check_leaves_the_publication_standing(
    changing_demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transforms.lake import build
    from transforms.lake.errors import AuditFailed

    before = publication.get()
    monkeypatch.setattr(build.audit, "findings", lambda *_: ["a seeded finding"])
    with pytest.raises(AuditFailed, match="a seeded finding"):
        run_pipeline(at=changing_demo.as_of + timedelta(minutes=1), rebuild=True)
    assert publication.get() == before
