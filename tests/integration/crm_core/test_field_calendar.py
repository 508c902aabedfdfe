"""Nobody and nothing is booked twice, and stock agrees with its ledger, whoever writes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm_core.database import DatabaseRole, engine, tenant_session
from crm_core.ids import new_id
from crm_core.models import Base
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.field_rows import Row, at, good_row, local, row_id, staff

DOUBLE_BOOKED = "ex_occupancies_double_booked"
Writer = Connection | Session


def put(writer: Writer, table: str, row: Row) -> None:
    writer.execute(insert(Base.metadata.tables[f"core.{table}"]).values(row))


def change(writer: Writer, table: str, key: UUID, **values: object) -> None:
    held = Base.metadata.tables[f"core.{table}"]
    writer.execute(update(held).where(held.c.id == key).values(values))


def refused_by(writer: Writer, table: str, row: Row) -> str | None:
    """The constraint that refuses a row; None when it goes in."""
    try:
        with writer.begin_nested():
            put(writer, table, row)
    except DBAPIError as error:
        return str(error.orig.diag.constraint_name)  # type: ignore[union-attr]
    return None


def change_refused_by(writer: Writer, table: str, key: UUID, **values: object) -> str | None:
    """The constraint that refuses a change; None when it is made."""
    try:
        with writer.begin_nested():
            change(writer, table, key, **values)
    except DBAPIError as error:
        return str(error.orig.diag.constraint_name)  # type: ignore[union-attr]
    return None


@pytest.fixture
def desk(company: Tenant) -> Iterator[Session]:
    """The dispatcher's branch at work, as the application role, with what bookings refer to."""
    with tenant_session(company.subjects["admin"]) as session:
        for table in ("customers", "equipment", "truck_journeys", "inventory_items"):
            put(session, table, good_row(company, table, 0))
        put(session, "inventory_items", good_row(company, "inventory_items", 9))
        put(session, "truck_journeys", good_row(company, "truck_journeys", 9))
        put(session, "schedules", good_row(company, "schedules", 0))
    with tenant_session(company.subjects["manager"]) as session:
        yield session


def crew(company: Tenant, start: float, end: float, n: int = 1, **values: object) -> Row:
    """The mover on a journey for some hours of the day."""
    return {
        **good_row(company, "assigned_crew", n),
        "user_id": staff(company, "mover"),
        "journey_id": row_id(company, "truck_journeys", 9 if n else 0),
        "planned_start_at": at(0, start),
        "planned_end_at": at(0, end),
        **values,
    }


def slot(company: Tenant, start: float, end: float, n: int = 0, **values: object) -> Row:
    """The mover in the meeting for some hours of the day."""
    return {
        **good_row(company, "schedule_resources", n),
        "user_id": staff(company, "mover"),
        "start_at": at(0, start),
        "end_at": at(0, end),
        **values,
    }


def test_one_person_is_in_one_place_across_tables(company: Tenant, desk: Session) -> None:
    put(desk, "assigned_crew", crew(company, 0, 8))
    assert refused_by(desk, "schedule_resources", slot(company, 7, 9)) == DOUBLE_BOOKED
    assert refused_by(desk, "schedule_resources", slot(company, 8, 9)) is None
    assert refused_by(desk, "assigned_crew", crew(company, 8.5, 10, n=0)) == DOUBLE_BOOKED
    assert refused_by(desk, "assigned_crew", crew(company, 9, 10, n=0)) is None


def test_one_truck_is_on_one_journey_and_free_when_it_is_called_off(
    company: Tenant, desk: Session
) -> None:
    taken, other = (good_row(company, "equipment_assignments", n) for n in (0, 1))
    put(desk, "equipment_assignments", {**taken, "end_at": None})
    assert refused_by(desk, "equipment_assignments", other) == DOUBLE_BOOKED
    shop = slot(company, 3, 4, kind="EQUIPMENT", user_id=None, equipment_id=taken["equipment_id"])
    assert refused_by(desk, "schedule_resources", shop) == DOUBLE_BOOKED
    change(desk, "equipment_assignments", taken["id"], status="CANCELLED")
    assert refused_by(desk, "equipment_assignments", other) is None
    key = taken["id"]
    assert change_refused_by(desk, "equipment_assignments", key, status="ACTIVE") == DOUBLE_BOOKED


def test_a_slot_called_off_sets_its_people_free(company: Tenant, desk: Session) -> None:
    put(desk, "schedule_resources", slot(company, 0, 8))
    assert refused_by(desk, "assigned_crew", crew(company, 0, 8)) == DOUBLE_BOOKED
    change(desk, "schedules", row_id(company, "schedules"), status="CANCELLED")
    assert refused_by(desk, "assigned_crew", crew(company, 0, 8)) is None
    assert refused_by(desk, "schedule_resources", slot(company, 0, 8, n=1)) is None


def test_a_journey_has_one_live_slot(company: Tenant, desk: Session) -> None:
    about: Row = {"schedule_type": "JOURNEY", "journey_id": row_id(company, "truck_journeys")}
    put(desk, "schedules", {**good_row(company, "schedules", 1), **about})
    again = {**good_row(company, "schedules", 2), **about}
    assert refused_by(desk, "schedules", again) == "uq_schedules_journey"
    old = row_id(company, "schedules", 1)
    change(desk, "schedules", old, status="CANCELLED")
    assert refused_by(desk, "schedules", again) is None


def test_nobody_is_planned_over_leave_and_leave_may_follow_a_plan(
    company: Tenant, desk: Session
) -> None:
    away: Row = {"is_available": False, "start_at": at(0, 4), "end_at": at(0, 12)}
    leave = {**good_row(company, "availabilities", 0), **away, "availability_type": "VACATION"}
    put(desk, "availabilities", leave)
    put(desk, "assigned_crew", crew(company, 0, 8))
    change(desk, "availabilities", leave["id"], approval_status="APPROVED", answered_at=at(0))
    assert refused_by(desk, "assigned_crew", crew(company, 9, 12, n=0)) == "person_is_away"
    assert refused_by(desk, "schedule_resources", slot(company, 9, 10)) == "person_is_away"
    key = row_id(company, "assigned_crew", 1)
    longer = change_refused_by(desk, "assigned_crew", key, planned_end_at=at(0, 9))
    assert longer == "person_is_away"
    change(desk, "assigned_crew", key, status="CONFIRMED", confirmed_at=at(0))
    change(desk, "assigned_crew", key, planned_end_at=at(0, 4))


def test_an_asset_out_of_service_is_given_to_nobody(company: Tenant, desk: Session) -> None:
    change(desk, "equipment", row_id(company, "equipment"), status="REPAIR")
    given_out = good_row(company, "equipment_assignments", 0)
    assert refused_by(desk, "equipment_assignments", given_out) == "equipment_in_service"
    past = {**given_out, "status": "COMPLETED"}
    assert refused_by(desk, "equipment_assignments", past) is None


def test_the_application_cannot_write_the_list_of_what_is_taken(
    company: Tenant, desk: Session
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        put(desk, "occupancies", good_row(company, "occupancies", 0))
    desk.rollback()


def test_another_company_with_the_same_ids_is_no_conflict(company: Tenant, desk: Session) -> None:
    with engine(DatabaseRole.LOADER).connect() as connection:
        client = new_id(TEST_NOW)
        connection.execute(
            text("insert into core.clients (id, slug, name) values (:id, :slug, 'Twin')"),
            {"id": client, "slug": f"twin-{client}"},
        )
        row = {**good_row(company, "occupancies", 0), "location_id": None}
        put(connection, "occupancies", row)
        put(connection, "occupancies", {**row, "client_id": client})
        connection.rollback()


HOURS = st.integers(0, 12)
SPANS = st.tuples(HOURS, st.integers(1, 6))
BOOKINGS = st.lists(
    st.tuples(st.sampled_from(["mover", "driver"]), st.booleans(), SPANS), min_size=1, max_size=12
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bookings=BOOKINGS)
def test_a_booking_goes_in_exactly_when_its_span_is_free(
    company: Tenant, desk: Session, bookings: list[tuple[str, bool, tuple[int, int]]]
) -> None:
    held: dict[str, list[tuple[int, int]]] = {"mover": [], "driver": []}
    nested = desk.begin_nested()
    for number, (role, by_slot, (start, length)) in enumerate(bookings):
        end = start + length
        journey = {**good_row(company, "truck_journeys", 100 + number)}
        who = {"id": new_id(TEST_NOW), "user_id": staff(company, role)}
        if by_slot:
            answer = refused_by(desk, "schedule_resources", slot(company, start, end) | who)
        else:
            put(desk, "truck_journeys", journey)
            about = {"journey_id": journey["id"], "is_lead": False}
            answer = refused_by(desk, "assigned_crew", crew(company, start, end) | who | about)
        is_free = all(end <= other or start >= until for other, until in held[role])
        assert answer == (None if is_free else DOUBLE_BOOKED)
        if is_free:
            held[role].append((start, end))
    nested.rollback()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(spans=st.lists(SPANS, min_size=2, max_size=10))
def test_hours_of_a_person_never_overlap(
    company: Tenant, desk: Session, spans: list[tuple[int, int]]
) -> None:
    held: list[tuple[int, int]] = []
    nested = desk.begin_nested()
    for start, length in spans:
        end = start + length
        entry = {
            **good_row(company, "time_entries", 0),
            "id": new_id(TEST_NOW),
            "started_at": at(0, start),
            "started_local_at": local(0, start),
            "ended_at": at(0, end),
            "ended_local_at": local(0, end),
        }
        is_free = all(end <= other or start >= until for other, until in held)
        expected = None if is_free else "ex_time_entries_overlap"
        assert refused_by(desk, "time_entries", entry) == expected
        if is_free:
            held.append((start, end))
    nested.rollback()


def test_of_many_at_once_one_gets_the_truck(company: Tenant, desk: Session) -> None:
    desk.commit()
    many = 8
    barrier = Barrier(many, timeout=60)

    def book(n: int) -> bool:
        row = {**good_row(company, "equipment_assignments", 0), "id": new_id(TEST_NOW)}
        row |= {"start_at": at(0, n / 10), "end_at": at(0, 8)}
        try:
            with tenant_session(company.subjects["manager"]) as session:
                session.execute(text("select 1"))
                barrier.wait()
                put(session, "equipment_assignments", row)
        except DBAPIError as error:
            assert error.orig.diag.constraint_name == DOUBLE_BOOKED  # type: ignore[union-attr]
            return False
        return True

    with ThreadPoolExecutor(max_workers=many) as pool:
        assert list(pool.map(book, range(many))).count(True) == 1


def movement(company: Tenant, kind: str, quantity: int, item: int = 0, **values: object) -> Row:
    """A movement of boxes at the branch."""
    return {
        **good_row(company, "inventory_transactions", 0),
        "id": new_id(TEST_NOW),
        "inventory_item_id": row_id(company, "inventory_items", item),
        "transaction_type": kind,
        "quantity": quantity,
        "total_cost_amount": 2 * quantity,
        "journey_id": row_id(company, "truck_journeys"),
        "reason": "count",
        **values,
    }


def stock(session: Session, company: Tenant) -> tuple[Decimal, int, list[Decimal]]:
    """Quantity and number of movements of an item, and the balances of its ledger."""
    items, ledger = (
        Base.metadata.tables[f"core.{name}"]
        for name in ("inventory_items", "inventory_transactions")
    )
    key = row_id(company, "inventory_items")
    quantity, count = session.execute(
        select(items.c.quantity, items.c.transaction_count).where(items.c.id == key)
    ).one()
    balances = select(ledger.c.balance_after).where(ledger.c.inventory_item_id == key)
    return quantity, count, list(session.scalars(balances.order_by(ledger.c.sequence)))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(["PURCHASE", "RETURN", "SALE", "USAGE", "DAMAGE", "EXPIRY"]),
                  st.integers(1, 20)),
        max_size=12,
    ),
    allows_negative=st.booleans(),
)  # fmt: skip
def test_stock_is_what_its_ledger_says_and_never_below_zero(
    company: Tenant, desk: Session, moves: list[tuple[str, int]], allows_negative: bool
) -> None:
    nested = desk.begin_nested()
    key = row_id(company, "inventory_items")
    change(desk, "inventory_items", key, allows_negative=allows_negative)
    balances: list[int] = []
    for kind, size in moves:
        quantity = size if kind in ("PURCHASE", "RETURN") else -size
        before = balances[-1] if balances else 0
        answer = refused_by(desk, "inventory_transactions", movement(company, kind, quantity))
        if before + quantity >= 0 or allows_negative:
            assert answer is None
            balances.append(before + quantity)
        else:
            assert answer == "ck_inventory_items_quantity_not_negative"
    assert stock(desk, company) == (balances[-1] if balances else 0, len(balances), balances)
    nested.rollback()


def test_stock_moves_by_its_ledger_only(company: Tenant, desk: Session) -> None:
    put(desk, "inventory_transactions", movement(company, "PURCHASE", 5))
    key = row_id(company, "inventory_items")
    assert change_refused_by(desk, "inventory_items", key, quantity=9) == "stock_by_ledger"
    change(desk, "inventory_items", key, min_quantity=3)
    full = {**good_row(company, "inventory_items", 5), "quantity": 5}
    assert refused_by(desk, "inventory_items", full) == "stock_by_ledger"
    elsewhere = movement(company, "PURCHASE", 5, item=77)
    assert refused_by(desk, "inventory_transactions", elsewhere) == "stock_item_known"
    desk.commit()
    ledger = Base.metadata.tables["core.inventory_transactions"]
    for statement in (update(ledger).values(notes="x"), ledger.delete()):
        with (
            engine(DatabaseRole.LOADER).begin() as connection,
            pytest.raises(DBAPIError) as refusal,
        ):
            connection.execute(statement)
        assert refusal.value.orig.diag.constraint_name == "ledger_append_only"  # type: ignore[union-attr]


@pytest.mark.parametrize("received", [0, 4, 5])
def test_a_transfer_is_balanced_when_it_commits(company: Tenant, received: int) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        for table, n in (("customers", 0), ("truck_journeys", 0), ("inventory_items", 0),
                         ("inventory_items", 9)):  # fmt: skip
            put(session, table, good_row(company, table, n))
        put(session, "inventory_transactions", movement(company, "PURCHASE", 5))

    def transfer() -> None:
        with tenant_session(admin) as session:
            pair: Row = {"transfer_group_id": new_id(TEST_NOW)}
            put(session, "inventory_transactions", movement(company, "TRANSFER", -5, **pair))
            if received:
                row = movement(company, "TRANSFER", received, item=9, **pair)
                put(session, "inventory_transactions", row)

    if received == 5:
        transfer()
    else:
        with pytest.raises(DBAPIError) as refusal:
            transfer()
        assert refusal.value.orig.diag.constraint_name == "transfer_balanced"  # type: ignore[union-attr]
    with tenant_session(admin) as session:
        assert stock(session, company)[0] == (0 if received == 5 else 5)
