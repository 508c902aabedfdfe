"""Stock promised to journeys, soft conflicts taken as they are, slots that replace another.

The key from a slot to the one that took over looks at the commit: a journey has one live slot, so
the old one gives way before the new one can stand.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_core.migrations.online import hold
from crm_core.models.base import Xid8

revision = "0009_assets"
down_revision = "0008_money"
branch_labels = None
depends_on = None

TABLE = "stock_reservations"
REPLACED_BY = "fk_schedules_client_id_replaced_by_id"


def upgrade() -> None:
    hold(
        ["schedules"],
        pointed_at=["inventory_items", "truck_journeys", "users", "locations", "clients"],
    )
    op.execute(  # live-safe: when the key is looked at is a word in the catalogue
        f"alter table core.schedules alter constraint {REPLACED_BY} deferrable initially deferred"
    )
    op.add_column(
        "schedules",
        sa.Column(
            "accepted_conflicts",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        schema="core",
    )
    now = sa.text("now()")
    op.create_table(
        "stock_reservations",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("inventory_item_id", sa.Uuid(), nullable=False),
        sa.Column("journey_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column(
            "changed_xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.CheckConstraint("quantity >= 0", name=op.f(f"ck_{TABLE}_quantity_not_negative")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["core.clients.id"], name=op.f(f"fk_{TABLE}_client_id")
        ),
        _key(["location_id"], "locations", ["id"]),
        _key(["owner_id"], "users", ["id"]),
        _key(["journey_id"], "truck_journeys", ["id"]),
        _key(["location_id", "inventory_item_id"], "inventory_items", ["location_id", "id"]),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "client_id",
            "journey_id",
            "inventory_item_id",
            name=op.f(f"uq_{TABLE}_client_id_journey_id_inventory_item_id"),
        ),
        schema="core",
    )
    op.create_index(f"ix_{TABLE}_changed_xid", "stock_reservations", ["changed_xid"], schema="core")
    for column in ("location_id", "owner_id", "inventory_item_id"):
        op.create_index(
            f"ix_{TABLE}_client_id_{column}",
            "stock_reservations",
            ["client_id", column],
            schema="core",
        )


def _key(columns: list[str], target: str, referred: list[str]) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["client_id", *columns],
        [f"core.{target}.{name}" for name in ("client_id", *referred)],
        name=op.f(f"fk_{TABLE}_client_id_{'_'.join(columns)}"),
    )


def downgrade() -> None:
    hold(["schedules"])
    op.drop_table(TABLE, schema="core")
    op.drop_column("schedules", "accepted_conflicts", schema="core")
    op.execute(f"alter table core.schedules alter constraint {REPLACED_BY} not deferrable")
