"""Declared lists: pages without gaps or doubles, in reach only, each answered by an index."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.dialects import postgresql

from crm_core.database import DatabaseRole, conninfo, tenant_session
from crm_core.enums import PermissionScope
from crm_core.errors import InvalidInput
from crm_core.models import LISTS, Base
from crm_core.models.lists import ListSpec, keys_of
from crm_core.models.validity import known_values
from crm_core.security.permissions import ActionRefused, Subject
from crm_core.services.listing import Wanted, page_query, read_page
from tests.factories import Tenant
from tests.rows import Place, create_row
from tests.subjects import subject_with

SCOPES = (PermissionScope.CLIENT, PermissionScope.LOCATION, PermissionScope.OWN)

REASONS = {
    "changed_xid": "the extract reads what changed",
    "users email": "find_user looks for an address over all tenants",
    "users client_id role": "recipients of a report, by role",
    "customers client_id email": "looking a customer up by mail",
    "customers client_id phone": "looking a customer up by phone",
    "leads client_id created_on": "leads of a period",
    "quotes client_id accepted_on": "bookings of a period",
    "invoices client_id status due_on": "invoices that fall due",
    "invoices client_id issued_on": "invoices of a period",
    "payments client_id status received_on": "money received in a period",
    "audit_entries client_id occurred_at": "the trail of a period",
    "audit_entries client_id resource resource_id": "the trail of one row",
    "audit_heads sealed_at": "the sealer asks for the last head of all tenants",
    "report_deliveries client_id claimed_by": "what a scheduler that died was at work on",
    "integration_sync_logs client_id integration_id started_at": "the last runs of a connection",
}
"""Why an index stands that neither a list nor a foreign key asks for: table and columns."""


def _cases() -> Iterator[tuple[ListSpec, str, str | None, PermissionScope]]:
    for spec in LISTS.values():
        for sort, scope in product(spec.sorts, SCOPES):
            for filtered in (None, *spec.columns):
                yield spec, sort, filtered, scope


def _name(value: object) -> str:
    return value.name if isinstance(value, ListSpec) else str(value).lower()


def _somebody(tenant: Tenant, scope: PermissionScope) -> Subject:
    seller = tenant.subjects["sales_rep"]
    return subject_with(tenant.client_id, seller.user_id, scope, [tenant.locations["VANC"]])


def _value_for(spec: ListSpec, column: str) -> Any:
    known = known_values(spec.table.c[column])
    return known[0] if known else uuid4()


def _plan(subject: Subject, spec: ListSpec, wanted: Wanted) -> list[dict[str, Any]]:
    """Every node of the plan, when sorting and reading whole tables are the last resort."""
    compiled = page_query(subject, spec, wanted).compile(dialect=postgresql.psycopg.dialect())
    with tenant_session(subject) as session:
        for way in ("seqscan", "sort", "incremental_sort", "bitmapscan"):
            session.execute(text(f"set local enable_{way} = off"))
        connection = session.connection()
        found = connection.exec_driver_sql(
            f"explain (format json) {compiled}", compiled.params
        ).scalar_one()
    nodes, left = [], [found[0]["Plan"]]
    while left:
        node = left.pop()
        nodes.append(node)
        left += node.get("Plans", [])
    return nodes


@pytest.mark.parametrize(("spec", "sort", "filtered", "scope"), _cases(), ids=_name)
def test_every_list_is_answered_by_an_index(
    company: Tenant, spec: ListSpec, sort: str, filtered: str | None, scope: PermissionScope
) -> None:
    filters = {filtered: _value_for(spec, filtered)} if filtered else {}
    nodes = _plan(_somebody(company, scope), spec, Wanted(sort=sort, filters=filters))
    kinds = {node["Node Type"] for node in nodes}
    assert not {"Sort", "Incremental Sort", "Seq Scan", "Bitmap Heap Scan"} & kinds, kinds
    scans = [node for node in nodes if node.get("Relation Name") == spec.table.name]
    assert scans and all("client_id" in node["Index Cond"] for node in scans)


def _explanations(index: Index) -> Iterator[str]:
    columns = tuple(column.name for column in index.columns)
    table = index.table
    assert table is not None
    for spec in LISTS.values():
        if spec.table is table and columns in keys_of(spec):
            yield f"list {spec.name}"
    for key in table.constraints:
        if isinstance(key, ForeignKeyConstraint) and columns[: len(key.columns)] == tuple(
            key.column_keys
        ):
            yield "foreign key"
    if " ".join(columns) in REASONS:
        yield REASONS[" ".join(columns)]
    if reason := REASONS.get(" ".join((table.name, *columns))):
        yield reason


def test_every_index_has_a_reason() -> None:
    unexplained = [
        f"{table.name} {' '.join(column.name for column in index.columns)}"
        for table in Base.metadata.sorted_tables
        for index in table.indexes
        if not index.unique and not any(_explanations(index))
    ]
    assert unexplained == [], "a declared list, a foreign key, or a line in REASONS"


def test_no_index_begins_another() -> None:
    """A shorter index that a longer one begins with answers nothing more."""
    doubled = []
    for table in Base.metadata.sorted_tables:
        keys = {
            tuple(column.name for column in index.columns): index.name
            for index in table.indexes
            if not index.unique and index.dialect_options["postgresql"]["where"] is None
        }
        doubled += [
            keys[short] for short in keys for long in keys
            if short != long and long[: len(short)] == short
        ]  # fmt: skip
    assert doubled == []


@pytest.fixture(scope="module")
def shelf(shared_database: Path) -> dict[str, Any]:
    """A tenant with seven rows at each of three places in every list; the seller is on a crew."""
    from tests.conftest import TEST_NOW
    from tests.factories import create_tenant

    tenant = create_tenant("shelf", at=TEST_NOW)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTS}
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        for role, branch in (("sales_rep", "VANC"), ("manager", "VANC"), ("finance", "DTOR")):
            who = tenant.subjects[role].user_id
            place = Place(tenant.client_id, tenant.locations[branch], who)
            for name, spec in LISTS.items():
                more = dict.fromkeys(spec.dates, "2027-03-01")
                made = [create_row(connection, spec.table, place, **more) for _ in range(7)]
                rows[name] += made
    # Parents are made on the way: what counts is what stands there in the end.
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        for name, spec in LISTS.items():
            cursor = connection.execute(
                f"select id, location_id, owner_id from {spec.table.fullname}"
                " where client_id = %s".encode(), [tenant.client_id],
            )  # fmt: skip
            rows[name] = [
                dict(zip(("id", "location_id", "owner_id"), row, strict=True)) for row in cursor
            ]
        far = next(row for row in rows["journeys"] if row["location_id"] == place.location_id)
        seller = Place(tenant.client_id, place.location_id, tenant.subjects["sales_rep"].user_id)
        crew = Base.metadata.tables["core.assigned_crew"]
        create_row(connection, crew, seller, journey_id=far["id"], status="ASSIGNED")
    return {"tenant": tenant, "rows": rows, "crewed": far["id"]}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("name", LISTS)
def test_pages_hold_every_row_in_reach_once(
    shelf: dict[str, Any], name: str, descending: bool, scope: PermissionScope
) -> None:
    subject = _somebody(shelf["tenant"], scope)
    own = {
        PermissionScope.CLIENT: lambda row: True,
        PermissionScope.LOCATION: lambda row: row["location_id"] in subject.location_ids,
        PermissionScope.OWN: lambda row: (
            row["owner_id"] == subject.user_id or row["id"] == shelf["crewed"]
        ),
    }[scope]
    for sort in LISTS[name].sorts:
        seen: list[UUID] = []
        cursor = None
        with tenant_session(subject) as session:
            while True:
                wanted = Wanted(sort, descending, {}, cursor, limit=3)
                page = read_page(session, subject, name, wanted)
                assert len(page.rows) <= 3
                seen += [row.id for row in page.rows]
                cursor = page.next_cursor
                if cursor is None:
                    break
        wanted_ids = {row["id"] for row in shelf["rows"][name] if own(row)}
        assert len(seen) == len(set(seen))
        assert set(seen) <= wanted_ids
        assert sort != "newest" or (
            seen == sorted(wanted_ids, reverse=descending) and len(seen) >= 7
        )


def test_filters_narrow_and_never_widen(shelf: dict[str, Any]) -> None:
    tenant = shelf["tenant"]
    subject = _somebody(tenant, PermissionScope.LOCATION)
    with tenant_session(subject) as session:
        for name in LISTS:
            far = Wanted(filters={"location_id": tenant.locations["DTOR"]})
            assert read_page(session, subject, name, far).rows == []
            near = Wanted(filters={"location_id": tenant.locations["VANC"]})
            assert len(read_page(session, subject, name, near).rows) >= 14


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sort": "price"}, "sort"),
        ({"limit": 0}, "limit"),
        ({"limit": 10_000}, "limit"),
        ({"filters": {"notes": "x"}}, "notes"),
        ({"filters": {"status": "ASLEEP"}}, "status"),
        ({"filters": {"status": "NEW\x00"}}, "status"),
        ({"cursor": "!!"}, "cursor"),
        ({"cursor": "bm90IGpzb24"}, "cursor"),
        ({"cursor": "W10"}, "cursor"),
        ({"cursor": "\ud800"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
        ({"cursor": "W" * 100_000}, "cursor"),
    ],
)
def test_a_wrong_question_is_refused_by_name(
    company: Tenant, change: dict[str, Any], field: str
) -> None:
    subject = _somebody(company, PermissionScope.CLIENT)
    with tenant_session(subject) as session, pytest.raises(InvalidInput) as refused:
        read_page(session, subject, "leads", Wanted(**change))
    assert refused.value.field == field


def test_a_cursor_serves_one_list_and_one_order(shelf: dict[str, Any]) -> None:
    subject = _somebody(shelf["tenant"], PermissionScope.CLIENT)
    with tenant_session(subject) as session:
        cursor = read_page(session, subject, "leads", Wanted(limit=1)).next_cursor
        for name, descending in (("quotes", True), ("leads", False)):
            with pytest.raises(InvalidInput, match="cursor"):
                read_page(session, subject, name, Wanted(cursor=cursor, descending=descending))


def test_a_list_needs_the_right_to_read(company: Tenant) -> None:
    driver = company.subjects["driver"]
    with tenant_session(driver) as session, pytest.raises(ActionRefused):
        read_page(session, driver, "leads", Wanted())
