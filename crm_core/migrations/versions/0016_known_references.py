"""References that most rows leave empty are indexed only where they are known."""

import sqlalchemy as sa
from alembic import op

from crm_core.migrations.online import create_index, drop_index

revision = "0016_known_references"
down_revision = "0015_due_days"
branch_labels = None
depends_on = None

TABLE = "financial_transactions"
KNOWN = {
    "communications": ("lead_id", "quote_id", "invoice_id", "journey_id"),
    TABLE: ("payment_id", "journey_id"),
}
KEYS = {
    "uq_financial_transactions_transfer_leg": ["transfer_group_id", "direction"],
    "uq_financial_transactions_reversal": ["reverses_id"],
}


def upgrade() -> None:
    for name, columns in KEYS.items():
        where = sa.text(f"{columns[0]} is not null")
        create_index(name, TABLE, ["client_id", *columns], unique=True, postgresql_where=where)
        op.drop_constraint(_constraint(columns), TABLE, schema="core")
    _index_again(only_known=True)


def downgrade() -> None:
    for name, columns in KEYS.items():
        op.create_unique_constraint(
            _constraint(columns), TABLE, ["client_id", *columns], schema="core"
        )
        drop_index(name, TABLE)
    _index_again(only_known=False)


def _constraint(columns: list[str]) -> str:
    return f"uq_{TABLE}_client_id_{'_'.join(columns)}"


def _index_again(*, only_known: bool) -> None:
    for table, columns in KNOWN.items():
        for column in columns:
            name = f"ix_{table}_client_id_{column}"
            where = sa.text(f"{column} is not null") if only_known else None
            drop_index(name, table)
            create_index(name, table, ["client_id", column], postgresql_where=where)
