"""Rights of roles, persons and steps that differ from the defaults."""

import crm_core.models.base
import sqlalchemy as sa
from alembic import op
from crm_core.migrations.online import hold
from sqlalchemy.dialects import postgresql
revision = "0005_rights"
down_revision = "0004_trust"
branch_labels = None
depends_on = None


def upgrade() -> None:
    hold([], pointed_at=["users", "locations", "clients"])
    op.create_table('journey_step_permissions',
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('step_number', sa.Integer(), nullable=False),
    sa.Column('can_view', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('can_edit', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('can_approve', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('can_delete', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('can_export', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('can_audit', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("role in ('SUPER_ADMIN', 'ADMIN', 'EXECUTIVE', 'OPERATIONAL_MANAGER', 'MANAGER', 'DISPATCHER', 'SALES_REP', 'FINANCE', 'STORAGE_MANAGER', 'FLEET_MANAGER', 'ANALYST', 'AUDITOR', 'DRIVER', 'MOVER', 'DB_ADMIN')", name=op.f('ck_journey_step_permissions_role_known')),
    sa.CheckConstraint('can_view or not (can_edit or can_approve or can_delete or can_export or can_audit)', name=op.f('ck_journey_step_permissions_view_first')),
    sa.CheckConstraint('step_number between 1 and 4', name=op.f('ck_journey_step_permissions_step_number_range')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_journey_step_permissions_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_journey_step_permissions')),
    sa.UniqueConstraint('client_id', 'role', 'step_number', name=op.f('uq_journey_step_permissions_client_id_role_step_number')),
    schema='core'
    )
    op.create_index('ix_journey_step_permissions_changed_xid', 'journey_step_permissions', ['changed_xid'], unique=False, schema='core')
    op.create_table('role_permissions',
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('resource', sa.String(length=40), nullable=False),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('effect', sa.String(length=40), nullable=False),
    sa.Column('scope', sa.String(length=40), nullable=True),
    sa.Column('conditions', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("(effect = 'ALLOW') = (scope is not null)", name=op.f('ck_role_permissions_scope_when_allowed')),
    sa.CheckConstraint("action in ('CREATE', 'READ', 'UPDATE', 'DELETE', 'APPROVE', 'EXPORT', 'ASSIGN')", name=op.f('ck_role_permissions_action_known')),
    sa.CheckConstraint("effect = 'ALLOW' or conditions = '{}'", name=op.f('ck_role_permissions_conditions_when_allowed')),
    sa.CheckConstraint("effect in ('ALLOW', 'DENY')", name=op.f('ck_role_permissions_effect_known')),
    sa.CheckConstraint("jsonb_typeof(conditions) = 'object'", name=op.f('ck_role_permissions_conditions_object')),
    sa.CheckConstraint("resource <> 'MACHINERY' and (resource <> 'AUDIT_ENTRY' or action in ('READ', 'EXPORT'))", name=op.f('ck_role_permissions_trail_untouched')),
    sa.CheckConstraint("resource in ('CLIENT', 'LOCATION', 'USER', 'PERMISSION', 'CUSTOMER', 'PERSONAL_DATA', 'LEAD', 'QUOTE', 'INVOICE', 'PAYMENT', 'LEDGER', 'JOURNEY', 'JOURNEY_STEP', 'CREW', 'POSITION', 'MEDIA', 'MOBILE', 'CLAIM', 'STORAGE_UNIT', 'STORAGE_BOOKING', 'EQUIPMENT', 'MAINTENANCE', 'INVENTORY', 'PURCHASE', 'SCHEDULE', 'AVAILABILITY', 'REPORT', 'DASHBOARD', 'WAREHOUSE', 'COMMUNICATION', 'TEMPLATE', 'NOTIFICATION', 'INTEGRATION', 'WEBHOOK', 'ENCRYPTED_DATA', 'HISTORY', 'AUDIT_ENTRY', 'MACHINERY')", name=op.f('ck_role_permissions_resource_known')),
    sa.CheckConstraint("role in ('SUPER_ADMIN', 'ADMIN', 'EXECUTIVE', 'OPERATIONAL_MANAGER', 'MANAGER', 'DISPATCHER', 'SALES_REP', 'FINANCE', 'STORAGE_MANAGER', 'FLEET_MANAGER', 'ANALYST', 'AUDITOR', 'DRIVER', 'MOVER', 'DB_ADMIN')", name=op.f('ck_role_permissions_role_known')),
    sa.CheckConstraint("scope <> 'ALL'", name=op.f('ck_role_permissions_scope_within_tenant')),
    sa.CheckConstraint("scope in ('OWN', 'LOCATION', 'CLIENT', 'ALL')", name=op.f('ck_role_permissions_scope_known')),
    sa.ForeignKeyConstraint(['client_id', 'created_by_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_role_permissions_client_id_created_by_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_role_permissions_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_role_permissions')),
    sa.UniqueConstraint('client_id', 'role', 'resource', 'action', 'effect', name=op.f('uq_role_permissions_client_id_role_resource_action_effect')),
    schema='core'
    )
    op.create_index('ix_role_permissions_changed_xid', 'role_permissions', ['changed_xid'], unique=False, schema='core')
    op.create_table('user_permissions',
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('resource', sa.String(length=40), nullable=False),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('is_granted', sa.Boolean(), nullable=False),
    sa.Column('scope', sa.String(length=40), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('granted_by_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("action in ('CREATE', 'READ', 'UPDATE', 'DELETE', 'APPROVE', 'EXPORT', 'ASSIGN')", name=op.f('ck_user_permissions_action_known')),
    sa.CheckConstraint("resource <> 'MACHINERY' and (resource <> 'AUDIT_ENTRY' or action in ('READ', 'EXPORT'))", name=op.f('ck_user_permissions_trail_untouched')),
    sa.CheckConstraint("resource in ('CLIENT', 'LOCATION', 'USER', 'PERMISSION', 'CUSTOMER', 'PERSONAL_DATA', 'LEAD', 'QUOTE', 'INVOICE', 'PAYMENT', 'LEDGER', 'JOURNEY', 'JOURNEY_STEP', 'CREW', 'POSITION', 'MEDIA', 'MOBILE', 'CLAIM', 'STORAGE_UNIT', 'STORAGE_BOOKING', 'EQUIPMENT', 'MAINTENANCE', 'INVENTORY', 'PURCHASE', 'SCHEDULE', 'AVAILABILITY', 'REPORT', 'DASHBOARD', 'WAREHOUSE', 'COMMUNICATION', 'TEMPLATE', 'NOTIFICATION', 'INTEGRATION', 'WEBHOOK', 'ENCRYPTED_DATA', 'HISTORY', 'AUDIT_ENTRY', 'MACHINERY')", name=op.f('ck_user_permissions_resource_known')),
    sa.CheckConstraint("scope <> 'ALL'", name=op.f('ck_user_permissions_scope_within_tenant')),
    sa.CheckConstraint("scope in ('OWN', 'LOCATION', 'CLIENT', 'ALL')", name=op.f('ck_user_permissions_scope_known')),
    sa.CheckConstraint('is_granted = (scope is not null)', name=op.f('ck_user_permissions_scope_when_granted')),
    sa.CheckConstraint('user_id <> granted_by_id', name=op.f('ck_user_permissions_not_by_oneself')),
    sa.ForeignKeyConstraint(['client_id', 'granted_by_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_user_permissions_client_id_granted_by_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_user_permissions_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_user_permissions_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_user_permissions_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_user_permissions')),
    sa.UniqueConstraint('client_id', 'user_id', 'resource', 'action', 'is_granted', name='uq_user_permissions_right'),
    schema='core'
    )
    op.create_index('ix_user_permissions_changed_xid', 'user_permissions', ['changed_xid'], unique=False, schema='core')


def downgrade() -> None:
    op.drop_index('ix_user_permissions_changed_xid', table_name='user_permissions', schema='core')
    op.drop_table('user_permissions', schema='core')
    op.drop_index('ix_role_permissions_changed_xid', table_name='role_permissions', schema='core')
    op.drop_table('role_permissions', schema='core')
    op.drop_index('ix_journey_step_permissions_changed_xid', table_name='journey_step_permissions', schema='core')
    op.drop_table('journey_step_permissions', schema='core')
