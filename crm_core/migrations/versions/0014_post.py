"""Reports are due, sent once and accounted for; alerts; addresses outside; who shares what."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from crm_core.migrations.online import add_constraint, create_index, drop_index, hold
from crm_core.models.base import Xid8

revision = "0014_post"
down_revision = "0013_local_days"
branch_labels = None
depends_on = None

ONCE = "uq_report_deliveries_once"
ONCE_BEFORE = "uq_report_deliveries_client_id_report_name_window_key_r_b76a"
STATES = "'DUE', 'CLAIMED', 'SENDING', 'SENT', 'REFUSED', 'UNKNOWN', 'SKIPPED'"
STATES_BEFORE = "'DUE', 'SENDING', 'SENT', 'REFUSED', 'UNKNOWN'"
EMPTY = sa.text("'{}'")
DEFINITIONS: tuple[sa.Column[Any], ...] = (
    sa.Column("catalogue_name", sa.String(60)),
    sa.Column("emails_approved_by_id", sa.Uuid()),
    sa.Column("recipient_roles", postgresql.ARRAY(sa.Text()), server_default=EMPTY, nullable=False),
    sa.Column(
        "recipient_location_ids", postgresql.ARRAY(sa.Uuid()), server_default=EMPTY, nullable=False
    ),
    sa.Column("deadline_policy", sa.String(40), server_default=sa.text("'WAIT'"), nullable=False),
    sa.Column("deadline_minutes", sa.Integer(), server_default=sa.text("240"), nullable=False),
    sa.Column("is_shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
)
DELIVERIES: tuple[sa.Column[Any], ...] = (
    sa.Column("occasion_id", sa.Uuid()),
    sa.Column("definition_id", sa.Uuid()),
    sa.Column("recipient_address", sa.String(320)),
    sa.Column("formats", sa.String(40), server_default=sa.text("'pdf+xlsx'"), nullable=False),
    sa.Column("revision", sa.Integer(), server_default=sa.text("1"), nullable=False),
    sa.Column("file_key", sa.String(300)),
    sa.Column("scope_hash", sa.String(64)),
    sa.Column("rendered_at", sa.DateTime(timezone=True)),
    sa.Column("claimed_by", sa.Integer()),
    sa.Column("attempt_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
    sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
    sa.Column("told_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    hold(
        ["report_deliveries", "report_definitions"], pointed_at=["users", "locations", "clients"]
    )
    for column in DEFINITIONS:
        op.add_column("report_definitions", column.copy(), schema="core")
    for column in DELIVERIES:
        op.add_column("report_deliveries", column.copy(), schema="core")
    op.alter_column("report_deliveries", "recipient_user_id", nullable=True, schema="core")
    op.execute(  # who wrote the address before there was an approval stands for it
        "update core.report_definitions set emails_approved_by_id = owner_id"
        " where cardinality(recipient_emails) > 0"
    )
    _make_tables()
    _definition_rules()
    _delivery_rules()


def downgrade() -> None:
    hold(["report_deliveries", "report_definitions"])
    # What the older shape has no place for: addresses outside, second revisions, saved reports.
    op.execute(
        "delete from core.report_deliveries"
        " where recipient_user_id is null or revision > 1 or definition_id is not null"
    )
    op.execute("update core.report_deliveries set state = 'DUE' where state = 'CLAIMED'")
    op.execute("update core.report_deliveries set state = 'REFUSED' where state = 'SKIPPED'")
    op.execute("alter table core.report_deliveries drop constraint ck_report_deliveries_state_known")
    for name in ("ck_report_deliveries_one_recipient", "ck_report_deliveries_attempt_count_not_negative"):
        op.execute(f"alter table core.report_deliveries drop constraint {name}")
    drop_index(ONCE, "report_deliveries")
    drop_index("ix_report_deliveries_claimed", "report_deliveries")
    for name in ("occasion_id", "recipient_user_id"):
        drop_index(f"ix_report_deliveries_client_id_{name}", "report_deliveries")
    op.execute(
        "alter table core.report_deliveries"
        " drop constraint fk_report_deliveries_client_id_occasion_id"
    )
    add_constraint(
        "ck_report_deliveries_state_known", "report_deliveries", f"check (state in ({STATES_BEFORE}))"
    )
    op.alter_column("report_deliveries", "recipient_user_id", nullable=False, schema="core")
    op.create_unique_constraint(
        ONCE_BEFORE,
        "report_deliveries",
        ["client_id", "report_name", "window_key", "recipient_user_id"],
        schema="core",
    )
    for column in DELIVERIES:
        op.drop_column("report_deliveries", column.name, schema="core")
    for column in DEFINITIONS:
        op.drop_column("report_definitions", column.name, schema="core")
    for table in ("alert_standings", "alert_rules", "report_occasions"):
        op.drop_table(table, schema="core")


def _definition_rules() -> None:
    for name, rule in (
        (
            "ck_report_definitions_addresses_are_approved",
            "check (cardinality(recipient_emails) = 0 or emails_approved_by_id is not null)",
        ),
        (
            "ck_report_definitions_deadline_policy_known",
            "check (deadline_policy in ('WAIT', 'STAMP', 'HOLD'))",
        ),
        ("ck_report_definitions_deadline_minutes_not_negative", "check (deadline_minutes >= 0)"),
        (
            "fk_report_definitions_client_id_emails_approved_by_id",
            "foreign key (client_id, emails_approved_by_id) references core.users (client_id, id)",
        ),
    ):
        add_constraint(name, "report_definitions", rule)


def _delivery_rules() -> None:
    op.execute("alter table core.report_deliveries drop constraint ck_report_deliveries_state_known")
    op.execute(f"alter table core.report_deliveries drop constraint {ONCE_BEFORE}")
    for name, rule in (
        ("ck_report_deliveries_state_known", f"check (state in ({STATES}))"),
        (
            "ck_report_deliveries_one_recipient",
            "check (num_nonnulls(recipient_user_id, recipient_address) = 1)",
        ),
        ("ck_report_deliveries_attempt_count_not_negative", "check (attempt_count >= 0)"),
        (
            "fk_report_deliveries_client_id_occasion_id",
            "foreign key (client_id, occasion_id) references core.report_occasions (client_id, id)",
        ),
    ):
        add_constraint(name, "report_deliveries", rule)
    create_index(
        ONCE,
        "report_deliveries",
        [
            "client_id", "report_name", "definition_id", "window_key", "recipient_user_id",
            "recipient_address", "formats", "revision",
        ],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )  # fmt: skip
    create_index(
        "ix_report_deliveries_claimed",
        "report_deliveries",
        ["client_id", "claimed_by"],
        postgresql_where=sa.text("state in ('CLAIMED', 'SENDING')"),
    )
    for name in ("occasion_id", "recipient_user_id"):
        create_index(
            f"ix_report_deliveries_client_id_{name}", "report_deliveries", ["client_id", name]
        )


def _make_tables() -> None:
    op.create_table('alert_rules',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('metric', sa.String(length=100), nullable=False),
    sa.Column('rule', postgresql.JSONB(), nullable=False),
    sa.Column('recipient_user_ids', postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('is_active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('muted_until_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rehearsed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rehearsed_count', sa.Integer(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint('owner_id is not null', name=op.f('ck_alert_rules_has_owner')),
    sa.CheckConstraint('rehearsed_count >= 0', name=op.f('ck_alert_rules_rehearsed_count_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_alert_rules_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_alert_rules_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_alert_rules_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_alert_rules')),
    sa.UniqueConstraint('client_id', 'owner_id', 'name', name=op.f('uq_alert_rules_client_id_owner_id_name')),
    schema='core'
    )
    op.create_index('ix_alert_rules_changed_xid', 'alert_rules', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_alert_rules_client_id_location_id', 'alert_rules', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_alert_rules_client_id_owner_id', 'alert_rules', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_table('alert_standings',
    sa.Column('rule_id', sa.Uuid(), nullable=False),
    sa.Column('branch_code', sa.String(length=40), server_default=sa.text("''"), nullable=False),
    sa.Column('state', sa.String(length=40), server_default=sa.text("'QUIET'"), nullable=False),
    sa.Column('bucket_on', sa.Date(), nullable=False),
    sa.Column('value', sa.Numeric(precision=18, scale=4), nullable=True),
    sa.Column('run_length', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('raised_on', sa.Date(), nullable=True),
    sa.Column('is_told', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("state in ('QUIET', 'RAISED')", name=op.f('ck_alert_standings_state_known')),
    sa.ForeignKeyConstraint(['client_id', 'rule_id'], ['core.alert_rules.client_id', 'core.alert_rules.id'], name=op.f('fk_alert_standings_client_id_rule_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_alert_standings_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_alert_standings')),
    sa.UniqueConstraint('client_id', 'rule_id', 'branch_code', name=op.f('uq_alert_standings_client_id_rule_id_branch_code')),
    schema='core'
    )
    op.create_index('ix_alert_standings_changed_xid', 'alert_standings', ['changed_xid'], unique=False, schema='core')
    op.create_table('report_occasions',
    sa.Column('report_name', sa.String(length=100), nullable=False),
    sa.Column('definition_id', sa.Uuid(), nullable=True),
    sa.Column('only_user_id', sa.Uuid(), nullable=True),
    sa.Column('requested_by_id', sa.Uuid(), nullable=True),
    sa.Column('is_asked', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('window_key', sa.String(length=60), nullable=True),
    sa.Column('revision', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('state', sa.String(length=40), server_default=sa.text("'OPEN'"), nullable=False),
    sa.Column('detail', sa.String(length=500), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("state = 'SKIPPED' or window_key is not null", name=op.f('ck_report_occasions_window_is_said')),
    sa.CheckConstraint("state in ('OPEN', 'HELD', 'DONE', 'SKIPPED')", name=op.f('ck_report_occasions_state_known')),
    sa.ForeignKeyConstraint(['client_id', 'definition_id'], ['core.report_definitions.client_id', 'core.report_definitions.id'], name=op.f('fk_report_occasions_client_id_definition_id')),
    sa.ForeignKeyConstraint(['client_id', 'only_user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_report_occasions_client_id_only_user_id')),
    sa.ForeignKeyConstraint(['client_id', 'requested_by_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_report_occasions_client_id_requested_by_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_report_occasions_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_report_occasions')),
    schema='core'
    )
    op.create_index('ix_report_occasions_changed_xid', 'report_occasions', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_report_occasions_client_id_definition_id', 'report_occasions', ['client_id', 'definition_id'], unique=False, schema='core')
    op.create_index('ix_report_occasions_client_id_only_user_id', 'report_occasions', ['client_id', 'only_user_id'], unique=False, schema='core')
    op.create_index('ix_report_occasions_client_id_requested_by_id', 'report_occasions', ['client_id', 'requested_by_id'], unique=False, schema='core')
    op.create_index('uq_report_occasions_due', 'report_occasions', ['client_id', 'report_name', 'definition_id', 'only_user_id', 'due_at', 'is_asked', 'window_key'], unique=True, schema='core', postgresql_nulls_not_distinct=True)
    op.create_index('uq_report_occasions_revision', 'report_occasions', ['client_id', 'report_name', 'definition_id', 'window_key', 'revision'], unique=True, schema='core', postgresql_nulls_not_distinct=True, postgresql_where=sa.text("state <> 'SKIPPED'"))
