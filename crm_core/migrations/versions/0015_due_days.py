"""Local days of the due time of a report and of its sending, by which punctuality is told."""

import sqlalchemy as sa
from alembic import op

from crm_core.migrations.online import hold

revision = "0015_due_days"
down_revision = "0014_post"
branch_labels = None
depends_on = None


def upgrade() -> None:
    hold(["report_deliveries", "report_occasions"])
    op.add_column("report_deliveries", sa.Column("sent_on", sa.Date()), schema="core")
    op.add_column("report_occasions", sa.Column("due_on", sa.Date()), schema="core")


def downgrade() -> None:
    hold(["report_deliveries", "report_occasions"])
    op.drop_column("report_deliveries", "sent_on", schema="core")
    op.drop_column("report_occasions", "due_on", schema="core")
