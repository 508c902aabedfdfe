"""Indexes that reading an outside system leans on: bills of a quote, credit notes, the erased.

Without them every payment and every landed batch reads a whole table.
"""

from sqlalchemy import text

from crm_core.migrations.online import create_index, drop_index

revision = "0011_connect"
down_revision = "0010_import"
branch_labels = None
depends_on = None

ERASED = "ix_customers_erased"


def upgrade() -> None:
    for column in ("quote_id", "credit_of_invoice_id"):
        create_index(f"ix_invoices_client_id_{column}", "invoices", ["client_id", column])
    create_index(
        ERASED, "customers", ["client_id", "id"], postgresql_where=text("erased_at is not null")
    )


def downgrade() -> None:
    drop_index(ERASED, "customers")
    for column in ("credit_of_invoice_id", "quote_id"):
        drop_index(f"ix_invoices_client_id_{column}", "invoices")
