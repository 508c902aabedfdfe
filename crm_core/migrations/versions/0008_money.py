"""A draft that was called off never was an invoice: it needs no number and no dates of issue."""

from alembic import op

from crm_core.migrations.online import add_constraint, hold

revision = "0008_money"
down_revision = "0007_indexes"
branch_labels = None
depends_on = None

NAME = "ck_invoices_issued_has_number"
NUMBERED = "(invoice_number is not null and issued_on is not null and due_on is not null)"


def upgrade() -> None:
    hold(["invoices"])
    op.drop_constraint(op.f(NAME), "invoices", schema="core")
    draft = "status = 'DRAFT' or (status = 'CANCELLED' and issued_at is null)"
    add_constraint(NAME, "invoices", f"check ({draft} or {NUMBERED})")


def downgrade() -> None:
    hold(["invoices"])
    # What the older rule does not know is put back to what it was: not yet an invoice.
    op.execute(
        "update core.invoices set status = 'DRAFT', cancelled_at = null, cancelled_on = null"
        " where status = 'CANCELLED' and issued_at is null"
    )
    op.drop_constraint(op.f(NAME), "invoices", schema="core")
    add_constraint(NAME, "invoices", f"check (status = 'DRAFT' or {NUMBERED})")
