"""Screens of what we own and keep: storage rentals and units, equipment, stock, orders of stock.

Rules are in `crm_core.services.storage`, `equipment` and `inventory`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.screens import picks
from app.screens.spec import Act, Deed, Field, Part, Screen, child, deed, step
from crm_core.enums import Action, Resource
from crm_core.enums_field import InventoryTransactionType, MaintenanceType
from crm_core.enums_office import StorageReturnCondition
from crm_core.models import (
    Equipment,
    EquipmentMaintenance,
    InventoryItem,
    InventoryTransaction,
    PurchaseOrder,
    PurchaseOrderItem,
    StorageBooking,
    StorageUnit,
)
from crm_core.models.lists import LISTS, ListSpec
from crm_core.services.equipment import equipment, maintenance
from crm_core.services.equipment.maintenance import OrderData, WorkDone
from crm_core.services.inventory import inventory, purchasing
from crm_core.services.machines.equipment import (
    EQUIPMENT,
    WORK_ORDER,
    EquipmentEvent,
    WorkOrderEvent,
)
from crm_core.services.machines.inventory import PURCHASE_ORDER, PurchaseEvent
from crm_core.services.machines.storage import BOOKING, UNIT, BookingEvent, UnitEvent
from crm_core.services.storage import storage_bookings, storage_reservations, storage_units
from crm_core.services.storage.storage_reservations import Rental

R, A = Resource, Action
REASON = Field("reason", is_needed=True)
QUANTITY = Field("quantity", Decimal, is_needed=True)


def _said(act: Act) -> dict[str, Any]:
    return {name: value for name, value in act.values.items() if value is not None}


def _reserve(act: Act) -> Any:
    rental = Rental(customer_id=act.row.id, **_said(act))
    return storage_reservations.reserve(act.session, act.subject, rental=rental, at=act.at)


def _order(act: Act) -> Any:
    data = OrderData(**_said(act))
    return maintenance.order(
        act.session, act.subject, equipment_id=act.row.id, data=data, at=act.at
    )


def _work_done(act: Act) -> Any:
    done = WorkDone(**_said(act))
    return maintenance.complete(act.session, act.subject, order_id=act.row.id, done=done, at=act.at)


def _receive_all(act: Act) -> Any:
    """Everything that is still to come of an order."""
    rest = {
        line.inventory_item_id: line.ordered_quantity - line.received_quantity
        for line in purchasing.lines_of(act.session, act.row)
        if line.ordered_quantity > line.received_quantity
    }
    return purchasing.receive(
        act.session, act.subject, order_id=act.row.id, quantities=rest, at=act.at
    )


RESERVE = Deed(
    "reserve_storage", R.STORAGE_BOOKING, A.CREATE, _reserve,
    (Field("unit_id", choices=picks.free_units, is_needed=True),
     Field("starts_on", date, is_needed=True),
     Field("ends_on", date),
     Field("deposit_amount", Decimal)),
    opens="rentals",
)  # fmt: skip

RENTALS = Screen(
    "rentals", "warehouse",
    ListSpec("rentals", StorageBooking, R.STORAGE_BOOKING, ("status", "customer_id", "unit_id")),
    columns=("customer_id", "unit_id", "status", "starts_on", "ends_on", "rate_amount",
             "paid_amount", "next_invoice_on", "location_id"),
    filters=("status", "location_id"),
    title=("unit_id", "customer_id"),
    sections=(
        ("the_rental", ("status", "starts_on", "ends_on", "activated_on", "moved_out_on",
                        "billing_cycle", "is_auto_renewed", "location_id",
                        "cancellation_reason")),
        ("the_price", ("rate_amount", "discount_amount", "deposit_amount", "paid_amount",
                       "currency", "next_invoice_on")),
    ),
    deeds=(
        step("move_in", BOOKING, BookingEvent.ACTIVATE, storage_bookings.activate, "booking_id",
             Field("has_signed_terms", bool), is_main=True),
        step("give_notice", BOOKING, BookingEvent.COMPLETE, storage_bookings.give_notice,
             "booking_id", Field("ends_on", date, is_needed=True)),
        step("move_out", BOOKING, BookingEvent.COMPLETE, storage_bookings.complete, "booking_id",
             Field("condition", StorageReturnCondition, is_needed=True), is_final=True),
        step("cancel", BOOKING, BookingEvent.CANCEL, storage_reservations.cancel, "booking_id",
             REASON, is_final=True),
    ),
    parts=(
        Part("invoices", ListSpec("invoices", LISTS["invoices"].model, R.INVOICE,
                                  ("storage_booking_id",)),
             "storage_booking_id", ("invoice_number", "status", "due_on", "total_amount",
                                    "balance_amount"), opens="invoices", is_newest_first=True),
    ),
    links=(("unit_id", "units"), ("customer_id", "customers"), ("journey_id", "jobs")),
)  # fmt: skip

UNITS = Screen(
    "units", "door_front",
    ListSpec("units", StorageUnit, R.STORAGE_UNIT, ("status", "type")),
    columns=("unit_number", "type", "size_class", "status", "area_sq_ft", "current_amount", "zone",
             "location_id"),
    filters=("status", "type", "location_id"),
    is_descending=False,
    title=("unit_number",),
    sections=(
        ("the_unit", ("type", "size_class", "status", "area_sq_ft", "zone", "location_id")),
        ("the_price", ("base_amount", "current_amount", "oversize_surcharge_amount", "currency")),
    ),
    deeds=(
        deed("reprice", R.STORAGE_UNIT, A.UPDATE, storage_units.reprice, "unit_id",
             Field("current_amount", Decimal, is_needed=True), is_edit=True),
        deed("to_service", R.STORAGE_UNIT, A.UPDATE, storage_units.service, "unit_id",
             when=lambda row: row.status == "AVAILABLE"),
        step("retire", UNIT, UnitEvent.RETIRE, storage_units.retire, "unit_id", is_final=True),
        deed("restore", R.STORAGE_UNIT, A.UPDATE, storage_units.restore, "unit_id",
             when=lambda row: row.status in ("MAINTENANCE", "OUT_OF_SERVICE")),
    ),
    parts=(
        Part("rentals", child(StorageBooking, R.STORAGE_BOOKING, "unit_id"), "unit_id",
             ("customer_id", "status", "starts_on", "ends_on", "rate_amount"), opens="rentals",
             is_newest_first=True),
    ),
)  # fmt: skip

EQUIPMENT_SCREEN = Screen(
    "equipment", "forklift",
    ListSpec("equipment", Equipment, R.EQUIPMENT, ("status", "equipment_type")),
    columns=("name", "equipment_type", "status", "manufacturer", "model", "licence_plate",
             "odometer_km", "next_maintenance_on", "location_id"),
    filters=("equipment_type", "status", "location_id"),
    is_descending=False,
    title=("name",),
    sections=(
        ("the_asset", ("equipment_type", "status", "manufacturer", "model", "model_year",
                       "licence_plate", "serial_number", "capacity_cubic_feet", "location_id")),
        ("the_service", ("odometer_km", "engine_hours", "last_maintenance_on",
                         "next_maintenance_on", "service_days", "service_km")),
        ("the_value", ("purchased_on", "purchase_amount", "current_value_amount", "retired_on",
                       "sold_on", "sold_amount")),
    ),
    deeds=(
        deed("read_meter", R.EQUIPMENT, A.UPDATE, equipment.read_meter, "equipment_id",
             Field("odometer_km", int, is_needed=True), is_edit=True,
             when=lambda row: row.status not in ("RETIRED", "SOLD")),
        Deed("order_work", R.MAINTENANCE, A.CREATE, _order,
             (Field("maintenance_type", MaintenanceType, is_needed=True),
              Field("description", is_long=True, is_needed=True),
              Field("start_at", datetime, is_needed=True),
              Field("end_at", datetime, is_needed=True)),
             when=lambda row: row.status not in ("RETIRED", "SOLD")),
        step("to_service", EQUIPMENT, EquipmentEvent.SERVICE, equipment.send_to_service,
             "equipment_id", Field("back_at", datetime)),
        step("break_down", EQUIPMENT, EquipmentEvent.BREAK_DOWN, equipment.break_down,
             "equipment_id", Field("back_at", datetime), is_final=True),
        step("restore", EQUIPMENT, EquipmentEvent.RETURN, equipment.return_to_service,
             "equipment_id", is_main=True),
        step("retire", EQUIPMENT, EquipmentEvent.RETIRE, equipment.retire, "equipment_id",
             REASON, right=A.DELETE, is_final=True),
    ),
    parts=(
        Part("work_orders", child(EquipmentMaintenance, R.MAINTENANCE, "equipment_id"),
             "equipment_id",
             ("scheduled_on", "maintenance_type", "status", "description", "performed_on",
              "labour_amount", "parts_amount"),
             deeds=(
                 step("start", WORK_ORDER, WorkOrderEvent.START, maintenance.start, "order_id",
                      Field("back_at", datetime)),
                 Deed("complete", R.MAINTENANCE, A.UPDATE, _work_done,
                      (Field("odometer_km", int), Field("labour_minutes", int),
                       Field("labour_amount", Decimal), Field("parts_amount", Decimal),
                       Field("notes", is_long=True)),
                      when=lambda row: row.status == "IN_PROGRESS", is_main=True),
                 step("cancel", WORK_ORDER, WorkOrderEvent.CANCEL, maintenance.cancel, "order_id",
                      REASON),
             ), is_newest_first=True),
    ),
)  # fmt: skip

STOCK = Screen(
    "stock", "inventory_2",
    ListSpec("stock", InventoryItem, R.INVENTORY, ("category",)),
    columns=("name", "sku", "category", "quantity", "reserved_quantity", "min_quantity",
             "unit_cost_amount", "unit_price_amount", "supplier_id", "location_id"),
    filters=("category", "location_id"),
    is_descending=False,
    title=("name",),
    sections=(
        ("the_stock", ("quantity", "reserved_quantity", "min_quantity", "max_quantity",
                       "reorder_quantity", "pack_quantity", "lead_time_days")),
        ("the_item", ("sku", "barcode", "category", "is_rental", "supplier_id", "location_id")),
        ("the_price", ("unit_cost_amount", "unit_price_amount", "currency")),
    ),
    deeds=(
        deed("sell", R.INVENTORY, A.UPDATE, inventory.sell, "item_id", QUANTITY,
             Field("reference"), is_main=True),
        deed("count_stock", R.INVENTORY, A.APPROVE, inventory.adjust, "item_id",
             Field("counted", Decimal, is_needed=True), REASON),
        deed("write_off_stock", R.INVENTORY, A.UPDATE, inventory.write_off, "item_id",
             Field("kind", InventoryTransactionType, codes=("DAMAGE", "EXPIRY"), is_needed=True),
             QUANTITY, REASON),
    ),
    parts=(
        Part("movements", child(InventoryTransaction, R.INVENTORY, "inventory_item_id"),
             "inventory_item_id",
             ("occurred_at", "transaction_type", "quantity", "total_cost_amount", "journey_id",
              "reason"),
             is_newest_first=True),
    ),
)  # fmt: skip

ORDERS = Screen(
    "orders", "shopping_cart",
    ListSpec("orders", PurchaseOrder, R.PURCHASE, ("status", "supplier_id")),
    columns=("order_number", "supplier_id", "status", "ordered_on", "expected_on", "received_on",
             "location_id"),
    filters=("status", "location_id"),
    title=("order_number", "supplier_id"),
    sections=(
        ("the_order", ("status", "ordered_on", "expected_on", "received_on", "approved_by_id",
                       "location_id", "notes")),
    ),
    deeds=(
        deed("approve", R.PURCHASE, A.APPROVE, purchasing.approve, "order_id", is_main=True,
             when=lambda row: row.status == "DRAFT" and row.approved_by_id is None),
        deed("send", R.PURCHASE, A.UPDATE, purchasing.send, "order_id", is_main=True,
             when=lambda row: row.status == "DRAFT" and row.approved_by_id is not None),
        Deed("receive_all", R.PURCHASE, A.UPDATE, _receive_all, is_main=True, is_final=True,
             when=lambda row: row.status in ("SENT", "PARTIAL")),
        deed("close_short", R.PURCHASE, A.UPDATE, purchasing.close_short, "order_id",
             when=lambda row: row.status == "PARTIAL", is_final=True),
        step("cancel", PURCHASE_ORDER, PurchaseEvent.CANCEL, purchasing.cancel, "order_id", REASON,
             is_final=True),
    ),
    parts=(
        Part("lines", child(PurchaseOrderItem, R.PURCHASE, "purchase_order_id"),
             "purchase_order_id",
             ("inventory_item_id", "ordered_quantity", "received_quantity", "unit_cost_amount")),
    ),
)  # fmt: skip

SCREENS = (RENTALS, UNITS, EQUIPMENT_SCREEN, STOCK, ORDERS)
