"""With whom a saved report is shared: roles and branches."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from crm_core.migrations.online import hold

revision = "0019_shared_reports"
down_revision = "0018_second_factor"
branch_labels = None
depends_on = None

TABLE = "report_definitions"
COLUMNS: dict[str, ARRAY[Any]] = {
    "shared_roles": ARRAY(sa.Text()),
    "shared_location_ids": ARRAY(sa.Uuid()),
}


def upgrade() -> None:
    hold([TABLE])
    for name, kind in COLUMNS.items():
        op.add_column(
            TABLE,
            sa.Column(name, kind, server_default=sa.text("'{}'"), nullable=False),
            schema="core",
        )


def downgrade() -> None:
    hold([TABLE])
    for name in COLUMNS:
        op.drop_column(TABLE, name, schema="core")
