"""Scale S in a real database: every constraint in force, nothing half done, services go on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import polars as pl
import psycopg
import pytest
from sqlalchemy import text

from crm_core.database import DatabaseRole, conninfo, tenant_session
from crm_core.enums import UserRole
from crm_core.models import Base
from crm_core.security import audit_seals
from crm_core.security.permissions import Subject, system_subject
from crm_core.services.numbers import NumberKind, next_number
from crm_core.services.tenancy.access import subject_of
from crm_core.simulation import ahead, live, load
from crm_core.simulation.checksums import checksums
from crm_core.simulation.command import SimulationResult, is_simulated, simulate
from crm_core.simulation.errors import AlreadySimulated, UnknownScale
from crm_core.simulation.generate import TABLES
from crm_core.simulation.manifest import FILE_NAME as MANIFEST

pytestmark = pytest.mark.long

UNTIL = date(2026, 11, 20)


@dataclass(frozen=True)
class Run:
    """A simulation, and what the catalogue said before it."""

    result: SimulationResult
    catalogue: dict[str, list[tuple[str, str]]]


@pytest.fixture(scope="module")
def run(shared_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    before = catalogue()
    assert not is_simulated()
    truth = tmp_path_factory.mktemp("truth")
    yield Run(simulate("S", 7, UNTIL, truth_dir=truth), before)


def rows(query: str, *values: object) -> list[tuple[object, ...]]:
    """A query past row-level security."""
    with psycopg.connect(conninfo(DatabaseRole.LOADER)) as connection:
        return connection.execute(query.encode(), values).fetchall()


def one(query: str, *values: object) -> object:
    ((value,),) = rows(query, *values)
    return value


def catalogue() -> dict[str, list[tuple[str, str]]]:
    """Constraints, indexes and row-level security as Postgres describes them."""
    described = {
        "constraints": "select conname, pg_get_constraintdef(oid) || ' ' || convalidated"
        " from pg_constraint where connamespace = 'core'::regnamespace order by 1, 2",
        "indexes": "select indexname, indexdef from pg_indexes where schemaname = 'core'"
        " order by 1",
        "triggers": "select tgname || ' ' || tgrelid::regclass, tgenabled::text from pg_trigger"
        " where not tgisinternal and tgrelid::regclass::text ~ '^core[.]' order by 1",
        "security": "select relname, concat(relrowsecurity, relforcerowsecurity) from pg_class"
        " where relnamespace = 'core'::regnamespace and relkind = 'r' order by 1",
    }
    return {
        name: [(str(key), meaning(str(text))) for key, text in rows(query)]
        for name, query in described.items()
    }


def meaning(definition: str) -> str:
    """A definition without casts and brackets: Postgres writes them anew when it reads its own."""
    return re.sub(r"::character varying|::text|[()\[\]]", "", definition)


def client_of(slug: str) -> UUID:
    found = one("select id from core.clients where slug = %s", slug)
    assert isinstance(found, UUID)
    return found


def test_every_key_check_and_policy_is_in_force_afterwards(run: Run) -> None:
    assert catalogue() == run.catalogue
    assert len(run.catalogue["constraints"]) > 150
    assert {state for _, state in run.catalogue["triggers"]} == {"O"}
    assert all(definition.endswith("true") for _, definition in run.catalogue["constraints"])


def test_the_rows_that_were_promised_are_there(run: Run) -> None:
    assert set(run.result.rows) <= set(TABLES)
    assert sum(run.result.rows.values()) > 30_000
    live_rows = {
        "customers", "leads", "quotes", "quote_items", "truck_journeys", "journey_steps",
        "invoices", "invoice_items", "payments", "number_counters", "status_events",
        "domain_events", "schedules", "financial_transactions", "journey_phases",
    }  # fmt: skip
    for table, count in run.result.rows.items():
        found = one(f"select count(*) from core.{table}")
        assert isinstance(found, int)
        assert found > count if table in live_rows else found == count, table
    assert one("select count(distinct business_on) from core.business_dates") == 1
    assert one("select max(business_on) from core.business_dates") == UNTIL


def test_references_hold_for_every_composite_key(run: Run) -> None:
    for name in TABLES:
        for key in Base.metadata.tables[f"core.{name}"].foreign_key_constraints:
            pairs = [
                f"child.{column} = parent.{element.column.name}"
                for column, element in zip(key.column_keys, key.elements, strict=True)
            ]
            filled = " and ".join(f"child.{column} is not null" for column in key.column_keys)
            orphans = one(
                f"select count(*) from core.{name} child where {filled} and not exists"
                f" (select 1 from {key.referred_table.fullname} parent where {' and '.join(pairs)})"
            )
            assert orphans == 0, (name, key.column_keys)


def test_a_second_simulation_and_an_unknown_scale_are_refused(run: Run) -> None:
    assert is_simulated()
    with pytest.raises(AlreadySimulated, match="northway and riverbend is in the core already"):
        simulate("S", 7, UNTIL)
    with pytest.raises(UnknownScale, match="use one of S, M, L"):
        simulate("XXL", 7, UNTIL)


def test_a_load_that_fails_leaves_nothing_behind(run: Run) -> None:
    before, leads = catalogue(), one("select count(*) from core.leads")
    orphan = pl.DataFrame(
        {
            "client_id": [str(client_of("northway"))],
            "id": ["0190c0de-0000-7000-8000-000000000001"],
            "customer_id": ["0190c0de-0000-7000-8000-000000000002"],
            "source": ["organic"],
            "service_type": ["MOVING"],
            "created_on": [UNTIL],
            "received_at": [None],
        }
    ).with_columns(received_at=pl.lit(UNTIL).cast(pl.Datetime("ms")))
    with (
        pytest.raises(psycopg.errors.ForeignKeyViolation, match="fk_leads_client_id_customer_id"),
        load.bulk_transaction(["leads"]) as bulk,
    ):
        load.copy(bulk, "leads", orphan)
    assert catalogue() == before
    assert one("select count(*) from core.leads") == leads


def test_the_services_go_on_numbering_where_the_simulation_ended(run: Run) -> None:
    subject = system_subject(client_of("northway"))
    last = one(
        "select max(invoice_number) from core.invoices where client_id = %s"
        " and invoice_number like 'INV-2026-%%'",
        subject.client_id,
    )
    with tenant_session(subject) as session:
        following = next_number(session, subject, NumberKind.INVOICE, UNTIL)
        session.rollback()
    assert int(following.split("-")[2]) == int(str(last).split("-")[2]) + 1
    count = one(
        "select count(*) from core.invoices where client_id = %s and invoice_number is not null",
        subject.client_id,
    )
    assert int(str(last).split("-")[2]) == count


def test_the_small_tenant_came_through_the_services(run: Run) -> None:
    riverbend = client_of("riverbend")
    acts = dict(
        rows(
            "select resource, count(*) from core.audit_entries"
            " where client_id = %s and actor_type = 'USER' group by 1",
            riverbend,
        )
    )
    assert acts["LEAD"] > 50
    assert {"CUSTOMER", "QUOTE", "JOURNEY", "INVOICE", "PAYMENT"} <= set(acts)
    assert one("select count(*) from core.payments where client_id = %s", riverbend) != 0
    late = "select count(*) from core.audit_entries where occurred_at > %s::date + time '12:00'"
    assert one(late, UNTIL) == 0


def test_bulk_and_live_acts_are_audited_with_sound_hashes(run: Run) -> None:
    northway = client_of("northway")
    bulk = dict(
        rows(
            "select resource, (details->>'count')::int from core.audit_entries"
            " where client_id = %s and action = 'simulated'",
            northway,
        )
    )
    assert set(bulk) <= set(TABLES)
    assert bulk["locations"] == 3
    assert bulk["leads"] == run.result.rows["leads"]
    with audit_seals.open_connection() as connection:
        assert audit_seals.verify(connection).problems == ()


def test_each_member_of_staff_sees_their_own_part(run: Run) -> None:
    def leads_seen(email: str) -> tuple[int, int]:
        subject = subject_of(email)
        with tenant_session(subject) as session:
            return tuple(session.execute(  # type: ignore[return-value]
                text("select count(*), count(distinct location_id) from core.leads")
            ).one())  # fmt: skip

    everything, branches = leads_seen("exec@northway.example")
    branch, only_one = leads_seen("manager.vanc@northway.example")
    own, _ = leads_seen("sales2.vanc@northway.example")
    assert (branches, only_one) == (3, 1)
    assert everything > branch > own > 100
    assert leads_seen("exec@riverbend.example") == (30, 2)
    assert subject_of("storage@northway.example").role is UserRole.STORAGE_MANAGER


def test_the_truth_counts_bulk_and_live_rows(run: Run) -> None:
    assert run.result.truth is not None
    truth = pl.read_csv(run.result.truth, schema_overrides={"value": pl.String})

    def total(client: str, metric: str) -> Decimal:
        chosen = truth.filter(pl.col("client") == client, pl.col("metric") == metric)
        return sum(map(Decimal, chosen["value"]), Decimal(0))

    for slug in ("northway", "riverbend"):
        client_id = client_of(slug)
        booked = one(
            "select count(*) from core.quotes where client_id = %s and accepted_on is not null",
            client_id,
        )
        cash = one(
            "select sum(case payment_category when 'REFUND' then -payment_amount"
            " else payment_amount end) from core.payments"
            " where client_id = %s and status <> 'FAILED'",
            client_id,
        )
        assert total(slug, "bookings") == booked
        assert total(slug, "cash_collected") == cash


def changed_since(client_id: UUID, number: object) -> dict[str, int]:
    counts = {
        table: one(
            f"select count(*) from core.{table} where client_id = %s"
            " and changed_xid > %s::text::xid8",
            client_id,
            str(number),
        )
        for table in {*TABLES, "audit_entries"} - {"clients", "number_counters", "fx_rates"}
    }
    return {table: int(str(count)) for table, count in counts.items() if count}


def test_a_hundred_rows_are_changed_through_the_services(run: Run) -> None:
    subject: Subject = subject_of("admin@northway.example")
    number = one("select pg_current_xact_id()::text")
    with psycopg.connect(conninfo(DatabaseRole.LOADER)) as connection:
        (at,) = connection.execute("select as_of from core.business_clock").fetchone() or (None,)
    assert at is not None
    assert live.change_some(subject, 100, at=at + timedelta(hours=1)) == 100
    assert changed_since(subject.client_id, number) == {"leads": 100, "audit_entries": 100}


def test_the_load_left_what_its_triggers_would_have_written(run: Run) -> None:
    taken = "select count(*) from core.{} t where {} and not exists (select from core.occupancies o"
    for table, held in (
        ("assigned_crew", "t.status <> 'CANCELLED'"),
        ("equipment_assignments", "t.status <> 'CANCELLED'"),
        ("schedule_resources", "not t.is_released"),
    ):
        missing = taken.format(table, held) + " where o.client_id = t.client_id and o.id = t.id)"
        assert one(missing) == 0, table
    assert one(
        "select count(*) from core.inventory_items i where i.quantity <> (select coalesce(sum("
        "t.quantity), 0) from core.inventory_transactions t where t.client_id = i.client_id"
        " and t.inventory_item_id = i.id)"
    ) == 0  # fmt: skip
    assert run.result.truth is not None
    assert run.result.truth.with_name(MANIFEST).exists()


def test_checksums_see_a_change_of_one_row(run: Run) -> None:
    before = checksums(["leads", "claims"])
    assert int(before["leads"].split(":")[0]) > 4_000
    subject = subject_of("admin@northway.example")
    assert live.change_some(subject, 1, at=run_clock()) == 1
    after = checksums(["leads", "claims"])
    assert after["claims"] == before["claims"]
    assert after["leads"] != before["leads"]


def run_clock() -> datetime:
    at = one("select as_of from core.business_clock")
    assert isinstance(at, datetime)
    return at


def test_the_company_goes_on_from_where_it_stopped(run: Run) -> None:
    begun = run_clock()
    first = ahead.go_on(speed=1e9, until=begun + timedelta(hours=2))
    assert run_clock() == first.as_of == begun + timedelta(hours=2)
    again = ahead.go_on(speed=1e9, until=begun + timedelta(hours=4))
    assert run_clock() == again.as_of == begun + timedelta(hours=4)
    done = first.acts + again.acts
    assert done["ask"] > 0
    assert done["reach"] > 0
    northway = client_of("northway")
    written = "select count(*) from core.leads where client_id = %s and received_at > %s"
    assert one(written, northway, begun) == done["ask"]
    with audit_seals.open_connection() as connection:
        assert audit_seals.verify(connection).problems == ()
