"""Another CRM's export in the core: what the services made of it, what a second import finds."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from crm_core.config import PROJECT
from crm_core.database import DatabaseRole, engine
from crm_core.importing.command import ImportResult, import_folder
from crm_core.importing.errors import TenantNotForImport
from crm_core.services.tenancy.access import subject_of
from tests.conftest import TEST_NOW
from tests.factories import create_tenant

INVENTED = PROJECT / "tests" / "data" / "other_crm"

TEMPLATE = {
    "branches": "name,code,city,province,timezone\nHalifax,HALI,Halifax,NS,America/Halifax\n",
    "people": "person_id,name,branch,role,email,manager\n"
    "7,Nora Quay,Halifax,,nora@mover.example,\n",
    "accounts": "account_id,company,first_name,last_name,email,phone,city,province,postal_code\n"
    "A1,,Ida,Berg,IDA@HOME.EXAMPLE,555-0101,Halifax,NS,B3H 1A1\nA2,Fjord Ltd,,,,,Halifax,NS,\n",
    "contacts": "contact_id,account_id,first_name,last_name,email,phone\n"
    "C1,A2,Per,Lund,per@fjord.example,\nC2,A2,Eli,Moe,,\n",
    "opportunities": "opportunity_id,account_id,person_id,service,stage,source,created_on,"
    "closed_on,amount,move_on,origin_province,destination_province\n"
    "O1,A1,7,Local move,WON,web,2026-03-02,2026-03-09,,2026-03-20,NS,NS\n"
    "O2,A2,7,Local move,LOST,referral,2026-03-02,2026-03-30,,2026-04-20,NS,NS\n"
    "O3,A2,7,Local move,WON,referral,2026-05-02,2026-05-30,800,2026-06-20,NS,ON\n",
    "quotes": "quote_id,opportunity_id,status,amount,created_on,decided_on\n"
    "Q1,O1,REJECTED,1200,2026-03-03,2026-03-05\nQ2,O1,ACCEPTED,1000,2026-03-05,2026-03-09\n"
    "Q3,O2,SENT,500,2026-03-04,\nQ9,O9,SENT,500,2026-03-04,\n",
    "jobs": "job_id,quote_id,service_on,status,minutes,cancelled_on\n"
    "J1,Q2,2026-03-20,DONE,300,\nJ2,Q2,2026-03-21,CANCELLED,,2026-03-12\n",
    "invoices": "invoice_id,job_id,issued_on,amount,paid_amount,paid_on,method\n"
    "I1,J1,2026-03-20,1000,500,2026-03-22,CASH\nI2,J2,2026-03-21,10,,,\n",
}  # fmt: skip


def write_template(folder: Path, **changed: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in (TEMPLATE | changed).items():
        (folder / f"{name}.csv").write_text(content)
    return folder


def state(slug: str) -> dict[str, tuple[int, int]]:
    """Rows of a tenant and the last transaction that wrote one, table by table."""
    with engine(DatabaseRole.OWNER).connect() as connection:
        tables = connection.scalars(
            text(
                "select table_name from information_schema.columns where table_schema = 'core'"
                " and column_name = 'client_id' intersect select table_name from"
                " information_schema.columns where table_schema = 'core'"
                " and column_name = 'changed_xid' order by 1"
            )
        ).all()
    with engine(DatabaseRole.LOADER).connect() as connection:
        return {
            table: tuple(  # type: ignore[misc]
                connection.execute(
                    text(
                        "select count(*), coalesce(max(r.changed_xid::text::bigint), 0)"
                        f" from core.{table} r join core.clients c on c.id = r.client_id"
                        " where c.slug = :slug"
                    ),
                    {"slug": slug},
                ).one()
            )
            for table in tables
        }


def rows(slug: str, sql: str) -> list[tuple[object, ...]]:
    with engine(DatabaseRole.LOADER).connect() as connection:
        found = connection.execute(
            text(f"with c as (select id from core.clients where slug = :slug) {sql}"),
            {"slug": slug},
        )
        return [tuple(row) for row in found]


@dataclass(frozen=True)
class Imported:
    first: ImportResult
    before: dict[str, tuple[int, int]]
    folder: Path


@pytest.fixture(scope="module")
def template_import(
    shared_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Imported]:
    folder = write_template(tmp_path_factory.mktemp("export") / "template")
    rehearsed = import_folder(folder, "fjord", at=TEST_NOW, dry_run=True)
    assert rows("fjord", "select 1 from c") == [], "a dry run writes nothing"
    first = import_folder(folder, "fjord", at=TEST_NOW)
    assert (rehearsed.rows, rehearsed.acts) == (first.rows, first.acts), "nor reports otherwise"
    assert (rehearsed.mended, rehearsed.refused) == (first.mended, first.refused)
    yield Imported(first, state("fjord"), folder)


def test_all_entities_arrive_through_the_services(template_import: Imported) -> None:
    found = rows(
        "fjord",
        "select status, currency, won_on, lost_on, data_source, created_on from core.leads"
        " where client_id = (select id from c) order by external_id",
    )
    assert found == [
        ("WON", "CAD", date(2026, 3, 9), None, "IMPORTED", date(2026, 3, 2)),
        ("LOST", "CAD", None, date(2026, 3, 30), "IMPORTED", date(2026, 3, 2)),
        ("WON", "CAD", date(2026, 5, 30), None, "IMPORTED", date(2026, 5, 2)),
    ]
    quotes = rows(
        "fjord",
        "select external_id, status, subtotal_amount, sent_on, decided_on from core.quotes"
        " where client_id = (select id from c) order by external_id",
    )
    assert quotes == [
        ("template/opportunities/O3", "ACCEPTED", Decimal("800.00"), date(2026, 5, 30),
         date(2026, 5, 30)),
        ("template/quotes/Q1", "REJECTED", Decimal("1200.00"), date(2026, 3, 3), date(2026, 3, 5)),
        ("template/quotes/Q2", "CONVERTED", Decimal("1000.00"), date(2026, 3, 5),
         date(2026, 3, 9)),
        ("template/quotes/Q3", "EXPIRED", Decimal("500.00"), date(2026, 3, 4), date(2026, 3, 30)),
    ]  # fmt: skip
    work = rows(
        "fjord",
        "select j.external_id, j.status, j.service_on, i.status, i.subtotal_amount, i.paid_amount"
        " from core.truck_journeys j left join core.invoices i"
        " on i.client_id = j.client_id and i.journey_id = j.id"
        " where j.client_id = (select id from c) order by j.external_id",
    )
    assert work == [
        ("template/jobs/J1", "COMPLETED", date(2026, 3, 20), "OVERDUE", Decimal("1000.00"),
         Decimal("500.00")),
        ("template/jobs/J2", "CANCELLED", date(2026, 3, 21), None, None, None),
    ]  # fmt: skip


def test_names_are_kept_but_not_in_source_keys(template_import: Imported) -> None:
    found = rows(
        "fjord",
        "select type, first_name, last_name, company_name, email, external_id from core.customers"
        " where client_id = (select id from c) order by type",
    )
    assert [row[:5] for row in found] == [
        ("COMMERCIAL", "Per", "Lund", "Fjord Ltd", "per@fjord.example"),
        ("RESIDENTIAL", "Ida", "Berg", None, "ida@home.example"),
    ]
    assert all("Fjord" not in str(row[5]) and "A1" not in str(row[5]) for row in found)


def test_refused_rows_are_told_with_their_reason(template_import: Imported) -> None:
    refused = template_import.first.refused
    assert refused == {
        "contacts.csv row 3": "its account has a contact already: the core keeps one",
        "quotes.csv row 5": "opportunity: 'O9' is not among the opportunities taken",
        "invoices.csv row 3": refused["invoices.csv row 3"],
    }
    assert "is CANCELLED: it is billed when completed" in refused["invoices.csv row 3"]


def test_the_people_are_users_without_log_in(template_import: Imported) -> None:
    users = rows(
        "fjord",
        "select email, role, password_hash from core.users where client_id = (select id from c)"
        " order by email",
    )
    assert users == [
        ("exec@fjord.example", "EXECUTIVE", None),
        ("nora@mover.example", "SALES_REP", None),
    ]
    assert subject_of("exec@fjord.example").scope == "CLIENT"


def test_the_history_and_the_audit_are_of_the_days_of_the_export(
    template_import: Imported,
) -> None:
    history = rows(
        "fjord",
        "select to_status, occurred_at::date from core.status_events e join core.leads l"
        " on l.client_id = e.client_id and l.id = e.entity_id"
        " where l.client_id = (select id from c) and l.external_id like '%/O1' order by e.id",
    )
    assert history[0] == ("NEW", date(2026, 3, 2))
    assert history[-1] == ("WON", date(2026, 3, 9))
    said = rows(
        "fjord",
        "select distinct details ->> 'imported' from core.audit_entries"
        " where client_id = (select id from c) and action = 'CREATE'"
        " and resource in ('CLIENT', 'LOCATION', 'USER', 'CUSTOMER', 'LEAD', 'QUOTE', 'INVOICE')",
    )
    assert said == [("true",)]


def test_a_second_import_changes_nothing(template_import: Imported) -> None:
    again = import_folder(template_import.folder, "fjord", at=TEST_NOW)
    assert again.acts == {}
    assert state("fjord") == template_import.before
    assert all(by["taken"] == by["mended"] == 0 for by in again.rows.values())
    assert again.refused == template_import.first.refused


def test_what_moved_on_at_the_other_crm_moves_on_here(
    shared_database: Path, tmp_path: Path
) -> None:
    heads = TEMPLATE["opportunities"].splitlines()[0] + "\n"
    row = "O1,A1,7,Local move,{},web,2026-03-02,{},700,,NS,NS\n"
    folder = write_template(
        tmp_path / "a", opportunities=heads + row.format("NEW", ""), quotes="quote_id\n",
        jobs="job_id\n", invoices="invoice_id\n",
    )  # fmt: skip
    for name in ("quotes", "jobs", "invoices"):
        (folder / f"{name}.csv").unlink()
    statuses = []
    for stage, closed_on in (("NEW", ""), ("ENGAGED", ""), ("WON", "2026-03-30")):
        (folder / "opportunities.csv").write_text(heads + row.format(stage, closed_on))
        import_folder(folder, "moving-on", at=TEST_NOW)
        statuses += rows(
            "moving-on", "select status from core.leads where client_id = (select id from c)"
        )
    assert statuses == [("NEW",), ("CONTACTED",), ("WON",)]


def test_an_invented_export_is_mended_row_by_row(shared_database: Path, tmp_path: Path) -> None:
    result = import_folder(INVENTED, "invented", at=TEST_NOW, report_dir=tmp_path)
    lines = list(csv.DictReader((INVENTED / "sales_pipeline.csv").open()))
    counts = result.rows["opportunities"]
    assert sum(counts.values()) == len(lines)
    assert counts["refused"] == 11
    listed = list(csv.DictReader((tmp_path / "rows.csv").open()))
    assert len([row for row in listed if row["entity"] == "opportunities"]) == len(lines)
    clients = rows(
        "invented",
        "select currency from core.clients where id = (select id from c) union"
        " select currency from core.leads where client_id = (select id from c) union"
        " select currency from core.quotes where client_id = (select id from c)",
    )
    assert clients == [("USD",)]


def test_a_company_at_work_is_left_alone(shared_database: Path, tmp_path: Path) -> None:
    create_tenant(slug="at-work", at=TEST_NOW)
    with pytest.raises(TenantNotForImport, match="reports in CAD, the export is in USD"):
        import_folder(INVENTED, "at-work", at=TEST_NOW)
