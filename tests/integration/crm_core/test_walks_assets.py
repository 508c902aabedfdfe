"""Random walks of slots, time off, assets, work orders, bookings, orders and stock by services.

See `walks.py`. What must balance: nothing is booked twice or while it is out of service, the ledger
of stock adds up to what is there and never goes below zero, promises add up to what is reserved.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from crm_core.database import tenant_session
from crm_core.enums import (
    AvailabilityType,
    EquipmentStatus,
    MaintenanceStatus,
    MaintenanceType,
    ScheduleType,
)
from crm_core.enums import InventoryTransactionType as Kind
from crm_core.models import (
    Availability,
    Equipment,
    EquipmentAssignment,
    EquipmentMaintenance,
    InventoryItem,
    InventoryTransaction,
    Occupancy,
    PurchaseOrder,
    PurchaseOrderItem,
    Schedule,
    ScheduleResource,
    StockReservation,
    TruckJourney,
)
from crm_core.models.base import Owned
from crm_core.services import (
    availability,
    equipment,
    inventory,
    maintenance,
    purchasing,
    reservations,
    schedules,
    truck_bookings,
)
from crm_core.services.availability import Time
from crm_core.services.machines.equipment import ASSIGNMENT, EQUIPMENT, WORK_ORDER
from crm_core.services.machines.inventory import PURCHASE_ORDER
from crm_core.services.machines.scheduling import AVAILABILITY, SCHEDULE
from crm_core.services.maintenance import OrderData, WorkDone
from crm_core.services.slots import SlotData
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.fleet import (
    MORNING,
    a_journey,
    a_member,
    a_supplier,
    a_truck,
    an_item,
    hours,
)
from tests.integration.crm_core.walks import Step, Walk, take, walks

QUANTITIES = st.sampled_from([Decimal(each) for each in ("0.5", "1", "7", "25", "60")])
SHIFTS = st.integers(-2, 12)


def _calendar_holds(session: Session, row: Owned) -> None:
    """The list of what is taken is what stands, and nothing out of service is planned soon."""
    taken = session.scalar(select(func.count()).select_from(Occupancy))
    standing = [
        select(func.count()).where(EquipmentAssignment.status != "CANCELLED"),
        select(func.count()).where(ScheduleResource.is_released.is_(False)),
        select(text("count(*)"))
        .select_from(text("core.assigned_crew"))
        .where(text("status in ('ASSIGNED', 'CONFIRMED', 'ON_SITE', 'COMPLETED')")),
    ]
    assert taken == sum(session.scalar(each) or 0 for each in standing)
    over = select(ScheduleResource.id).join(Schedule, Schedule.id == ScheduleResource.schedule_id)
    over = over.where(Schedule.status.in_(["CANCELLED", "RESCHEDULED"]))
    assert session.scalars(over.where(ScheduleResource.is_released.is_(False))).all() == []


def _shop_holds(session: Session, row: Owned) -> None:
    """An asset is out while it is worked on, down once at a time, and given to nobody soon."""
    _calendar_holds(session, row)
    for asset in session.scalars(select(Equipment)):
        orders = session.scalars(
            select(EquipmentMaintenance).where(EquipmentMaintenance.equipment_id == asset.id)
        ).all()
        worked_on = any(each.status == MaintenanceStatus.IN_PROGRESS for each in orders)
        assert not worked_on or asset.status != EquipmentStatus.ACTIVE
        down = [each for each in orders if each.down_from_at and not each.up_at]
        assert len(down) <= 1
        assert all(each.status == MaintenanceStatus.IN_PROGRESS for each in down)
        gone = asset.status in (EquipmentStatus.RETIRED, EquipmentStatus.SOLD)
        given = session.scalars(
            select(EquipmentAssignment.status).where(EquipmentAssignment.equipment_id == asset.id)
        )
        assert not gone or "ACTIVE" not in set(given)


def _stock_holds(session: Session, row: Owned) -> None:
    """No drift between ledger and stock, nothing below zero, promises as reserved."""
    for item in session.scalars(select(InventoryItem).execution_options(populate_existing=True)):
        mine = InventoryTransaction.inventory_item_id == item.id
        total = session.scalar(select(func.sum(InventoryTransaction.quantity)).where(mine))
        assert item.quantity == (total or 0) and item.quantity >= 0
        promised = select(func.sum(StockReservation.quantity)).where(
            StockReservation.inventory_item_id == item.id
        )
        assert item.reserved_quantity == (session.scalar(promised) or 0)
    for line in session.scalars(select(PurchaseOrderItem)):
        posted = select(func.sum(InventoryTransaction.quantity)).where(
            InventoryTransaction.purchase_order_item_id == line.id
        )
        assert line.received_quantity == (session.scalar(posted) or 0) <= line.ordered_quantity


def _put_off(step: Step[Schedule]) -> object:
    start = MORNING + timedelta(hours=step.data.draw(SHIFTS) * 6)
    return schedules.reschedule(
        step.session,
        step.subject,
        schedule_id=step.row.id,
        start_at=start,
        end_at=hours(2, start),
        at=step.at,
    )


@pytest.fixture
def meeting(company: Tenant) -> Schedule:
    manager, mover = company.subjects["manager"], company.subjects["mover"].user_id
    assert mover is not None
    with tenant_session(manager) as session:
        vanc = company.locations["VANC"]
        a_member(session, manager, a_journey(session, manager, vanc, hours(24)), mover)
        data = SlotData(ScheduleType.MEETING, "Safety talk", MORNING, hours(2), (mover,))
        return schedules.create(session, manager, location_id=vanc, data=data, at=TEST_NOW)


@walks
@given(data=st.data())
def test_slots(company: Tenant, meeting: Schedule, data: st.DataObject) -> None:
    acts = {
        "start": lambda s: schedules.start(s.session, s.subject, schedule_id=s.row.id, at=s.at),
        "complete": lambda s: schedules.complete(
            s.session, s.subject, schedule_id=s.row.id, at=s.at
        ),
        "cancel": lambda s: schedules.cancel(
            s.session, s.subject, schedule_id=s.row.id, reason="nobody", at=s.at
        ),
        "put off": _put_off,
    }
    walk = Walk(SCHEDULE, Schedule, meeting.id, TEST_NOW, acts, _calendar_holds)
    take(walk, company.subjects["manager"], data)


def _stage(step: Step[Schedule]) -> object:
    """The journey goes on, as its own service would let it, and the slot follows."""
    journey = step.session.get_one(TruckJourney, (step.subject.client_id, step.row.journey_id))
    stage = step.data.draw(st.sampled_from(["EN_ROUTE", "COMPLETED", "CANCELLED"]))
    if journey.status in ("COMPLETED", "CANCELLED"):
        return None
    journey.status, journey.started_at = stage, journey.started_at or step.at
    journey.completed_at = step.at if stage == "COMPLETED" else None
    journey.completed_on = journey.service_on if stage == "COMPLETED" else None
    if stage == "CANCELLED":
        journey.cancelled_on, journey.cancellation_reason = journey.service_on, "gone"
    return schedules.follow_journey(step.session, step.subject, journey=journey, at=step.at)


@pytest.fixture
def journey_slot(company: Tenant) -> Schedule:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        truck = a_truck(session, manager, vanc, "T-01")
        a_truck(session, manager, vanc, "T-02")
        journey = a_journey(session, manager, vanc, equipment_id=truck.id, crew_size=1)
        a_member(session, manager, journey, company.subjects["mover"].user_id)
        other = a_journey(session, manager, vanc, hours(12), equipment_id=truck.id)
        schedules.plan_journey(session, manager, journey=other, at=TEST_NOW)
        return schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW)


def _other_truck(step: Step[Schedule]) -> object:
    wanted = step.data.draw(st.sampled_from(["T-01", "T-02"]))
    truck = step.session.scalars(select(Equipment).where(Equipment.name == wanted)).one()
    return truck_bookings.assign_truck(
        step.session,
        step.subject,
        journey_id=step.row.journey_id,
        equipment_id=truck.id,
        at=step.at,
    )


@walks
@given(data=st.data())
def test_slots_of_journeys(company: Tenant, journey_slot: Schedule, data: st.DataObject) -> None:
    acts = {
        "stage": _stage,
        "put off": _put_off,
        "another truck": _other_truck,
        "cancel": lambda s: schedules.cancel(
            s.session, s.subject, schedule_id=s.row.id, reason="no", at=s.at
        ),
    }
    walk = Walk(SCHEDULE, Schedule, journey_slot.id, TEST_NOW, acts, _calendar_holds)
    take(walk, company.subjects["manager"], data)


@pytest.fixture
def leave(company: Tenant) -> Availability:
    manager, mover = company.subjects["manager"], company.subjects["mover"]
    with tenant_session(manager) as session:
        journey = a_journey(session, manager, company.locations["VANC"])
        a_member(session, manager, journey, mover.user_id)
        schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW)
    with tenant_session(mover) as session:
        wish = Time(MORNING, hours(8), AvailabilityType.OTHER, is_available=True)
        return availability.enter(session, mover, time=wish, at=TEST_NOW)


@walks
@given(data=st.data())
def test_time_off(company: Tenant, leave: Availability, data: st.DataObject) -> None:
    def away_is_marked(session: Session, row: Availability) -> None:
        slot = session.scalars(select(Schedule)).one()
        session.refresh(slot)
        note = slot.conflict_note or ""
        assert ("is away" in note) == (row.approval_status == "APPROVED")

    acts = {
        "ask off": lambda s: availability.ask_off(
            s.session, s.subject, availability_id=s.row.id, at=s.at
        ),
        "approve": lambda s: availability.approve(
            s.session, s.subject, availability_id=s.row.id, at=s.at
        ),
        "reject": lambda s: availability.reject(
            s.session, s.subject, availability_id=s.row.id, at=s.at
        ),
    }
    walk = Walk(AVAILABILITY, Availability, leave.id, TEST_NOW, acts, away_is_marked)
    take(walk, company.subjects["admin"], data)


@pytest.fixture
def order(company: Tenant) -> EquipmentMaintenance:
    """A work order on a truck that two journeys have, and a second order beside it."""
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        truck = a_truck(session, manager, vanc, "T-01", service_days=100)
        a_truck(session, manager, vanc, "T-02")
        for start in (hours(-60), hours(20)):
            journey = a_journey(session, manager, vanc, start, equipment_id=truck.id)
            schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW)
        orders = [
            maintenance.order(
                session,
                manager,
                equipment_id=truck.id,
                data=OrderData(kind, "Work", hours(start), hours(start + 4)),
                at=TEST_NOW,
            )
            for kind, start in ((MaintenanceType.PREVENTIVE, 0), (MaintenanceType.CORRECTIVE, 6))
        ]
        return orders[0]


def _second(step: Step[EquipmentMaintenance]) -> EquipmentMaintenance:
    query = select(EquipmentMaintenance).where(EquipmentMaintenance.id != step.row.id)
    return step.session.scalars(query.order_by(EquipmentMaintenance.id)).first() or step.row


ORDER_ACTS = {
    "start": lambda s: maintenance.start(s.session, s.subject, order_id=s.row.id, at=s.at),
    "complete": lambda s: maintenance.complete(
        s.session,
        s.subject,
        order_id=s.row.id,
        done=WorkDone(s.data.draw(st.sampled_from([None, 49_000, 60_000]))),
        at=s.at,
    ),
    "cancel": lambda s: maintenance.cancel(
        s.session, s.subject, order_id=s.row.id, reason="not needed", at=s.at
    ),
    "start the other": lambda s: maintenance.start(
        s.session, s.subject, order_id=_second(s).id, at=s.at
    ),
    "end the other": lambda s: maintenance.complete(
        s.session, s.subject, order_id=_second(s).id, done=WorkDone(), at=s.at
    ),
    "return": lambda s: equipment.return_to_service(
        s.session, s.subject, equipment_id=s.row.equipment_id, at=s.at
    ),
    "break down": lambda s: equipment.break_down(
        s.session, s.subject, equipment_id=s.row.equipment_id, at=s.at
    ),
    "retire": lambda s: equipment.retire(
        s.session, s.subject, equipment_id=s.row.equipment_id, reason="old", at=s.at
    ),
    "fail": lambda s: maintenance.fail_inspection(
        s.session, s.subject, equipment_id=s.row.equipment_id, findings="x", at=s.at
    ),
}


@walks
@given(data=st.data())
def test_work_orders(company: Tenant, order: EquipmentMaintenance, data: st.DataObject) -> None:
    walk = Walk(WORK_ORDER, EquipmentMaintenance, order.id, hours(-62), ORDER_ACTS, _shop_holds)
    take(walk, company.subjects["manager"], data)


def _asset_act(name: str, step: Step[Equipment]) -> object:
    """The act of a work order, seen from its asset."""
    query = select(EquipmentMaintenance).order_by(EquipmentMaintenance.id)
    first = step.session.scalars(query).first()
    assert first is not None
    return ORDER_ACTS[name](Step(step.session, step.subject, first, step.at, step.data))


@walks
@given(data=st.data())
def test_assets(company: Tenant, order: EquipmentMaintenance, data: st.DataObject) -> None:
    acts = {
        "service": lambda s: equipment.send_to_service(
            s.session, s.subject, equipment_id=s.row.id, at=s.at
        ),
        "sell": lambda s: equipment.sell(
            s.session, s.subject, equipment_id=s.row.id, amount=Decimal("9000.00"), at=s.at
        ),
        **{
            name: (lambda s, name=name: _asset_act(name, s))  # type: ignore[misc]
            for name in ("start", "complete", "return", "break down", "retire", "fail")
        },
    }
    walk = Walk(EQUIPMENT, Equipment, order.equipment_id, hours(-62), acts, _shop_holds)
    take(walk, company.subjects["manager"], data)


@pytest.fixture
def booking(company: Tenant, journey_slot: Schedule) -> EquipmentAssignment:
    with tenant_session(company.subjects["manager"]) as session:
        return session.scalars(
            select(EquipmentAssignment).where(
                EquipmentAssignment.journey_id == journey_slot.journey_id
            )
        ).one()


@walks
@given(data=st.data())
def test_bookings(company: Tenant, booking: EquipmentAssignment, data: st.DataObject) -> None:
    def again(step: Step[EquipmentAssignment]) -> object:
        return truck_bookings.assign_truck(
            step.session,
            step.subject,
            journey_id=step.row.journey_id,
            equipment_id=step.row.equipment_id,
            at=step.at,
        )

    acts = {
        "release": lambda s: truck_bookings.release(
            s.session, s.subject, assignment_id=s.row.id, reason="no", at=s.at
        ),
        "give back": lambda s: truck_bookings.give_back(
            s.session, s.subject, assignment_id=s.row.id, at=s.at
        ),
        "book again": again,
        "break down": lambda s: equipment.break_down(
            s.session, s.subject, equipment_id=s.row.equipment_id, at=s.at
        ),
        "return": lambda s: equipment.return_to_service(
            s.session, s.subject, equipment_id=s.row.equipment_id, at=s.at
        ),
    }
    walk = Walk(ASSIGNMENT, EquipmentAssignment, booking.id, hours(-3), acts, _calendar_holds)
    take(walk, company.subjects["manager"], data)


@pytest.fixture
def purchase(company: Tenant) -> PurchaseOrder:
    """A draft over two items, with a journey that some of the stock is promised to."""
    admin, vanc = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        supplier = a_supplier(session, admin)
        items = [an_item(session, admin, vanc, sku) for sku in ("BOX-M", "TAPE")]
        a_journey(session, admin, vanc)
        an_item(session, admin, company.locations["DTOR"], "BOX-M")
        return purchasing.draft(
            session,
            admin,
            location_id=vanc,
            supplier_id=supplier.id,
            lines={item.id: Decimal(60) for item in items},
            at=TEST_NOW,
        )


def _item(step: Step[PurchaseOrder], sku: str = "BOX-M", code: str | None = None) -> InventoryItem:
    query = select(InventoryItem).where(InventoryItem.sku == sku)
    here = InventoryItem.location_id == step.row.location_id
    return step.session.scalars(query.where(here if code is None else ~here)).one()


def _keys(step: Step[PurchaseOrder]) -> dict[str, object]:
    journey = step.session.scalars(select(TruckJourney)).one()
    return {"item_id": _item(step).id, "journey_id": journey.id, "at": step.at}


def _receive(step: Step[PurchaseOrder]) -> object:
    skus = step.data.draw(st.sets(st.sampled_from(["BOX-M", "TAPE"]), max_size=2))
    quantities = {_item(step, sku).id: step.data.draw(QUANTITIES) for sku in skus}
    return purchasing.receive(
        step.session, step.subject, order_id=step.row.id, quantities=quantities, at=step.at
    )


def _move_stock(step: Step[PurchaseOrder]) -> object:
    session, subject = step.session, step.subject
    keys, quantity = _keys(step), step.data.draw(QUANTITIES)
    plain = {"item_id": keys["item_id"], "at": step.at}
    act = step.data.draw(st.sampled_from(["sell", "use", "back", "lose", "count", "move", "keep"]))
    match act:
        case "sell":
            return inventory.sell(session, subject, quantity=quantity, **plain)  # type: ignore[arg-type]
        case "use":
            return inventory.use(session, subject, quantity=quantity, **keys)  # type: ignore[arg-type]
        case "back":
            return inventory.take_back(session, subject, quantity=quantity, **keys)  # type: ignore[arg-type]
        case "keep":
            return reservations.reserve(session, subject, quantity=quantity, **keys)  # type: ignore[arg-type]
        case "lose":
            loss = {"kind": Kind.DAMAGE, "reason": "wet"}
            return inventory.write_off(session, subject, quantity=quantity, **loss, **plain)  # type: ignore[arg-type]
        case "move":
            return inventory.transfer(
                session,
                subject,
                from_item_id=_item(step).id,
                to_item_id=_item(step, code="DTOR").id,
                quantity=quantity,
                at=step.at,
            )
    return inventory.adjust(session, subject, counted=quantity, reason="count", **plain)  # type: ignore[arg-type]


@walks
@given(data=st.data())
def test_purchase_orders_and_stock(
    company: Tenant, purchase: PurchaseOrder, data: st.DataObject
) -> None:
    def on(verb: str, **more: object):  # type: ignore[no-untyped-def]
        act = getattr(purchasing, verb)
        return lambda s: act(s.session, s.subject, order_id=s.row.id, at=s.at, **more)

    acts = {
        "approve": on("approve"),
        "send": on("send"),
        "receive": _receive,
        "receive more": _receive,
        "close": on("close_short"),
        "cancel": on("cancel", reason="too dear"),
        "move stock": _move_stock,
        "move more stock": _move_stock,
    }
    walk = Walk(PURCHASE_ORDER, PurchaseOrder, purchase.id, TEST_NOW, acts, _stock_holds)
    take(walk, company.subjects["admin"], data)
