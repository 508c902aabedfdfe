"""Stock per branch, the ledger that moves it, suppliers and what is ordered from them.

The triggers that keep stock and ledger in step are in `crm_core.migrations.field_rules`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import InventoryTransactionType, PurchaseOrderStatus
from crm_core.models.base import (
    Base,
    Instant,
    Money,
    Owned,
    Quantity,
    Scoped,
    Versioned,
    in_set,
    indexes,
    kept,
    not_negative,
    one_of,
    private,
    tenant_fk,
    tracked,
)
from crm_core.models.rules import (
    in_order,
    known_currency,
    listed,
    needs,
    only_when,
    positive,
    shared_fk,
    together,
    unique_where,
)

UNIT_COST = Numeric(18, 4)


class Supplier(Owned, Base):
    """A company that goods, fuel or repairs are bought from."""

    __tablename__ = "suppliers"
    __table_args__ = tracked(
        "suppliers",
        *not_negative("payment_terms_days", "lead_time_days"),
        CheckConstraint("rating between 0 and 5", name="rating_range"),
        UniqueConstraint("client_id", "name"),
        scoped=False,
    )

    name: Mapped[str] = kept(String(120))
    category: Mapped[str | None] = kept(String(60))
    contact_name: Mapped[str | None] = private(String(200))
    email: Mapped[str | None] = private(String(200))
    phone: Mapped[str | None] = private(String(40))
    address: Mapped[dict[str, Any] | None] = private(JSONB)
    payment_terms_days: Mapped[int] = kept(Integer, server_default=text("30"))
    lead_time_days: Mapped[int] = kept(Integer, server_default=text("7"))
    rating: Mapped[Decimal | None] = kept(Numeric(3, 2))
    is_active: Mapped[bool] = kept(Boolean, server_default=text("true"))


class InventoryItem(Scoped, Versioned, Base):
    """An item in stock at a branch; only the ledger moves its quantity."""

    __tablename__ = "inventory_items"
    __table_args__ = tracked(
        "inventory_items",
        known_currency(),
        *not_negative(
            "min_quantity",
            "reserved_quantity",
            "unit_cost_amount",
            "unit_price_amount",
            "lead_time_days",
        ),
        *positive("pack_quantity", "reorder_quantity"),
        CheckConstraint("quantity >= 0 or allows_negative", name="quantity_not_negative"),
        CheckConstraint("max_quantity >= min_quantity", name="max_quantity_above_min"),
        UniqueConstraint("client_id", "location_id", "sku"),
        UniqueConstraint("client_id", "location_id", "id"),
        unique_where(
            "inventory_items", "barcode", ["location_id", "barcode"], "barcode is not null"
        ),
        tenant_fk("supplier_id", "suppliers"),
        *indexes("inventory_items", ["location_id", "category"]),
    )

    location_id: Mapped[UUID] = kept(Uuid())
    supplier_id: Mapped[UUID | None] = kept(Uuid())
    sku: Mapped[str] = kept(String(60))
    barcode: Mapped[str | None] = kept(String(60))
    name: Mapped[str] = kept(String(120))
    category: Mapped[str] = kept(String(60))
    subcategory: Mapped[str | None] = kept(String(60))
    description: Mapped[str | None] = private(String(1000))
    specifications: Mapped[dict[str, Any] | None] = private(JSONB)
    quantity: Mapped[Decimal] = kept(Quantity, server_default=text("0"))
    """On hand: the balance after the last movement."""
    transaction_count: Mapped[int] = kept(Integer, server_default=text("0"))
    """Movements so far: the sequence of the last one."""
    reserved_quantity: Mapped[Decimal] = kept(Quantity, server_default=text("0"))
    """Promised to booked jobs; available is what is on hand without it."""
    min_quantity: Mapped[Decimal] = kept(Quantity, server_default=text("0"))
    max_quantity: Mapped[Decimal | None] = kept(Quantity)
    reorder_quantity: Mapped[Decimal | None] = kept(Quantity)
    pack_quantity: Mapped[Decimal] = kept(Quantity, server_default=text("1"))
    lead_time_days: Mapped[int | None] = kept(Integer)
    unit_cost_amount: Mapped[Decimal] = kept(UNIT_COST)
    unit_price_amount: Mapped[Decimal] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    is_rental: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Goes out by USAGE and comes back by RETURN."""
    allows_negative: Mapped[bool] = kept(Boolean, server_default=text("false"))
    expires_on: Mapped[date | None] = kept(Date)


class PurchaseOrder(Scoped, Versioned, Base):
    """An order to a supplier for a branch; the owner wrote it."""

    __tablename__ = "purchase_orders"
    __table_args__ = tracked(
        "purchase_orders",
        in_set("status", PurchaseOrderStatus),
        known_currency(),
        needs(
            "status",
            [PurchaseOrderStatus.SENT, PurchaseOrderStatus.PARTIAL, PurchaseOrderStatus.RECEIVED],
            "ordered_on",
            "expected_on",
        ),
        needs("status", [PurchaseOrderStatus.RECEIVED], "received_on"),
        *only_when("status", [PurchaseOrderStatus.RECEIVED], "received_on"),
        in_order("ordered_on", "expected_on"),
        in_order("ordered_on", "received_on"),
        together("approved_by_id", "approved_at"),
        UniqueConstraint("client_id", "order_number"),
        tenant_fk("supplier_id", "suppliers"),
        tenant_fk("approved_by_id", "users"),
        *indexes("purchase_orders", ["supplier_id", "ordered_on"]),
    )

    location_id: Mapped[UUID] = kept(Uuid())
    supplier_id: Mapped[UUID] = kept(Uuid())
    order_number: Mapped[str] = kept(String(30))
    status: Mapped[str] = one_of(PurchaseOrderStatus, server_default=text("'DRAFT'"))
    ordered_on: Mapped[date | None] = kept(Date)
    expected_on: Mapped[date | None] = kept(Date)
    received_on: Mapped[date | None] = kept(Date)
    approved_by_id: Mapped[UUID | None] = kept(Uuid())
    approved_at: Mapped[datetime | None] = kept(Instant)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    notes: Mapped[str | None] = private(String(1000))


class PurchaseOrderItem(Scoped, Base):
    """A line of a purchase order."""

    __tablename__ = "purchase_order_items"
    __table_args__ = tracked(
        "purchase_order_items",
        *positive("ordered_quantity"),
        *not_negative("unit_cost_amount"),
        CheckConstraint(
            "received_quantity between 0 and ordered_quantity", name="received_quantity_range"
        ),
        UniqueConstraint(
            "client_id",
            "purchase_order_id",
            "inventory_item_id",
            name="uq_purchase_order_items_item",
        ),
        tenant_fk("purchase_order_id", "purchase_orders"),
        shared_fk("inventory_items", ["location_id", "inventory_item_id"], ["location_id", "id"]),
        *indexes("purchase_order_items", ["inventory_item_id"]),
    )

    location_id: Mapped[UUID] = kept(Uuid())
    purchase_order_id: Mapped[UUID] = kept(Uuid())
    inventory_item_id: Mapped[UUID] = kept(Uuid())
    ordered_quantity: Mapped[Decimal] = kept(Quantity)
    received_quantity: Mapped[Decimal] = kept(Quantity, server_default=text("0"))
    unit_cost_amount: Mapped[Decimal] = kept(UNIT_COST)
    """In the currency of the order."""


class StockReservation(Scoped, Base):
    """What of an item is promised to a journey and not used yet; zero once it was given back."""

    __tablename__ = "stock_reservations"
    __table_args__ = tracked(
        "stock_reservations",
        *not_negative("quantity"),
        UniqueConstraint("client_id", "journey_id", "inventory_item_id"),
        shared_fk("inventory_items", ["location_id", "inventory_item_id"], ["location_id", "id"]),
        tenant_fk("journey_id", "truck_journeys"),
        *indexes("stock_reservations", ["inventory_item_id"]),
    )

    location_id: Mapped[UUID] = kept(Uuid())
    inventory_item_id: Mapped[UUID] = kept(Uuid())
    journey_id: Mapped[UUID] = kept(Uuid())
    quantity: Mapped[Decimal] = kept(Quantity)


INCOMING = listed(InventoryTransactionType.incoming())
OUTGOING = listed(InventoryTransactionType.outgoing())


class InventoryTransaction(Scoped, Base):
    """A movement of stock: a line of an item's ledger, never changed; the owner booked it."""

    __tablename__ = "inventory_transactions"
    __table_args__ = tracked(
        "inventory_transactions",
        in_set("transaction_type", InventoryTransactionType),
        known_currency(),
        *not_negative("unit_cost_amount"),
        CheckConstraint("quantity <> 0", name="quantity_moves"),
        CheckConstraint(
            f"case when transaction_type in {INCOMING} then quantity > 0"
            f" when transaction_type in {OUTGOING} then quantity < 0 else true end",
            name="quantity_sign",
        ),
        CheckConstraint(
            "total_cost_amount = round(quantity * unit_cost_amount, 2)", name="total_cost_product"
        ),
        needs("transaction_type", [InventoryTransactionType.USAGE], "journey_id"),
        needs("transaction_type", [InventoryTransactionType.TRANSFER], "transfer_group_id"),
        *only_when("transaction_type", [InventoryTransactionType.TRANSFER], "transfer_group_id"),
        needs("transaction_type", [InventoryTransactionType.ADJUSTMENT], "reason"),
        UniqueConstraint("client_id", "inventory_item_id", "sequence"),
        shared_fk("inventory_items", ["location_id", "inventory_item_id"], ["location_id", "id"]),
        tenant_fk("journey_id", "truck_journeys"),
        tenant_fk("purchase_order_item_id", "purchase_order_items"),
        *indexes(
            "inventory_transactions",
            ["location_id", "occurred_on"],
            ["journey_id"],
            ["transfer_group_id"],
        ),
    )

    location_id: Mapped[UUID] = kept(Uuid())
    inventory_item_id: Mapped[UUID] = kept(Uuid())
    journey_id: Mapped[UUID | None] = kept(Uuid())
    purchase_order_item_id: Mapped[UUID | None] = kept(Uuid())
    transfer_group_id: Mapped[UUID | None] = kept(Uuid())
    """Pairs what leaves one branch with what reaches the other."""
    transaction_type: Mapped[str] = one_of(InventoryTransactionType)
    quantity: Mapped[Decimal] = kept(Quantity)
    """Signed: what leaves the stock is negative."""
    unit_cost_amount: Mapped[Decimal] = kept(UNIT_COST)
    total_cost_amount: Mapped[Decimal] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    occurred_at: Mapped[datetime] = kept(Instant)
    occurred_on: Mapped[date] = kept(Date)
    sequence: Mapped[int] = kept(Integer, server_default=text("0"))
    """Place in the item's ledger from 1; written by the database, like the balance."""
    balance_after: Mapped[Decimal] = kept(Quantity, server_default=text("0"))
    reference: Mapped[str | None] = kept(String(60))
    reason: Mapped[str | None] = private(String(200))
    notes: Mapped[str | None] = private(String(1000))
