"""Indexes that another of the same table begins with go; the longer one serves."""

from crm_core.migrations.online import create_index, drop_index

revision = "0007_indexes"
down_revision = "0006_proof"
branch_labels = None
depends_on = None

REDUNDANT = (
    ("assigned_crew", "user_id"),
    ("availabilities", "user_id"),
    ("equipment", "location_id"),
    ("financial_transactions", "location_id"),
    ("inventory_items", "location_id"),
    ("inventory_transactions", "location_id"),
    ("mobile_notifications", "user_id"),
    ("sales_activities", "owner_id"),
    ("schedules", "location_id"),
    ("storage_units", "location_id"),
    ("time_entries", "user_id"),
)


def upgrade() -> None:
    for table, column in REDUNDANT:
        drop_index(_name(table, column), table)


def downgrade() -> None:
    for table, column in REDUNDANT:
        create_index(_name(table, column), table, ["client_id", column])


def _name(table: str, column: str) -> str:
    return f"ix_{table}_client_id_{column}"
