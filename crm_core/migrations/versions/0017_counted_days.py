"""Local days of devices, availability and overrides, by which they are counted."""

import sqlalchemy as sa
from alembic import op

from crm_core.migrations.online import hold

revision = "0017_counted_days"
down_revision = "0016_known_references"
branch_labels = None
depends_on = None

DAY, TIME = sa.Date(), sa.DateTime(timezone=False)
COLUMNS = (
    ("mobile_journey_updates", "occurred_local_at", TIME),
    ("mobile_sessions", "ended_on", DAY),
    ("mobile_sessions", "expires_on", DAY),
    ("availabilities", "given_on", DAY),
    ("user_permissions", "granted_on", DAY),
    ("user_permissions", "expires_on", DAY),
)
TABLES = list(dict.fromkeys(table for table, _, _ in COLUMNS))


def upgrade() -> None:
    hold(TABLES)
    for table, name, kind in COLUMNS:
        op.add_column(table, sa.Column(name, kind), schema="core")


def downgrade() -> None:
    hold(TABLES)
    for table, name, _ in COLUMNS:
        op.drop_column(table, name, schema="core")
