"""Indexes on tables in use: those of new columns, and those that answer the declared lists.

Shorter ones that these begin with go.
"""

from typing import Any

import sqlalchemy as sa

from crm_core.migrations.online import create_index, drop_index

revision = "0006_proof"
down_revision = "0005_rights"
branch_labels = None
depends_on = None

# Name, table, columns, condition of a unique one.
NEW_COLUMNS: tuple[tuple[str, str, list[str], str | None], ...] = (
    (
        "ix_truck_journeys_client_id_equipment_id_service_on",
        "truck_journeys",
        ["client_id", "equipment_id", "service_on"],
        None,
    ),
    (
        "uq_invoices_rent_period",
        "invoices",
        ["client_id", "storage_booking_id", "period_start_on"],
        "is_recurring and status <> 'CANCELLED' and credit_of_invoice_id is null",
    ),
    (
        "uq_payments_gateway_transaction",
        "payments",
        ["client_id", "gateway", "gateway_transaction_id"],
        "gateway_transaction_id is not null",
    ),
    (
        "uq_quotes_public_token_hash",
        "quotes",
        ["public_token_hash"],
        "public_token_hash is not null",
    ),
    ("uq_user_locations_primary", "user_locations", ["client_id", "user_id"], "is_primary"),
    ("uq_users_api_key_hash", "users", ["api_key_hash"], "api_key_hash is not null"),
)
LISTS = (
    ("leads", ["location_id", "id"]),
    ("leads", ["owner_id", "id"]),
    ("leads", ["status", "id"]),
    ("leads", ["customer_id", "id"]),
    ("quotes", ["location_id", "id"]),
    ("quotes", ["owner_id", "id"]),
    ("quotes", ["status", "id"]),
    ("quotes", ["customer_id", "id"]),
    ("quotes", ["lead_id", "id"]),
    ("truck_journeys", ["location_id", "id"]),
    ("truck_journeys", ["owner_id", "id"]),
    ("truck_journeys", ["status", "id"]),
    ("truck_journeys", ["customer_id", "id"]),
    ("truck_journeys", ["service_on", "id"]),
    ("truck_journeys", ["location_id", "service_on", "id"]),
    ("invoices", ["location_id", "id"]),
    ("invoices", ["owner_id", "id"]),
    ("invoices", ["status", "id"]),
    ("invoices", ["customer_id", "id"]),
    ("invoices", ["due_on", "id"]),
    ("invoices", ["location_id", "due_on", "id"]),
    ("payments", ["location_id", "id"]),
    ("payments", ["owner_id", "id"]),
    ("payments", ["invoice_id", "id"]),
    ("payments", ["received_on", "id"]),
    ("payments", ["location_id", "received_on", "id"]),
    ("customers", ["location_id", "id"]),
    ("customers", ["owner_id", "id"]),
)
REPLACED = (
    ("leads", ["customer_id"]),
    ("leads", ["location_id"]),
    ("leads", ["owner_id"]),
    ("leads", ["status"]),
    ("quotes", ["customer_id"]),
    ("quotes", ["lead_id"]),
    ("quotes", ["location_id"]),
    ("quotes", ["owner_id"]),
    ("quotes", ["status"]),
    ("truck_journeys", ["customer_id"]),
    ("truck_journeys", ["location_id"]),
    ("truck_journeys", ["location_id", "service_on"]),
    ("truck_journeys", ["owner_id"]),
    ("truck_journeys", ["status"]),
    ("invoices", ["customer_id"]),
    ("invoices", ["location_id"]),
    ("invoices", ["owner_id"]),
    ("payments", ["invoice_id"]),
    ("payments", ["location_id"]),
    ("payments", ["owner_id"]),
    ("customers", ["location_id"]),
    ("customers", ["owner_id"]),
)


def upgrade() -> None:
    for name, table, columns, condition in NEW_COLUMNS:
        options: dict[str, Any] = {}
        if condition is not None:
            options = {"unique": True, "postgresql_where": sa.text(condition)}
        create_index(name, table, columns, **options)
    for table, columns in LISTS:
        create_index(_name(table, columns), table, ["client_id", *columns])
    for table, columns in REPLACED:
        drop_index(_name(table, columns), table)


def downgrade() -> None:
    for table, columns in REPLACED:
        create_index(_name(table, columns), table, ["client_id", *columns])
    for table, columns in LISTS:
        drop_index(_name(table, columns), table)
    for name, table, *_ in NEW_COLUMNS:
        drop_index(name, table)


def _name(table: str, columns: list[str]) -> str:
    return f"ix_{table}_{'_'.join(['client_id', *columns])}"
