"""A customer sees all that is kept about them, and loses it: no canary is left anywhere."""

import json
import zipfile
from dataclasses import dataclass
from email.message import EmailMessage
from io import BytesIO
from typing import Any
from uuid import UUID

import duckdb
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import ARRAY, LargeBinary, String, select
from sqlalchemy.dialects.postgresql import JSONB

from crm_core.config import settings
from crm_core.database import database_name, loader_session, tenant_session
from crm_core.ids import new_id
from crm_core.models import AuditEntry, Base, Customer, Erasure, Integration, Invoice
from crm_core.postgres import ServerAddress
from crm_core.security.audit_seals import open_connection, seal_now, verify
from crm_core.security.encryption import DecryptionRefused
from crm_core.security.erasure import erased_values
from crm_core.security.keys import Holder
from crm_core.security.permissions import ActionRefused, system_subject
from crm_core.security.vault import Place, protect
from crm_core.services.rows import NotFound
from crm_core.services.sales import customers
from crm_core.services.sales.customers import CustomerData
from crm_core.services.tenancy import leftovers, privacy
from crm_core.services.tenancy.privacy_requests import (
    erase_customer,
    export_customer,
    replay_erasures,
)
from tests.command_line import crm
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant
from tests.integration.crm_core.flow import an_issued_invoice, paid
from transforms.lake.extract import run_extract
from transforms.sources.base import Payload
from transforms.sources.landing import Landing

pytestmark = pytest.mark.long

CANARY = "canarybird"
BESIDE: dict[str, dict[str, Any]] = {
    "payments": {"gateway": "STRIPE"},
    "schedules": {"has_conflict": True},
}
"""What a check wants beside a personal column that is filled."""


@dataclass(frozen=True)
class Person:
    """A customer with a whole sale behind them, every private column of theirs marked."""

    tenant: Tenant
    id: UUID
    integration_id: UUID
    marked: dict[str, int]
    """Columns marked, by table."""


def a_sale(company: Tenant) -> UUID:
    """The customer of a paid invoice."""
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        invoice: Invoice = an_issued_invoice(session, admin, company.locations["VANC"])
        paid(session, admin, invoice, invoice.balance_amount)
        return invoice.customer_id


def mark(company: Tenant, customer_id: UUID) -> dict[str, int]:
    """Write a canary into every column that an erasure must clear, of every row of the customer."""
    marked: dict[str, int] = {}
    with loader_session(system_subject(company.client_id)) as session:
        for name, ids in privacy.rows_about(session, company.client_id, customer_id).items():
            table = Base.metadata.tables[f"core.{name}"]
            values: dict[str, Any] = {}
            for column in erased_values(table):
                kind = table.c[column].type
                word = f"{CANARY}{name}{column}".replace("_", "")
                if isinstance(kind, String):
                    values[column] = word[: kind.length]
                elif isinstance(kind, JSONB):
                    values[column] = {"deep": [{"x": word}], "street": f"12 {word} St"}
                elif isinstance(kind, ARRAY):
                    values[column] = [word]
                elif isinstance(kind, LargeBinary):
                    values[column] = word.encode()
            if values:
                change = table.update().where(table.c.id.in_(ids))
                session.execute(change.values(values | BESIDE.get(name, {})))
                marked[name] = len(values)
        session.execute(
            Base.metadata.tables["core.customers"]
            .update()
            .where(Customer.id == customer_id)
            .values(email=f"{CANARY}@mail.example", phone=f"604-555-0142 {CANARY}"[:40],
                    external_id="lead:outside-4711", data_source="SMARTMOVING")
        )  # fmt: skip
    return marked


def land(company: Tenant, integration_id: UUID) -> None:
    """Payloads that are found by id, by what they hold, and one of somebody else."""
    with tenant_session(system_subject(company.client_id)) as session:
        landing = Landing.open(session, integration_id, new_id(TEST_NOW))
        payloads = [
            Payload.of("leads", {"id": "outside-4711", "name": f"{CANARY} by id"}),
            Payload.of("payments", {"id": "p1", "who": CANARY}, external_id="outside-4711:p1"),
            Payload.of("calls", {"id": "call-999", "from": f"{CANARY.title()}@mail.example"}),
            Payload.of("leads", {"id": "other-1", "name": "Somebody else"}),
        ]
        landing.land(session, company.client_id, payloads, lambda _: None, at=TEST_NOW)


def plant_files() -> None:
    """A person's name where processes and reports may have left it."""
    place = settings()
    for folder in (place.log_dir, place.reports_dir / "weekly", place.outbox_dir, place.var / "x"):
        folder.mkdir(parents=True, exist_ok=True)
    mail = f"{CANARY}@mail.example"
    (place.log_dir / "crm.log").write_text(f"before\nKey (email)=({mail}) exists\nafter\n")
    (place.var / "x" / "deep.err").write_text(f"name {CANARY}customersfirstname!\n")
    reports = place.reports_dir / "weekly"
    (reports / "top.csv").write_text(f"branch,customer\nVANC,{mail}\n")
    (reports / "top.pdf").write_bytes(b"%PDF drawn in glyphs that cannot be searched")
    (reports / "other.csv").write_text("branch,customer\nVANC,nobody\n")
    workbook = BytesIO()
    with zipfile.ZipFile(workbook, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<t>{mail}</t>" + "x" * 500)
    (reports / "sheet.xlsx").write_bytes(workbook.getvalue())
    letter = EmailMessage()
    letter["To"], letter["Subject"] = "manager@acme.example", "Weekly"
    letter.set_content("See the file.")
    letter.add_attachment(
        workbook.getvalue(), maintype="application", subtype="zip", filename="sheet.xlsx"
    )
    (place.outbox_dir / "letter.eml").write_bytes(letter.as_bytes())


@pytest.fixture
def person(tenant: Tenant) -> Person:
    customer_id = a_sale(tenant)
    marked = mark(tenant, customer_id)
    integration_id, system = new_id(TEST_NOW), system_subject(tenant.client_id)
    with tenant_session(system) as session:
        session.add(
            Integration(
                client_id=tenant.client_id, id=integration_id, provider="smartmoving", name="main"
            )
        )
        where = Place("customers", customer_id, "passport_number")
        holder = Holder.customer(customer_id)
        protect(session, system, where, f"{CANARY} 123", at=TEST_NOW, holder=holder)
    land(tenant, integration_id)
    plant_files()
    return Person(tenant, customer_id, integration_id, marked)


def sightings(cluster: ServerAddress) -> list[str]:
    """Every table of our databases, and every file of ours, in which a canary is still to be seen.

    As the superuser, whom no policy keeps from a row; bytes are searched as bytes.
    """
    seen = []
    for database in ("crm", "lake"):
        with psycopg.connect(cluster.conninfo(database_name(database))) as connection:
            columns = connection.execute(
                "select table_schema, table_name, column_name, data_type"
                " from information_schema.columns join information_schema.tables"
                " using (table_schema, table_name) where table_type = 'BASE TABLE'"
                " and table_schema not in ('pg_catalog', 'information_schema')"
            ).fetchall()
            for schema, table, column, kind in columns:
                where = (
                    sql.SQL("position(convert_to({}, 'UTF8') in {}) > 0")
                    if kind == "bytea"
                    else sql.SQL("position({} in lower({}::text)) > 0")
                ).format(sql.Literal(CANARY), sql.Identifier(column))
                query = sql.SQL("select count(*) from {} where {}").format(
                    sql.Identifier(schema, table), where
                )
                if (connection.execute(query).fetchone() or (0,))[0]:
                    seen.append(f"{schema}.{table}.{column}")
    for path in (path for path in settings().var.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content = str(duckdb.read_parquet(str(path)).fetchall()).encode()
        if any(CANARY.encode() in part.lower() for part in leftovers._contents(content)):
            seen.append(str(path.relative_to(settings().var)))
    return seen


def test_the_search_for_canaries_finds_them(person: Person, cluster: ServerAddress) -> None:
    assert person.marked.keys() >= {
        "customers", "leads", "quotes", "quote_items", "truck_journeys", "invoices",
        "invoice_items", "payments",
    }  # fmt: skip
    seen = sightings(cluster)
    assert len([place for place in seen if place.startswith("core.")]) >= sum(
        person.marked.values()
    )
    assert {"log/crm.log", "reports/weekly/sheet.xlsx", "outbox/letter.eml"} <= set(seen)


def test_nothing_of_an_erased_customer_is_left(person: Person, cluster: ServerAddress) -> None:
    export_customer(person.id, None, None, TEST_NOW)
    run_extract(at=TEST_NOW)
    seal_now(TEST_NOW)
    money = _money(cluster)
    done = erase_customer(person.id, None, TEST_NOW)
    assert (done.erased.payloads, done.erased.values, done.erased.keys) == (3, 1, 1)
    assert done.erased.rows.keys() == person.marked.keys()
    run_extract(at=TEST_NOW)
    assert sightings(cluster) == []
    assert _money(cluster) == money, "money and operational facts stay"
    with tenant_session(person.tenant.subjects["admin"]) as session:
        customer = session.scalars(select(Customer)).one()
        assert (customer.first_name, customer.last_name) == ("[erased]", "[erased]")
        assert (customer.email, customer.phone, customer.address) == (None, None, None)
        assert customer.erased_at == TEST_NOW
    reports = settings().reports_dir / "weekly"
    assert [path.name for path in reports.iterdir()] == ["other.csv"]
    log = (settings().log_dir / "crm.log").read_text()
    assert log == "before\nKey (email)=([erased]) exists\nafter\n"
    seal_now(TEST_NOW)
    with open_connection() as connection:
        assert verify(connection).problems == ()


def _money(cluster: ServerAddress) -> list[Any]:
    with psycopg.connect(cluster.conninfo(database_name("crm"))) as connection:
        return [
            connection.execute(query).fetchall()
            for query in (
                "select id, total_amount, balance_amount, status from core.invoices",
                "select id, total_amount, quantity from core.invoice_items",
                "select id, payment_amount, received_on from core.payments",
                "select id, status, service_on, customer_id from core.truck_journeys",
                "select city, province, postal_area, created_on from core.customers",
            )
        ]


def test_another_customer_keeps_everything(person: Person, cluster: ServerAddress) -> None:
    other = a_sale(person.tenant)
    with loader_session(system_subject(person.tenant.client_id)) as session:
        ids = privacy.rows_about(session, person.tenant.client_id, other)
        before = _all_rows(cluster, ids)
    erase_customer(person.id, None, TEST_NOW)
    assert _all_rows(cluster, ids) == before


def _all_rows(cluster: ServerAddress, ids: dict[str, list[UUID]]) -> dict[str, Any]:
    with psycopg.connect(cluster.conninfo(database_name("crm"))) as connection:
        return {
            name: connection.execute(
                sql.SQL("select * from core.{} where id = any(%s) order by id").format(
                    sql.Identifier(name)
                ),
                [found],
            ).fetchall()
            for name, found in ids.items()
        }


def test_an_erasure_done_again_changes_nothing(person: Person) -> None:
    erase_customer(person.id, None, TEST_NOW)
    again = erase_customer(person.id, None, TEST_NOW)
    assert again.changed == 0
    assert "nothing personal was left" in again.text
    with tenant_session(person.tenant.subjects["auditor"]) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "ERASE")).all()
        assert len(entries) == 1
    with tenant_session(system_subject(person.tenant.client_id)) as session:
        assert len(session.scalars(select(Erasure)).all()) == 1
    assert leftovers.erasures() == [(person.tenant.client_id, person.id)]


def test_the_list_is_replayed_after_a_restore(person: Person, cluster: ServerAddress) -> None:
    erase_customer(person.id, None, TEST_NOW)
    # The backup knows the person and their key, and of no erasure.
    mark(person.tenant, person.id)
    with loader_session(system_subject(person.tenant.client_id)) as session:
        session.execute(Base.metadata.tables["core.erasures"].delete())
        customers_table = Base.metadata.tables["core.customers"]
        session.execute(customers_table.update().values(erased_at=None))
    land(person.tenant, person.integration_id)
    assert sightings(cluster) != []
    (done,) = replay_erasures(TEST_NOW)
    assert done.changed > 0
    assert sightings(cluster) == []


def test_an_erased_customer_does_not_come_back_from_outside(
    person: Person, cluster: ServerAddress
) -> None:
    erase_customer(person.id, None, TEST_NOW)
    with tenant_session(system_subject(person.tenant.client_id)) as session:
        landing = Landing.open(session, person.integration_id, new_id(TEST_NOW))
        again = Payload.of("leads", {"id": "outside-4711", "name": CANARY})
        landing.land(session, person.tenant.client_id, [again], lambda _: None, at=TEST_NOW)
        assert landing.counts == {}
        data = CustomerData(CANARY, CANARY, email=f"{CANARY}@mail.example")
        system = system_subject(person.tenant.client_id)
        assert not customers.update(session, system, customer_id=person.id, data=data, at=TEST_NOW)
    assert sightings(cluster) == []


def test_an_export_holds_everything_and_says_so_in_the_trail(person: Person) -> None:
    path, content = export_customer(person.id, "admin@acme.example", None, TEST_NOW)
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text()) == content
    assert content["core"].keys() >= person.marked.keys()
    assert str(content["core"]).count(CANARY) >= sum(person.marked.values())
    assert [value["value"] for value in content["encrypted"]] == [f"{CANARY} 123"]
    assert {record["external_id"] for record in content["landing"]} == {
        "outside-4711", "outside-4711:p1", "call-999"
    }  # fmt: skip
    assert {entry["action"] for entry in content["audit"]} >= {"CREATE", "EXPORT"}
    with tenant_session(person.tenant.subjects["auditor"]) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "EXPORT")).one()
    assert entry.owner_id == person.tenant.subjects["admin"].user_id
    assert entry.resource_id == person.id
    assert CANARY not in str(entry.details)


def test_only_administrators_may(person: Person) -> None:
    roles = ("manager", "auditor", "analyst", "executive", "sales_rep", "finance", "dispatcher")
    for role in roles:
        email = f"{role}@acme.example"
        with pytest.raises(ActionRefused):
            export_customer(person.id, email, None, TEST_NOW)
        with pytest.raises(ActionRefused):
            erase_customer(person.id, email, TEST_NOW)


def test_a_customer_of_another_company_is_not_found(person: Person) -> None:
    create_tenant("rival", TEST_NOW)
    with pytest.raises(NotFound):
        export_customer(person.id, "admin@rival.example", None, TEST_NOW)
    with pytest.raises(NotFound):
        erase_customer(person.id, "admin@rival.example", TEST_NOW)
    with pytest.raises(NotFound):
        erase_customer(new_id(TEST_NOW), None, TEST_NOW)


def test_a_failure_in_the_middle_leaves_everything_to_be_done_again(
    person: Person, cluster: ServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(leftovers, "list_erasure", broken)
    with pytest.raises(OSError, match="disk"):
        erase_customer(person.id, None, TEST_NOW)
    assert any(place.startswith("core.customers") for place in sightings(cluster))
    monkeypatch.undo()
    erase_customer(person.id, None, TEST_NOW)
    assert sightings(cluster) == []


def test_the_shredded_key_makes_the_ciphertext_of_a_backup_worthless(person: Person) -> None:
    from crm_core.models import EncryptedValue
    from crm_core.security.encryption import decrypt, place

    with tenant_session(system_subject(person.tenant.client_id)) as session:
        kept = session.scalars(select(EncryptedValue)).one()
    erase_customer(person.id, None, TEST_NOW)
    with (
        tenant_session(system_subject(person.tenant.client_id)) as session,
        pytest.raises(DecryptionRefused, match="destroyed"),
    ):
        where = place(kept.table_name, kept.column_name, kept.row_id)
        decrypt(session, kept.client_id, kept.ciphertext, where)


def test_the_commands_speak_one_line(person: Person) -> None:
    out = settings().var / "out.json"
    exported = crm("privacy", "export", str(person.id), "--out", str(out), "--json")
    assert exported.returncode == 0, exported.stderr
    assert json.loads(exported.stdout)["rows"]["customers"] == 1
    out.unlink()
    erased = crm("privacy", "erase", str(person.id))
    assert erased.returncode == 0, erased.stderr
    assert len(erased.stdout.splitlines()) == 1 and CANARY not in erased.stdout
    assert "2 customers" not in crm("privacy", "replay").stdout
    wrong = crm("privacy", "erase", str(new_id()))
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (1, 1)
    assert crm("privacy", "rotate-keys").returncode == 0
    assert crm("audit", "seal").returncode == 0
    verified = crm("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    with open_connection() as connection:
        assert verify(connection).unsealed == 0
