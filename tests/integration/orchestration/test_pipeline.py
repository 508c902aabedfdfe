"""The pipeline as a whole: reads what changed, publishes it, and nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from crm_core.database import (
    DatabaseRole,
    engine,
    forget_connections,
    loader_connection,
    tenant_session,
)
from crm_core.enums import LeadStatus
from crm_core.models import Lead
from crm_core.services.sales import leads
from crm_core.services.tenancy.access import subject_of
from orchestration.pipeline import PipelineRun, run_pipeline
from tests.conftest import Demo
from transforms.lake import build, publication
from transforms.lake.engine import attach_lake, connect_memory
from transforms.lake.errors import AuditFailed

pytestmark = pytest.mark.long

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
    return {str(name): int(count) for name, count in rows}


def fetched(table: str) -> int:
    """Rows of a table handed out through its indexes, by the server's own statistics."""
    with engine(DatabaseRole.OWNER).connect() as connection:
        count = connection.scalar(
            text("select idx_tup_fetch from pg_stat_user_tables where relname = :name"),
            {"name": table},
        )
    return int(count or 0)


def settled(read: Callable[[], object]) -> object:
    """A statistic once the server's backends have reported it: the same twice in a row.

    Idle ones keep what they counted for up to ten seconds, so ours are ended first.
    """
    forget_connections()
    with engine(DatabaseRole.OWNER).connect() as connection:
        before = None
        for _ in range(40):
            now = read()
            if now == before:
                return now
            before = now
            connection.execute(text("select pg_sleep(0.3)"))
    return before


def change_leads(count: int, at: datetime) -> int:
    """Lose open leads through the services; returns how many."""
    admin = subject_of("admin@northway.example")
    with tenant_session(admin) as session:
        is_open = Lead.status.in_([status.value for status in LeadStatus.open_statuses()])
        chosen = session.scalars(
            select(Lead.id).where(is_open).order_by(Lead.id).limit(count)
        ).all()
        for lead_id in chosen:
            leads.lose(session, admin, lead_id=lead_id, reason="moved with a friend", at=at)
    return len(chosen)


def run(minutes: int) -> PipelineRun:
    """A run some minutes after the newest publication's own time."""
    return run_pipeline(at=publication.get().as_of + timedelta(minutes=minutes))


def test_without_a_change_nothing_is_published(changing_demo: Demo) -> None:
    before = publication.get()
    again = run(1)
    assert again.published is None
    assert "nothing published" in again.text
    assert publication.get() == before


def test_only_changed_rows_are_read_and_a_new_version_is_published(changing_demo: Demo) -> None:
    before = publication.get()
    run(1)
    changed = change_leads(100, before.as_of + timedelta(minutes=2))
    assert changed == 100
    scanned, read = settled(scans), settled(lambda: fetched("leads"))
    after = run(5)
    assert after.publication is not None
    assert after.publication.id == before.id + 1
    assert after.extracted.tables["core__leads"].read == changed
    assert after.extracted.tables["core__leads"].updated == changed
    assert f"{after.extracted.changed_rows:,} changed" in after.text
    assert settled(scans) == scanned, "a large table was read whole"
    assert int(str(settled(lambda: fetched("leads")))) - int(str(read)) <= 5 * changed


def test_a_new_day_is_published(changing_demo: Demo) -> None:
    before = publication.get()
    tomorrow = run(24 * 60)
    assert tomorrow.publication is not None
    assert tomorrow.publication.id == before.id + 1


def test_a_failed_check_leaves_the_publication_standing(
    changing_demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = publication.get()
    monkeypatch.setattr(build.audit, "findings", lambda *_: ["a seeded finding"])
    with pytest.raises(AuditFailed, match="a seeded finding"):
        run_pipeline(at=before.as_of + timedelta(minutes=1), rebuild=True)
    assert publication.get() == before


def tables_of(publication_id: int) -> dict[str, str]:
    """The relations of a publication, as expressions to read them by."""
    made = publication.get(publication_id)
    return {name: f"lake.{name} at (version => {made.lake_snapshot})" for name in made.relations}


def differing(one: int, other: int) -> list[str]:
    """The relations that do not hold the same rows in two publications."""
    theirs = tables_of(other)
    with connect_memory() as connection:
        attach_lake(connection)
        return [
            name
            for name, mine in tables_of(one).items()
            for a, b in ((mine, theirs[name]), (theirs[name], mine))
            if connection.execute(f"from {a} except all from {b} limit 1").fetchone()
        ]


def relink(at: datetime) -> None:
    """Rows that change their company: of another branch, job or quote, and gone."""
    with loader_connection() as connection:
        for statement in RELINKED:
            assert connection.execute(statement).rowcount, statement
    change_leads(3, at)


RELINKED = (
    "update core.leads l set location_id = (select id from core.locations o"
    " where o.client_id = l.client_id and o.id <> l.location_id order by id limit 1)"
    " where l.id in (select id from core.leads where location_id is not null order by id limit 4)",
    "update core.leads set source = 'referral' where id in"
    " (select lead_id from core.quotes where status in ('ACCEPTED', 'CONVERTED')"
    " order by id desc limit 3)",
    "update core.invoices set journey_id = null where id in (select id from core.invoices"
    " where journey_id is not null and credit_of_invoice_id is null order by id desc limit 2)",
    "delete from core.payments where id in (select p.id from core.payments p"
    " join core.invoices i on i.client_id = p.client_id and i.id = p.invoice_id"
    " where p.status = 'FAILED' order by p.id limit 1)",
)


def test_what_is_made_of_a_change_equals_what_is_made_of_everything(changing_demo: Demo) -> None:
    at = publication.get().as_of
    run(1)
    relink(at + timedelta(minutes=2))
    part = run(5)
    assert part.published is not None
    assert not part.published.is_full
    assert not part.published.merged, "a merged fact needs its rows compared here"
    whole = run_pipeline(at=at + timedelta(minutes=5), rebuild=True)
    assert whole.published is not None
    assert whole.published.is_full
    assert not whole.published.merged
    assert part.published.checks < whole.published.checks
    assert differing(part.published.publication.id, whole.published.publication.id) == []
    assert part.published.publication.checks["rows"] == whole.published.publication.checks["rows"]
