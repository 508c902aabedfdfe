"""Every change of every status leaves a row of history, which no service can forget to write."""

from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm_core.database import DatabaseRole, conninfo, set_moment, tenant_session
from crm_core.ids import new_id
from crm_core.migrations.history import status_columns
from crm_core.models import Base, Lead, Quote, StatusEvent
from crm_core.services.sales import leads
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.flow import (
    a_lead,
    an_accepted_quote,
    an_issued_invoice,
    hours,
    paid,
)

Step = tuple[str | None, str]


def _history(session: Session, row_id: UUID, column: str = "status") -> list[StatusEvent]:
    return list(
        session.scalars(
            select(StatusEvent)
            .where(StatusEvent.entity_id == row_id, StatusEvent.status_column == column)
            .order_by(StatusEvent.occurred_at, StatusEvent.created_at)
        )
    )


def _steps(session: Session, row_id: UUID, column: str = "status") -> list[Step]:
    return [(event.from_status, event.to_status) for event in _history(session, row_id, column)]


def test_a_sale_leaves_its_whole_history(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, branch)
        payment = paid(session, admin, invoice, invoice.total_amount)
        quote = session.get_one(Quote, (company.client_id, invoice.quote_id))
    with tenant_session(admin) as session:
        assert _steps(session, quote.id) == [
            (None, "DRAFT"),
            ("DRAFT", "SENT"),
            ("SENT", "ACCEPTED"),
            ("ACCEPTED", "CONVERTED"),
        ]
        assert _steps(session, quote.id, "approval_status") == [(None, "NOT_REQUIRED")]
        assert _steps(session, quote.lead_id) == [
            (None, "NEW"),
            ("NEW", "CONTACTED"),
            ("CONTACTED", "QUALIFIED"),
            ("QUALIFIED", "PROPOSAL_SENT"),
            ("PROPOSAL_SENT", "WON"),
        ]
        assert invoice.journey_id is not None
        assert [step for _, step in _steps(session, invoice.journey_id)] == [
            "SCHEDULED",
            "MORNING_PREP",
            "EN_ROUTE",
            "ONSITE",
            "COMPLETED",
        ]
        assert [step for _, step in _steps(session, invoice.id)] == ["DRAFT", "SENT", "PAID"]
        assert _steps(session, payment.id) == [(None, "COMPLETED")]


def test_every_step_of_a_sale_leaves_an_event_in_the_outbox(company: Tenant) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        quote = an_accepted_quote(session, admin, company.locations["VANC"])
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as owner:
        events = owner.execute(
            "select name, payload, published_at from core.domain_events where entity_id = %s"
            " order by occurred_at, id",
            [quote.id],
        ).fetchall()
    assert {name for name, _, _ in events} == {
        "quote.draft", "quote.sent", "quote.accepted", "quote.approval.not_required",
    }  # fmt: skip
    assert events[-1] == ("quote.accepted", {"from": "SENT", "to": "ACCEPTED"}, None)


def test_the_instant_is_the_one_the_service_was_told(company: Tenant) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        quote = an_accepted_quote(session, admin, company.locations["VANC"])
    with tenant_session(admin) as session:
        told = [event.occurred_at for event in _history(session, quote.id)]
        everything = session.scalars(select(StatusEvent)).all()
    assert told == [hours(1), hours(2), hours(3)]
    assert {event.occurred_at for event in everything} <= {hours(0), *told}
    assert {event.by_user_id for event in everything} == {admin.user_id}
    assert {event.location_id for event in everything} == {company.locations["VANC"]}
    assert all(event.id.version == 7 for event in everything)
    stamps = [datetime.fromtimestamp((e.id.int >> 80) / 1000, UTC) for e in everything]
    assert stamps == [event.occurred_at for event in everything]


def test_the_first_step_has_its_instant_too(company: Tenant) -> None:
    admin = company.subjects["admin"]
    data = leads.LeadData(source="organic", service_type="Moving")
    with tenant_session(admin) as session:
        customer_id = a_lead(session, admin, company.locations["VANC"]).customer_id
    for hour, told in ((3, None), (4, hours(4))):
        with tenant_session(admin, told) as session:
            lead = leads.create(session, admin, customer_id=customer_id, data=data, at=hours(hour))
            assert [event.occurred_at for event in _history(session, lead.id)] == [hours(hour)]


def test_who_tells_no_instant_gets_that_of_the_transaction(company: Tenant) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, company.locations["VANC"])
    with tenant_session(admin) as session:
        session.execute(update(Lead).where(Lead.id == lead.id).values(status="CONTACTED"))
        began = session.scalar(text("select now()"))
        assert _history(session, lead.id)[-1].occurred_at == began


def test_a_rolled_back_savepoint_forgets_its_instant(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, branch)
        savepoint = session.begin_nested()
        leads.contact(session, admin, lead_id=lead.id, at=hours(5))
        savepoint.rollback()
        set_moment(session, hours(5))
        told = session.scalar(text("select current_setting('crm.at')"))
        assert told == hours(5).isoformat()
        leads.contact(session, admin, lead_id=lead.id, at=hours(6))
        assert [event.occurred_at for event in _history(session, lead.id)] == [hours(0), hours(6)]


def test_a_write_without_change_of_status_leaves_nothing(company: Tenant) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, company.locations["VANC"])
        session.execute(update(Lead).where(Lead.id == lead.id).values(score=50, status="NEW"))
        assert len(_history(session, lead.id)) == 1


def test_a_refused_change_leaves_nothing(company: Tenant) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, company.locations["VANC"])
    with pytest.raises(DBAPIError, match="lost_has_reason"), tenant_session(admin) as session:
        session.execute(update(Lead).where(Lead.id == lead.id).values(status="LOST"))
    with tenant_session(admin) as session:
        assert len(_history(session, lead.id)) == 1


@pytest.mark.parametrize("verb", ["insert", "update", "delete"])
def test_the_application_cannot_touch_the_history(company: Tenant, verb: str) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, company.locations["VANC"])
    with pytest.raises(DBAPIError, match="permission denied"), tenant_session(admin) as session:
        match verb:
            case "insert":
                forged = StatusEvent(client_id=company.client_id, id=new_id(TEST_NOW))
                forged.entity, forged.entity_id = "leads", lead.id
                forged.to_status, forged.occurred_at = "WON", TEST_NOW
                session.add(forged)
                session.flush()
            case "update":
                session.execute(update(StatusEvent).values(to_status="WON"))
            case _:
                session.execute(delete(StatusEvent))


def test_history_is_seen_as_far_as_the_row_is(company: Tenant) -> None:
    admin, manager = company.subjects["admin"], company.subjects["manager"]
    sales = company.subjects["sales_rep"]
    with tenant_session(admin) as session:
        far = a_lead(session, admin, company.locations["DTOR"])
        near = a_lead(session, admin, company.locations["VANC"])
    with tenant_session(manager) as session:
        assert (_steps(session, far.id), _steps(session, near.id)) == ([], [(None, "NEW")])
    with tenant_session(sales) as session:
        assert _steps(session, near.id) == []


def test_loading_in_bulk_writes_no_history(company: Tenant) -> None:
    with psycopg.connect(conninfo(DatabaseRole.LOADER)) as connection:
        connection.execute(
            "update core.locations set status = 'CLOSED', closed_on = '2026-11-20'"
            " where client_id = %s",
            [company.client_id],
        )
        found = connection.execute(
            "select count(*) from core.status_events where client_id = %s", [company.client_id]
        ).fetchall()
    assert found == [(0,)]


def test_every_status_has_its_triggers(company: Tenant) -> None:
    wanted = {
        (table.name, f"record_{column.name}_{verb}")
        for table in Base.metadata.sorted_tables
        for column in status_columns(table)
        for verb in ("insert", "update")
    }
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        held = set(
            connection.execute(
                "select c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid"
                " where t.tgname like 'record\\_%' and t.tgenabled = 'O'"
            ).fetchall()
        )
    assert held == wanted
    assert {("quotes", "record_approval_status_update"), ("users", "record_status_update")} <= held
