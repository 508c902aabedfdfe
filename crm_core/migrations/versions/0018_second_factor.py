"""The second factor: recovery codes and the last code of an account, sessions that wait for one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from crm_core.migrations.online import hold
from crm_core.models.base import Xid8

revision = "0018_second_factor"
down_revision = "0017_counted_days"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ROLES = (
    "'SUPER_ADMIN', 'ADMIN', 'EXECUTIVE', 'OPERATIONAL_MANAGER', 'MANAGER', 'DISPATCHER',"
    " 'SALES_REP', 'FINANCE', 'STORAGE_MANAGER', 'FLEET_MANAGER', 'ANALYST', 'AUDITOR', 'DRIVER',"
    " 'MOVER', 'DB_ADMIN'"
)


def upgrade() -> None:
    hold(["sessions", "users"], pointed_at=["clients"])
    op.create_table(
        "second_factor_roles",
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"),
                  nullable=False),
        sa.CheckConstraint(f"role in ({ROLES})", name=op.f("ck_second_factor_roles_role_known")),
        sa.ForeignKeyConstraint(["client_id"], ["core.clients.id"],
                                name="fk_second_factor_roles_client_id"),
        sa.PrimaryKeyConstraint("client_id", "id", name="pk_second_factor_roles"),
        sa.UniqueConstraint("client_id", "role", name="uq_second_factor_roles_client_id_role"),
        schema="core",
    )  # fmt: skip
    op.create_index(
        "ix_second_factor_roles_changed_xid", "second_factor_roles", ["changed_xid"], schema="core"
    )
    op.add_column(
        "users",
        sa.Column("recovery_hashes", ARRAY(sa.Text()), server_default=sa.text("'{}'"),
                  nullable=False),
        schema="core",
    )  # fmt: skip
    op.add_column("users", sa.Column("last_code_step", sa.Integer()), schema="core")
    op.add_column(
        "sessions",
        sa.Column("is_code_due", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="core",
    )


def downgrade() -> None:
    hold(["sessions", "users"])
    op.drop_table("second_factor_roles", schema="core")
    op.drop_column("sessions", "is_code_due", schema="core")
    op.drop_column("users", "last_code_step", schema="core")
    op.drop_column("users", "recovery_hashes", schema="core")
