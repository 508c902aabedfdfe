"""Local days and times beside instants that are reported by day, and the offsets they are made of.

Rows that are there already get theirs from the trigger, once that is applied.
"""

import sqlalchemy as sa
from alembic import op

from crm_core.migrations.online import hold
from crm_core.models.base import Xid8

revision = "0013_local_days"
down_revision = "0012_status_index"
branch_labels = None
depends_on = None

DAY, TIME = sa.Date(), sa.DateTime(timezone=False)


def upgrade() -> None:
    hold(
        [  # children before parents, as an insert locks them
            "status_events",
            "audit_entries",
            "webhook_deliveries",
            "report_runs",
            "journey_steps",
            "integration_sync_logs",
            "equipment_assignments",
            "equipment_maintenance",
            "users",
        ]
    )
    op.add_column("status_events", sa.Column("occurred_on", DAY), schema="core")
    op.add_column("audit_entries", sa.Column("occurred_on", DAY), schema="core")
    op.add_column("webhook_deliveries", sa.Column("created_on", DAY), schema="core")
    op.add_column("webhook_deliveries", sa.Column("attempted_on", DAY), schema="core")
    op.add_column("integration_sync_logs", sa.Column("started_on", DAY), schema="core")
    op.add_column("integration_sync_logs", sa.Column("completed_local_at", TIME), schema="core")
    op.add_column("equipment_assignments", sa.Column("start_local_at", TIME), schema="core")
    op.add_column("equipment_assignments", sa.Column("end_local_at", TIME), schema="core")
    op.add_column("equipment_maintenance", sa.Column("down_from_local_at", TIME), schema="core")
    op.add_column("equipment_maintenance", sa.Column("up_local_at", TIME), schema="core")
    op.add_column("journey_steps", sa.Column("approved_on", DAY), schema="core")
    op.add_column("report_runs", sa.Column("finished_on", DAY), schema="core")
    op.add_column("users", sa.Column("last_login_on", DAY), schema="core")
    now = sa.text("now()")
    op.create_table(
        "zone_offsets",
        sa.Column("timezone", sa.String(60), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offset_seconds", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("timezone", "from_at", name=op.f("pk_zone_offsets")),
        schema="core",
    )


def downgrade() -> None:
    op.drop_table("zone_offsets", schema="core")
    hold(
        [  # children before parents, as an insert locks them
            "status_events",
            "audit_entries",
            "webhook_deliveries",
            "report_runs",
            "journey_steps",
            "integration_sync_logs",
            "equipment_assignments",
            "equipment_maintenance",
            "users",
        ]
    )
    op.drop_column("status_events", "occurred_on", schema="core")
    op.drop_column("audit_entries", "occurred_on", schema="core")
    op.drop_column("webhook_deliveries", "created_on", schema="core")
    op.drop_column("webhook_deliveries", "attempted_on", schema="core")
    op.drop_column("integration_sync_logs", "started_on", schema="core")
    op.drop_column("integration_sync_logs", "completed_local_at", schema="core")
    op.drop_column("equipment_assignments", "start_local_at", schema="core")
    op.drop_column("equipment_assignments", "end_local_at", schema="core")
    op.drop_column("equipment_maintenance", "down_from_local_at", schema="core")
    op.drop_column("equipment_maintenance", "up_local_at", schema="core")
    op.drop_column("journey_steps", "approved_on", schema="core")
    op.drop_column("report_runs", "finished_on", schema="core")
    op.drop_column("users", "last_login_on", schema="core")
