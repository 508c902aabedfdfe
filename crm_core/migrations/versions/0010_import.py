"""Rows may say that they came with another CRM's export."""

from alembic import op

from crm_core.migrations.online import add_constraint, hold

revision = "0010_import"
down_revision = "0009_assets"
branch_labels = None
depends_on = None

# Children before parents, as an insert locks them.
TABLES = (
    "payments", "invoices", "move_sources", "truck_journeys", "quotes", "leads", "customers",
    "locations",
)  # fmt: skip
BEFORE = ("MANUAL", "SMARTMOVING")


def upgrade() -> None:
    _allow(*BEFORE, "IMPORTED")


def downgrade() -> None:
    _allow(*BEFORE)


def _allow(*sources: str) -> None:
    hold(TABLES)
    said = ", ".join(f"'{source}'" for source in sources)
    for table in TABLES:
        name = f"ck_{table}_data_source_known"
        op.execute(f"alter table core.{table} drop constraint {name}")
        add_constraint(name, table, f"check (data_source in ({said}))")
