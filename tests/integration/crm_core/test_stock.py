"""Stock: every change a line of the ledger, promises to journeys, orders to suppliers."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import InventoryTransactionType as Kind
from crm_core.errors import InvalidInput
from crm_core.models import InventoryItem, InventoryTransaction, PurchaseOrder
from crm_core.security.permissions import ActionRefused, system_subject
from crm_core.services.inventory import inventory, purchasing, reservations, stock_runs
from crm_core.services.inventory.reservations import NotInStock
from crm_core.services.inventory.stock_rules import StockFlag
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.scheduling import schedules
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.fleet import a_journey, a_supplier, an_item, hours


def test_promised_stock_is_not_sold_and_goes_to_its_journey(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    mover = company.subjects["mover"]
    with tenant_session(manager) as session:
        item = an_item(session, manager, vanc)
        journey = a_journey(session, manager, vanc)
        keys = {"item_id": item.id, "at": TEST_NOW}
        inventory.adjust(session, manager, counted=Decimal(10), reason="first count", **keys)
        promise = {"journey_id": journey.id, **keys}
        with pytest.raises(NotInStock, match=r"11.00 wanted, 10.00"):
            reservations.reserve(session, manager, quantity=Decimal(11), **promise)
        reservations.reserve(session, manager, quantity=Decimal(9), **promise)
        reservations.reserve(session, manager, quantity=Decimal(8), **promise)
        with pytest.raises(NotInStock, match=r"3.00 wanted, 2.00 there"):
            inventory.sell(session, manager, quantity=Decimal(3), **keys)
        inventory.sell(session, manager, quantity=Decimal(1), **keys)
    with tenant_session(mover) as session:
        inventory.use(session, mover, quantity=Decimal(5), **promise)
        with pytest.raises(InvalidInput, match=r"6.00 of 5.00 that went out"):
            inventory.take_back(session, mover, quantity=Decimal(6), **promise)
        inventory.take_back(session, mover, quantity=Decimal(2), **promise)
    with tenant_session(manager) as session:
        item = session.get_one(InventoryItem, (company.client_id, item.id))
        assert (item.quantity, item.reserved_quantity) == (Decimal(6), Decimal(3))
        journey = session.get_one(type(journey), (company.client_id, journey.id))
        journey.status, journey.cancellation_reason = "CANCELLED", "gone"
        journey.cancelled_on = journey.service_on
        schedules.follow_journey(session, manager, journey=journey, at=TEST_NOW)
        session.refresh(item)
        assert item.reserved_quantity == 0


def test_only_a_manager_adjusts_and_says_why(company: Tenant) -> None:
    dispatcher, admin = company.subjects["dispatcher"], company.subjects["admin"]
    with tenant_session(admin) as session:
        item = an_item(session, admin, company.locations["VANC"])
        inventory.adjust(
            session, admin, item_id=item.id, counted=Decimal(4), reason="count", at=TEST_NOW
        )
        with pytest.raises(InvalidInput, match="reason"):
            inventory.adjust(
                session, admin, item_id=item.id, counted=Decimal(3), reason=" ", at=TEST_NOW
            )
    with tenant_session(dispatcher) as session, pytest.raises(ActionRefused, match="manager"):
        inventory.adjust(
            session, dispatcher, item_id=item.id, counted=Decimal(3), reason="x", at=TEST_NOW
        )


def test_a_transfer_moves_quantity_and_cost(company: Tenant) -> None:
    manager, admin = company.subjects["manager"], company.subjects["admin"]
    vanc, dtor = company.locations["VANC"], company.locations["DTOR"]
    with tenant_session(admin) as session:
        mine = an_item(session, admin, vanc)
        theirs = an_item(session, admin, dtor, unit_cost_amount=Decimal("4.2000"))
        for item in (mine, theirs):
            inventory.adjust(
                session, admin, item_id=item.id, counted=Decimal(10), reason="count", at=TEST_NOW
            )
    with tenant_session(manager) as session:
        out, into = inventory.transfer(
            session,
            manager,
            from_item_id=mine.id,
            to_item_id=theirs.id,
            quantity=Decimal(10),
            at=TEST_NOW,
        )
        assert out.total_cost_amount + into.total_cost_amount == 0
    with tenant_session(admin) as session:
        theirs = session.get_one(InventoryItem, (company.client_id, theirs.id))
        assert (theirs.quantity, theirs.unit_cost_amount) == (Decimal(20), Decimal("3.2000"))


def test_low_stock_is_ordered_once_and_received_at_its_cost(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    admin, system = company.subjects["admin"], system_subject(company.client_id)
    with tenant_session(admin) as session:
        supplier = a_supplier(session, admin)
        item = an_item(session, admin, vanc, supplier_id=supplier.id)
        orphan = an_item(session, admin, vanc, "TAPE")
        full: dict[str, object] = {"min_quantity": Decimal(0), "max_quantity": None}
        an_item(session, admin, vanc, "FULL", supplier_id=supplier.id, **full)
        inventory.adjust(
            session, admin, item_id=item.id, counted=Decimal(15), reason="count", at=TEST_NOW
        )
    with tenant_session(system) as session:
        found = purchasing.run_reorder(session, system, as_of=TEST_NOW)
        assert found.without_supplier == (orphan.id,)
        (order,) = found.orders
        assert [line.ordered_quantity for line in purchasing.lines_of(session, order)] == [100]
        assert purchasing.run_reorder(session, system, as_of=TEST_NOW).orders == ()
        with pytest.raises(TransitionRefused, match="a person must"):
            purchasing.approve(session, system, order_id=order.id, at=TEST_NOW)
    with tenant_session(manager) as session:
        keys = {"order_id": order.id, "at": hours(1, TEST_NOW)}
        with pytest.raises(TransitionRefused, match="not approved"):
            purchasing.send(session, manager, **keys)
        purchasing.approve(session, manager, **keys)
        purchasing.change_lines(session, manager, quantities={item.id: Decimal(85)}, **keys)
        with pytest.raises(TransitionRefused, match="not approved"):
            purchasing.send(session, manager, **keys)
        purchasing.approve(session, manager, **keys)
        order = purchasing.send(session, manager, **keys)
        assert order.expected_on == date(2026, 11, 25)
        with pytest.raises(InvalidInput, match="86"):
            purchasing.receive(session, manager, quantities={item.id: Decimal(86)}, **keys)
        order = purchasing.receive(session, manager, quantities={item.id: Decimal(60)}, **keys)
        assert order.status == "PARTIAL" and order.received_on is None
        order = purchasing.close_short(session, manager, **keys)
        assert order.status == "RECEIVED" and order.received_on == date(2026, 11, 20)
        bought = session.scalars(
            select(InventoryTransaction).where(InventoryTransaction.transaction_type == "PURCHASE")
        ).one()
        assert (bought.quantity, bought.reference) == (60, order.order_number)
        item = session.get_one(InventoryItem, (company.client_id, item.id))
        assert item.quantity == 75
        assert session.scalars(select(PurchaseOrder.order_number)).one() == "PO-2026-000001"


def test_what_is_lent_and_not_back_is_charged(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        bins = an_item(session, manager, vanc, "BIN", is_rental=True)
        journey = a_journey(session, manager, vanc)
        keys = {"item_id": bins.id, "journey_id": journey.id}
        inventory.adjust(
            session, manager, item_id=bins.id, counted=Decimal(30), reason="count", at=TEST_NOW
        )
        inventory.use(session, manager, quantity=Decimal(12), at=TEST_NOW, **keys)
        inventory.take_back(session, manager, quantity=Decimal(10), at=hours(50, TEST_NOW), **keys)
        look = TEST_NOW + timedelta(days=14)
        assert stock_runs.late_rentals(session, manager, as_of=look) == []
        (late,) = stock_runs.late_rentals(session, manager, as_of=look + timedelta(days=1))
        assert (late.quantity, late.amount) == (Decimal(2), Decimal("7.98"))


def test_what_is_past_its_date_is_written_off_and_lists_point_out(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        old = an_item(session, manager, vanc, "GLUE", expires_on=date(2026, 11, 19))
        slow = an_item(session, manager, vanc, "ART")
        for item in (old, slow):
            inventory.adjust(
                session, manager, item_id=item.id, counted=Decimal(3), reason="x", at=TEST_NOW
            )
        assert stock_runs.expire(session, manager, as_of=TEST_NOW) == 1
        assert stock_runs.expire(session, manager, as_of=TEST_NOW) == 0
        kinds = session.scalars(
            select(InventoryTransaction.transaction_type)
            .where(InventoryTransaction.inventory_item_id == old.id)
            .order_by(InventoryTransaction.sequence)
        ).all()
        assert kinds == [Kind.ADJUSTMENT, Kind.EXPIRY]
        later = TEST_NOW + timedelta(days=91)
        states = stock_runs.states(session, manager, location_id=vanc, as_of=later)
        assert {each.item_id: set(each.flags) for each in states} == {
            old.id: {StockFlag.STOCK_OUT},
            slow.id: {StockFlag.SLOW_MOVER},
        }
        with pytest.raises(InvalidInput, match="no loss"):
            inventory.write_off(
                session,
                manager,
                item_id=slow.id,
                kind=Kind.SALE,
                quantity=Decimal(1),
                reason="x",
                at=TEST_NOW,
            )
