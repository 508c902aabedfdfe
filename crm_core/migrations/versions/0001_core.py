"""The core: tenants to payments, landing, ledger."""

import crm_core.models.base
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('business_clock',
    sa.Column('is_only', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint('is_only', name=op.f('ck_business_clock_one_row')),
    sa.PrimaryKeyConstraint('is_only', name=op.f('pk_business_clock')),
    schema='core'
    )
    op.create_table('clients',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slug', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('is_franchise', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('timezone', sa.String(length=60), server_default=sa.text("'America/Toronto'"), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('language', sa.String(length=5), server_default=sa.text("'en'"), nullable=False),
    sa.Column('settings', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'ACTIVE'"), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("status in ('ACTIVE', 'INACTIVE', 'SUSPENDED', 'PENDING')", name=op.f('ck_clients_status_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clients')),
    sa.UniqueConstraint('slug', name=op.f('uq_clients_slug')),
    schema='core'
    )
    op.create_index('ix_clients_changed_xid', 'clients', ['changed_xid'], unique=False, schema='core')
    op.create_table('tax_rates',
    sa.Column('province', sa.String(length=2), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('code', sa.String(length=4), nullable=False),
    sa.Column('valid_from_on', sa.Date(), nullable=False),
    sa.Column('valid_to_on', sa.Date(), nullable=True),
    sa.Column('rate', sa.Numeric(precision=6, scale=5), nullable=False),
    sa.Column('is_compound', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("category in ('SERVICE', 'GOODS')", name=op.f('ck_tax_rates_category_known')),
    sa.CheckConstraint('rate >= 0 and rate < 1', name=op.f('ck_tax_rates_rate_range')),
    sa.CheckConstraint('valid_to_on is null or valid_to_on > valid_from_on', name=op.f('ck_tax_rates_span')),
    sa.PrimaryKeyConstraint('province', 'category', 'code', 'valid_from_on', name=op.f('pk_tax_rates')),
    schema='core'
    )
    op.create_table('encryption_keys',
    sa.Column('wrapped_key', sa.Text(), nullable=False),
    sa.Column('is_active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_encryption_keys_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_encryption_keys')),
    schema='core'
    )
    op.create_table('integrations',
    sa.Column('provider', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'ACTIVE'"), nullable=False),
    sa.Column('config', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('cursor', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('last_sync_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error_count', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("status in ('ACTIVE', 'INACTIVE', 'ERROR', 'SYNCING')", name=op.f('ck_integrations_status_known')),
    sa.CheckConstraint('error_count >= 0', name=op.f('ck_integrations_error_count_not_negative')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_integrations_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_integrations')),
    sa.UniqueConstraint('client_id', 'provider', 'name', name=op.f('uq_integrations_client_id_provider_name')),
    schema='core'
    )
    op.create_index('ix_integrations_changed_xid', 'integrations', ['changed_xid'], unique=False, schema='core')
    op.create_table('locations',
    sa.Column('code', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('city', sa.String(length=120), nullable=False),
    sa.Column('province', sa.String(length=2), nullable=False),
    sa.Column('timezone', sa.String(length=60), nullable=False),
    sa.Column('is_corporate', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('storage_type', sa.String(length=40), server_default=sa.text("'NO_STORAGE'"), nullable=False),
    sa.Column('truck_count', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('shared_fleet_codes', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('latitude', sa.Numeric(precision=8, scale=5), nullable=True),
    sa.Column('longitude', sa.Numeric(precision=8, scale=5), nullable=True),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'ACTIVE'"), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('address', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('data_source', sa.String(length=40), server_default=sa.text("'MANUAL'"), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.CheckConstraint("data_source in ('MANUAL', 'SMARTMOVING')", name=op.f('ck_locations_data_source_known')),
    sa.CheckConstraint("status in ('ACTIVE', 'INACTIVE', 'MAINTENANCE', 'CLOSED')", name=op.f('ck_locations_status_known')),
    sa.CheckConstraint("storage_type in ('NO_STORAGE', 'LOCKER', 'POD', 'WAREHOUSE', 'CONTAINER')", name=op.f('ck_locations_storage_type_known')),
    sa.CheckConstraint('closed_on is null or closed_on >= opened_on', name=op.f('ck_locations_closed_after_opened')),
    sa.CheckConstraint('truck_count >= 0', name=op.f('ck_locations_truck_count_not_negative')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_locations_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_locations')),
    sa.UniqueConstraint('client_id', 'code', name=op.f('uq_locations_client_id_code')),
    sa.UniqueConstraint('client_id', 'name', name=op.f('uq_locations_client_id_name')),
    schema='core'
    )
    op.create_index('ix_locations_changed_xid', 'locations', ['changed_xid'], unique=False, schema='core')
    op.create_index('uq_locations_source', 'locations', ['client_id', 'data_source', 'external_id'], unique=True, schema='core', postgresql_where=sa.text('external_id is not null'))
    op.create_table('number_counters',
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('last_number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_number_counters_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'kind', 'year', name=op.f('pk_number_counters')),
    schema='core'
    )
    op.create_table('tombstones',
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('table_name', sa.String(length=63), nullable=False),
    sa.Column('row_id', sa.Uuid(), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_tombstones_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'table_name', 'row_id', 'changed_xid', name=op.f('pk_tombstones')),
    schema='core'
    )
    op.create_index('ix_tombstones_changed_xid', 'tombstones', ['changed_xid'], unique=False, schema='core')
    op.create_table('booking_history',
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('month_on', sa.Date(), nullable=False),
    sa.Column('bookings_count', sa.Integer(), nullable=False),
    sa.Column('booked_amount', sa.Numeric(precision=18, scale=2), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint('booked_amount >= 0', name=op.f('ck_booking_history_booked_amount_not_negative')),
    sa.CheckConstraint('bookings_count >= 0', name=op.f('ck_booking_history_bookings_count_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_booking_history_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_booking_history_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_booking_history')),
    sa.UniqueConstraint('client_id', 'location_id', 'month_on', name=op.f('uq_booking_history_client_id_location_id_month_on')),
    schema='core'
    )
    op.create_index('ix_booking_history_changed_xid', 'booking_history', ['changed_xid'], unique=False, schema='core')
    op.create_table('business_dates',
    sa.Column('business_on', sa.Date(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.ForeignKeyConstraint(['client_id', 'id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_business_dates_client_id_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_business_dates_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_business_dates')),
    schema='core'
    )
    op.create_index('ix_business_dates_changed_xid', 'business_dates', ['changed_xid'], unique=False, schema='core')
    op.create_table('integration_locations',
    sa.Column('integration_id', sa.Uuid(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('mode', sa.String(length=40), nullable=False),
    sa.Column('external_name', sa.String(length=200), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("mode in ('SOURCE', 'REFERENCE')", name=op.f('ck_integration_locations_mode_known')),
    sa.ForeignKeyConstraint(['client_id', 'integration_id'], ['core.integrations.client_id', 'core.integrations.id'], name=op.f('fk_integration_locations_client_id_integration_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_integration_locations_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_integration_locations_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_integration_locations')),
    sa.UniqueConstraint('client_id', 'integration_id', 'location_id', name=op.f('uq_integration_locations_client_id_integration_id_location_id')),
    schema='core'
    )
    op.create_index('ix_integration_locations_changed_xid', 'integration_locations', ['changed_xid'], unique=False, schema='core')
    op.create_table('integration_sync_logs',
    sa.Column('integration_id', sa.Uuid(), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('stream', sa.String(length=60), nullable=False),
    sa.Column('type', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=40), nullable=False),
    sa.Column('records_processed', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('records_created', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('records_updated', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('records_unchanged', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('records_failed', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("status in ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED')", name=op.f('ck_integration_sync_logs_status_known')),
    sa.CheckConstraint("type in ('FULL', 'INCREMENTAL', 'MANUAL')", name=op.f('ck_integration_sync_logs_type_known')),
    sa.CheckConstraint('records_created >= 0', name=op.f('ck_integration_sync_logs_records_created_not_negative')),
    sa.CheckConstraint('records_failed >= 0', name=op.f('ck_integration_sync_logs_records_failed_not_negative')),
    sa.CheckConstraint('records_processed >= 0', name=op.f('ck_integration_sync_logs_records_processed_not_negative')),
    sa.CheckConstraint('records_unchanged >= 0', name=op.f('ck_integration_sync_logs_records_unchanged_not_negative')),
    sa.CheckConstraint('records_updated >= 0', name=op.f('ck_integration_sync_logs_records_updated_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'integration_id'], ['core.integrations.client_id', 'core.integrations.id'], name=op.f('fk_integration_sync_logs_client_id_integration_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_integration_sync_logs_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_integration_sync_logs')),
    schema='core'
    )
    op.create_index('ix_integration_sync_logs_changed_xid', 'integration_sync_logs', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_integration_sync_logs_client_id_integration_id_started_at', 'integration_sync_logs', ['client_id', 'integration_id', 'started_at'], unique=False, schema='core')
    op.create_table('users',
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'ACTIVE'"), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('email', sa.String(length=200), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=True),
    sa.Column('language', sa.String(length=5), server_default=sa.text("'en'"), nullable=False),
    sa.Column('hourly_cost_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('must_change_password', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('failed_login_count', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('locked_until_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_login_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("role in ('SUPER_ADMIN', 'ADMIN', 'EXECUTIVE', 'OPERATIONAL_MANAGER', 'MANAGER', 'DISPATCHER', 'SALES_REP', 'FINANCE', 'STORAGE_MANAGER', 'FLEET_MANAGER', 'ANALYST', 'AUDITOR', 'DRIVER', 'MOVER', 'DB_ADMIN')", name=op.f('ck_users_role_known')),
    sa.CheckConstraint("status in ('ACTIVE', 'INACTIVE', 'SUSPENDED', 'PENDING')", name=op.f('ck_users_status_known')),
    sa.CheckConstraint('email = lower(email)', name=op.f('ck_users_email_lower_case')),
    sa.CheckConstraint('failed_login_count >= 0', name=op.f('ck_users_failed_login_count_not_negative')),
    sa.CheckConstraint('hourly_cost_amount >= 0', name=op.f('ck_users_hourly_cost_amount_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_users_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_users_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_users')),
    sa.UniqueConstraint('client_id', 'email', name=op.f('uq_users_client_id_email')),
    schema='core'
    )
    op.create_index('ix_users_changed_xid', 'users', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_users_client_id_location_id', 'users', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_users_client_id_role', 'users', ['client_id', 'role'], unique=False, schema='core')
    op.create_index('ix_users_email', 'users', ['email'], unique=False, schema='core')
    op.create_table('payloads',
    sa.Column('integration_id', sa.Uuid(), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('stream', sa.String(length=60), nullable=False),
    sa.Column('external_id', sa.String(length=100), nullable=False),
    sa.Column('payload_hash', sa.String(length=64), nullable=False),
    sa.Column('ciphertext', sa.LargeBinary(), nullable=False),
    sa.Column('status', sa.String(length=40), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("status in ('ACCEPTED', 'QUARANTINED')", name=op.f('ck_payloads_status_known')),
    sa.ForeignKeyConstraint(['client_id', 'integration_id'], ['core.integrations.client_id', 'core.integrations.id'], name=op.f('fk_payloads_client_id_integration_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_payloads_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_payloads')),
    sa.UniqueConstraint('client_id', 'integration_id', 'stream', 'external_id', 'payload_hash', name=op.f('uq_payloads_client_id_integration_id_stream_external_id_payload_hash')),
    schema='landing'
    )
    op.create_index('ix_payloads_changed_xid', 'payloads', ['changed_xid'], unique=False, schema='landing')
    op.create_table('audit_entries',
    sa.Column('actor_type', sa.String(length=40), server_default=sa.text("'USER'"), nullable=False),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('resource', sa.String(length=60), nullable=False),
    sa.Column('resource_id', sa.Uuid(), nullable=True),
    sa.Column('severity', sa.String(length=40), server_default=sa.text("'INFO'"), nullable=False),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("actor_type in ('USER', 'SYSTEM', 'INTEGRATION')", name=op.f('ck_audit_entries_actor_type_known')),
    sa.CheckConstraint("severity in ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')", name=op.f('ck_audit_entries_severity_known')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_audit_entries_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_audit_entries_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_audit_entries_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_audit_entries')),
    schema='core'
    )
    op.create_index('ix_audit_entries_changed_xid', 'audit_entries', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_audit_entries_client_id_location_id', 'audit_entries', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_audit_entries_client_id_occurred_at', 'audit_entries', ['client_id', 'occurred_at'], unique=False, schema='core')
    op.create_index('ix_audit_entries_client_id_owner_id', 'audit_entries', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_audit_entries_client_id_resource_resource_id', 'audit_entries', ['client_id', 'resource', 'resource_id'], unique=False, schema='core')
    op.create_table('customers',
    sa.Column('type', sa.String(length=40), server_default=sa.text("'RESIDENTIAL'"), nullable=False),
    sa.Column('first_name', sa.String(length=120), nullable=False),
    sa.Column('last_name', sa.String(length=120), nullable=False),
    sa.Column('company_name', sa.String(length=200), nullable=True),
    sa.Column('email', sa.String(length=200), nullable=True),
    sa.Column('phone', sa.String(length=40), nullable=True),
    sa.Column('address', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('postal_area', sa.String(length=3), nullable=True),
    sa.Column('city', sa.String(length=120), nullable=True),
    sa.Column('province', sa.String(length=2), nullable=True),
    sa.Column('language', sa.String(length=5), server_default=sa.text("'en'"), nullable=False),
    sa.Column('is_active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('created_on', sa.Date(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('data_source', sa.String(length=40), server_default=sa.text("'MANUAL'"), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.CheckConstraint("data_source in ('MANUAL', 'SMARTMOVING')", name=op.f('ck_customers_data_source_known')),
    sa.CheckConstraint("type in ('RESIDENTIAL', 'COMMERCIAL', 'CORPORATE_ACCOUNT')", name=op.f('ck_customers_type_known')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_customers_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_customers_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_customers_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_customers')),
    schema='core'
    )
    op.create_index('ix_customers_changed_xid', 'customers', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_customers_client_id_email', 'customers', ['client_id', 'email'], unique=False, schema='core')
    op.create_index('ix_customers_client_id_location_id', 'customers', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_customers_client_id_owner_id', 'customers', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_customers_client_id_phone', 'customers', ['client_id', 'phone'], unique=False, schema='core')
    op.create_index('uq_customers_source', 'customers', ['client_id', 'data_source', 'external_id'], unique=True, schema='core', postgresql_where=sa.text('external_id is not null'))
    op.create_table('report_deliveries',
    sa.Column('report_name', sa.String(length=100), nullable=False),
    sa.Column('window_key', sa.String(length=60), nullable=False),
    sa.Column('recipient_user_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=40), server_default=sa.text("'DUE'"), nullable=False),
    sa.Column('message_id', sa.String(length=200), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=True),
    sa.Column('publication_id', sa.BigInteger(), nullable=True),
    sa.Column('attempted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('detail', sa.String(length=500), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("state in ('DUE', 'SENDING', 'SENT', 'REFUSED', 'UNKNOWN')", name=op.f('ck_report_deliveries_state_known')),
    sa.ForeignKeyConstraint(['client_id', 'recipient_user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_report_deliveries_client_id_recipient_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_report_deliveries_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_report_deliveries')),
    sa.UniqueConstraint('client_id', 'report_name', 'window_key', 'recipient_user_id', name=op.f('uq_report_deliveries_client_id_report_name_window_key_recipient_user_id')),
    schema='core'
    )
    op.create_index('ix_report_deliveries_changed_xid', 'report_deliveries', ['changed_xid'], unique=False, schema='core')
    op.create_table('sessions',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_sessions_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_sessions_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_sessions')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sessions_token_hash')),
    schema='core'
    )
    op.create_index('ix_sessions_changed_xid', 'sessions', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_sessions_client_id_user_id', 'sessions', ['client_id', 'user_id'], unique=False, schema='core')
    op.create_table('user_locations',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_user_locations_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_user_locations_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_user_locations_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_user_locations')),
    sa.UniqueConstraint('client_id', 'user_id', 'location_id', name=op.f('uq_user_locations_client_id_user_id_location_id')),
    schema='core'
    )
    op.create_index('ix_user_locations_changed_xid', 'user_locations', ['changed_xid'], unique=False, schema='core')
    op.create_table('leads',
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.String(length=100), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'NEW'"), nullable=False),
    sa.Column('priority', sa.String(length=40), server_default=sa.text("'MEDIUM'"), nullable=False),
    sa.Column('service_type', sa.String(length=60), nullable=False),
    sa.Column('move_size', sa.String(length=60), nullable=True),
    sa.Column('estimated_move_on', sa.Date(), nullable=True),
    sa.Column('estimated_amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('origin_province', sa.String(length=2), nullable=True),
    sa.Column('destination_province', sa.String(length=2), nullable=True),
    sa.Column('score', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('is_bad', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('created_on', sa.Date(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_contacted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('won_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('won_on', sa.Date(), nullable=True),
    sa.Column('lost_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lost_on', sa.Date(), nullable=True),
    sa.Column('lost_reason', sa.String(length=100), nullable=True),
    sa.Column('notes', sa.String(length=1000), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('data_source', sa.String(length=40), server_default=sa.text("'MANUAL'"), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_leads_currency_known')),
    sa.CheckConstraint("data_source in ('MANUAL', 'SMARTMOVING')", name=op.f('ck_leads_data_source_known')),
    sa.CheckConstraint("priority in ('LOW', 'MEDIUM', 'HIGH', 'URGENT')", name=op.f('ck_leads_priority_known')),
    sa.CheckConstraint("status <> 'LOST' or lost_reason is not null", name=op.f('ck_leads_lost_has_reason')),
    sa.CheckConstraint("status <> 'WON' or won_on is not null", name=op.f('ck_leads_won_has_date')),
    sa.CheckConstraint("status in ('NEW', 'CONTACTED', 'QUALIFIED', 'PROPOSAL_SENT', 'NEGOTIATION', 'WON', 'LOST', 'ARCHIVED')", name=op.f('ck_leads_status_known')),
    sa.CheckConstraint('estimated_amount >= 0', name=op.f('ck_leads_estimated_amount_not_negative')),
    sa.CheckConstraint('score between 0 and 100', name=op.f('ck_leads_score_range')),
    sa.ForeignKeyConstraint(['client_id', 'customer_id'], ['core.customers.client_id', 'core.customers.id'], name=op.f('fk_leads_client_id_customer_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_leads_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_leads_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_leads_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_leads')),
    schema='core'
    )
    op.create_index('ix_leads_changed_xid', 'leads', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_leads_client_id_created_on', 'leads', ['client_id', 'created_on'], unique=False, schema='core')
    op.create_index('ix_leads_client_id_customer_id', 'leads', ['client_id', 'customer_id'], unique=False, schema='core')
    op.create_index('ix_leads_client_id_location_id', 'leads', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_leads_client_id_owner_id', 'leads', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_leads_client_id_status', 'leads', ['client_id', 'status'], unique=False, schema='core')
    op.create_index('uq_leads_source', 'leads', ['client_id', 'data_source', 'external_id'], unique=True, schema='core', postgresql_where=sa.text('external_id is not null'))
    op.create_table('quotes',
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('lead_id', sa.Uuid(), nullable=False),
    sa.Column('quote_number', sa.String(length=30), nullable=False),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('parent_quote_id', sa.Uuid(), nullable=True),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'DRAFT'"), nullable=False),
    sa.Column('approval_status', sa.String(length=40), server_default=sa.text("'NOT_REQUIRED'"), nullable=False),
    sa.Column('service_type', sa.String(length=60), nullable=False),
    sa.Column('move_size', sa.String(length=60), nullable=True),
    sa.Column('move_on', sa.Date(), nullable=True),
    sa.Column('crew_size', sa.Integer(), nullable=True),
    sa.Column('truck_count', sa.Integer(), nullable=True),
    sa.Column('estimated_minutes', sa.Integer(), nullable=True),
    sa.Column('hourly_rate_amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('origin_province', sa.String(length=2), nullable=True),
    sa.Column('destination_province', sa.String(length=2), nullable=True),
    sa.Column('subtotal_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('discount_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('tax_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('total_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('deposit_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('valid_until_on', sa.Date(), nullable=False),
    sa.Column('created_on', sa.Date(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_on', sa.Date(), nullable=True),
    sa.Column('viewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_on', sa.Date(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('rejection_reason', sa.String(length=100), nullable=True),
    sa.Column('approved_by_id', sa.Uuid(), nullable=True),
    sa.Column('notes', sa.String(length=1000), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('data_source', sa.String(length=40), server_default=sa.text("'MANUAL'"), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("approval_status in ('NOT_REQUIRED', 'PENDING', 'APPROVED', 'REJECTED')", name=op.f('ck_quotes_approval_status_known')),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_quotes_currency_known')),
    sa.CheckConstraint("data_source in ('MANUAL', 'SMARTMOVING')", name=op.f('ck_quotes_data_source_known')),
    sa.CheckConstraint("status in ('DRAFT', 'SENT', 'VIEWED', 'ACCEPTED', 'REJECTED', 'EXPIRED', 'CONVERTED', 'SUPERSEDED')", name=op.f('ck_quotes_status_known')),
    sa.CheckConstraint("status not in ('ACCEPTED', 'CONVERTED') or accepted_on is not null", name=op.f('ck_quotes_accepted_has_date')),
    sa.CheckConstraint('deposit_amount >= 0', name=op.f('ck_quotes_deposit_amount_not_negative')),
    sa.CheckConstraint('discount_amount >= 0', name=op.f('ck_quotes_discount_amount_not_negative')),
    sa.CheckConstraint('subtotal_amount >= 0', name=op.f('ck_quotes_subtotal_amount_not_negative')),
    sa.CheckConstraint('tax_amount >= 0', name=op.f('ck_quotes_tax_amount_not_negative')),
    sa.CheckConstraint('total_amount = subtotal_amount - discount_amount + tax_amount', name=op.f('ck_quotes_total_adds_up')),
    sa.CheckConstraint('total_amount >= 0', name=op.f('ck_quotes_total_amount_not_negative')),
    sa.CheckConstraint('version >= 1', name=op.f('ck_quotes_version_positive')),
    sa.ForeignKeyConstraint(['client_id', 'customer_id'], ['core.customers.client_id', 'core.customers.id'], name=op.f('fk_quotes_client_id_customer_id')),
    sa.ForeignKeyConstraint(['client_id', 'lead_id'], ['core.leads.client_id', 'core.leads.id'], name=op.f('fk_quotes_client_id_lead_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_quotes_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_quotes_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'parent_quote_id'], ['core.quotes.client_id', 'core.quotes.id'], name=op.f('fk_quotes_client_id_parent_quote_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_quotes_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_quotes')),
    sa.UniqueConstraint('client_id', 'family_id', 'version', name=op.f('uq_quotes_client_id_family_id_version')),
    sa.UniqueConstraint('client_id', 'quote_number', name=op.f('uq_quotes_client_id_quote_number')),
    schema='core'
    )
    op.create_index('ix_quotes_changed_xid', 'quotes', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_quotes_client_id_accepted_on', 'quotes', ['client_id', 'accepted_on'], unique=False, schema='core')
    op.create_index('ix_quotes_client_id_customer_id', 'quotes', ['client_id', 'customer_id'], unique=False, schema='core')
    op.create_index('ix_quotes_client_id_lead_id', 'quotes', ['client_id', 'lead_id'], unique=False, schema='core')
    op.create_index('ix_quotes_client_id_location_id', 'quotes', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_quotes_client_id_owner_id', 'quotes', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_quotes_client_id_status', 'quotes', ['client_id', 'status'], unique=False, schema='core')
    op.create_index('uq_quotes_source', 'quotes', ['client_id', 'data_source', 'external_id'], unique=True, schema='core', postgresql_where=sa.text('external_id is not null'))
    op.create_table('quote_items',
    sa.Column('quote_id', sa.Uuid(), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('description', sa.String(length=500), nullable=False),
    sa.Column('quantity', sa.Numeric(precision=10, scale=2), nullable=False),
    sa.Column('unit_amount', sa.Numeric(precision=18, scale=2), nullable=False),
    sa.Column('discount_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('total_amount', sa.Numeric(precision=18, scale=2), nullable=False),
    sa.Column('is_optional', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('is_selected', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('sort_order', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("category in ('MOVING_SERVICES', 'STORAGE_SERVICES', 'PACKING_SERVICES', 'SPECIALTY_SERVICES', 'EQUIPMENT_RENTAL', 'INSURANCE', 'OTHER')", name=op.f('ck_quote_items_category_known')),
    sa.CheckConstraint('discount_amount >= 0', name=op.f('ck_quote_items_discount_amount_not_negative')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_quote_items_quantity_positive')),
    sa.CheckConstraint('total_amount = round(quantity * unit_amount, 2) - discount_amount', name=op.f('ck_quote_items_total_adds_up')),
    sa.CheckConstraint('total_amount >= 0', name=op.f('ck_quote_items_total_amount_not_negative')),
    sa.CheckConstraint('unit_amount >= 0', name=op.f('ck_quote_items_unit_amount_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_quote_items_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_quote_items_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'quote_id'], ['core.quotes.client_id', 'core.quotes.id'], name=op.f('fk_quote_items_client_id_quote_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_quote_items_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_quote_items')),
    schema='core'
    )
    op.create_index('ix_quote_items_changed_xid', 'quote_items', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_quote_items_client_id_location_id', 'quote_items', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_quote_items_client_id_owner_id', 'quote_items', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_quote_items_client_id_quote_id', 'quote_items', ['client_id', 'quote_id'], unique=False, schema='core')
    op.create_table('truck_journeys',
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('quote_id', sa.Uuid(), nullable=True),
    sa.Column('sequence', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('journey_number', sa.String(length=30), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'SCHEDULED'"), nullable=False),
    sa.Column('priority', sa.String(length=40), server_default=sa.text("'NORMAL'"), nullable=False),
    sa.Column('service_type', sa.String(length=60), nullable=False),
    sa.Column('move_size', sa.String(length=60), nullable=True),
    sa.Column('service_on', sa.Date(), nullable=False),
    sa.Column('planned_start_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('planned_end_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('arrival_window_end_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('completed_on', sa.Date(), nullable=True),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_on', sa.Date(), nullable=True),
    sa.Column('cancellation_reason', sa.String(length=100), nullable=True),
    sa.Column('crew_size', sa.Integer(), server_default=sa.text('2'), nullable=False),
    sa.Column('truck_count', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('truck_number', sa.String(length=20), nullable=True),
    sa.Column('distance_km', sa.Numeric(precision=10, scale=1), nullable=True),
    sa.Column('origin_province', sa.String(length=2), nullable=True),
    sa.Column('destination_province', sa.String(length=2), nullable=True),
    sa.Column('quoted_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('billed_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('estimated_cost_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('actual_cost_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('data_source', sa.String(length=40), server_default=sa.text("'MANUAL'"), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_truck_journeys_currency_known')),
    sa.CheckConstraint("data_source in ('MANUAL', 'SMARTMOVING')", name=op.f('ck_truck_journeys_data_source_known')),
    sa.CheckConstraint("priority in ('LOW', 'NORMAL', 'HIGH', 'URGENT')", name=op.f('ck_truck_journeys_priority_known')),
    sa.CheckConstraint("status <> 'CANCELLED' or (cancelled_on is not null and cancellation_reason is not null)", name=op.f('ck_truck_journeys_cancelled_has_reason')),
    sa.CheckConstraint("status in ('SCHEDULED', 'MORNING_PREP', 'EN_ROUTE', 'ONSITE', 'COMPLETED', 'AUDITED', 'CANCELLED')", name=op.f('ck_truck_journeys_status_known')),
    sa.CheckConstraint("status not in ('COMPLETED', 'AUDITED') or completed_on is not null", name=op.f('ck_truck_journeys_completed_has_date')),
    sa.CheckConstraint('actual_cost_amount >= 0', name=op.f('ck_truck_journeys_actual_cost_amount_not_negative')),
    sa.CheckConstraint('billed_amount >= 0', name=op.f('ck_truck_journeys_billed_amount_not_negative')),
    sa.CheckConstraint('completed_at is null or completed_at >= started_at', name=op.f('ck_truck_journeys_work_in_order')),
    sa.CheckConstraint('crew_size >= 0', name=op.f('ck_truck_journeys_crew_size_not_negative')),
    sa.CheckConstraint('distance_km >= 0', name=op.f('ck_truck_journeys_distance_km_not_negative')),
    sa.CheckConstraint('estimated_cost_amount >= 0', name=op.f('ck_truck_journeys_estimated_cost_amount_not_negative')),
    sa.CheckConstraint('planned_end_at > planned_start_at', name=op.f('ck_truck_journeys_plan_in_order')),
    sa.CheckConstraint('quoted_amount >= 0', name=op.f('ck_truck_journeys_quoted_amount_not_negative')),
    sa.CheckConstraint('truck_count >= 0', name=op.f('ck_truck_journeys_truck_count_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'customer_id'], ['core.customers.client_id', 'core.customers.id'], name=op.f('fk_truck_journeys_client_id_customer_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_truck_journeys_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_truck_journeys_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'quote_id'], ['core.quotes.client_id', 'core.quotes.id'], name=op.f('fk_truck_journeys_client_id_quote_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_truck_journeys_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_truck_journeys')),
    sa.UniqueConstraint('client_id', 'journey_number', name=op.f('uq_truck_journeys_client_id_journey_number')),
    sa.UniqueConstraint('client_id', 'quote_id', 'sequence', name=op.f('uq_truck_journeys_client_id_quote_id_sequence')),
    schema='core'
    )
    op.create_index('ix_truck_journeys_changed_xid', 'truck_journeys', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_truck_journeys_client_id_customer_id', 'truck_journeys', ['client_id', 'customer_id'], unique=False, schema='core')
    op.create_index('ix_truck_journeys_client_id_location_id', 'truck_journeys', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_truck_journeys_client_id_location_id_service_on', 'truck_journeys', ['client_id', 'location_id', 'service_on'], unique=False, schema='core')
    op.create_index('ix_truck_journeys_client_id_owner_id', 'truck_journeys', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_truck_journeys_client_id_status', 'truck_journeys', ['client_id', 'status'], unique=False, schema='core')
    op.create_index('uq_truck_journeys_source', 'truck_journeys', ['client_id', 'data_source', 'external_id'], unique=True, schema='core', postgresql_where=sa.text('external_id is not null'))
    op.create_table('invoices',
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('journey_id', sa.Uuid(), nullable=True),
    sa.Column('quote_id', sa.Uuid(), nullable=True),
    sa.Column('credit_of_invoice_id', sa.Uuid(), nullable=True),
    sa.Column('invoice_number', sa.String(length=30), nullable=True),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'DRAFT'"), nullable=False),
    sa.Column('subtotal_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('discount_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('tax_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('total_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('paid_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('balance_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('tax_province', sa.String(length=2), nullable=False),
    sa.Column('tax_lines', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('service_on', sa.Date(), nullable=True),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('viewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paid_on', sa.Date(), nullable=True),
    sa.Column('cancelled_on', sa.Date(), nullable=True),
    sa.Column('notes', sa.String(length=1000), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('data_source', sa.String(length=40), server_default=sa.text("'MANUAL'"), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_invoices_currency_known')),
    sa.CheckConstraint("data_source in ('MANUAL', 'SMARTMOVING')", name=op.f('ck_invoices_data_source_known')),
    sa.CheckConstraint("status <> 'CANCELLED' or cancelled_on is not null", name=op.f('ck_invoices_cancelled_date')),
    sa.CheckConstraint("status = 'DRAFT' or (invoice_number is not null and issued_on is not null and due_on is not null)", name=op.f('ck_invoices_issued_has_number')),
    sa.CheckConstraint("status in ('DRAFT', 'SENT', 'VIEWED', 'PARTIAL_PAID', 'PAID', 'OVERDUE', 'CANCELLED', 'REFUNDED')", name=op.f('ck_invoices_status_known')),
    sa.CheckConstraint('balance_amount = total_amount - paid_amount', name=op.f('ck_invoices_balance_adds_up')),
    sa.CheckConstraint('discount_amount >= 0', name=op.f('ck_invoices_discount_amount_not_negative')),
    sa.CheckConstraint('due_on is null or due_on >= issued_on', name=op.f('ck_invoices_due_after_issued')),
    sa.CheckConstraint('paid_amount >= 0', name=op.f('ck_invoices_paid_amount_not_negative')),
    sa.CheckConstraint('total_amount = subtotal_amount - discount_amount + tax_amount', name=op.f('ck_invoices_total_adds_up')),
    sa.ForeignKeyConstraint(['client_id', 'credit_of_invoice_id'], ['core.invoices.client_id', 'core.invoices.id'], name=op.f('fk_invoices_client_id_credit_of_invoice_id')),
    sa.ForeignKeyConstraint(['client_id', 'customer_id'], ['core.customers.client_id', 'core.customers.id'], name=op.f('fk_invoices_client_id_customer_id')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_invoices_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_invoices_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_invoices_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'quote_id'], ['core.quotes.client_id', 'core.quotes.id'], name=op.f('fk_invoices_client_id_quote_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_invoices_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_invoices')),
    sa.UniqueConstraint('client_id', 'invoice_number', name=op.f('uq_invoices_client_id_invoice_number')),
    schema='core'
    )
    op.create_index('ix_invoices_changed_xid', 'invoices', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_invoices_client_id_customer_id', 'invoices', ['client_id', 'customer_id'], unique=False, schema='core')
    op.create_index('ix_invoices_client_id_issued_on', 'invoices', ['client_id', 'issued_on'], unique=False, schema='core')
    op.create_index('ix_invoices_client_id_journey_id', 'invoices', ['client_id', 'journey_id'], unique=False, schema='core')
    op.create_index('ix_invoices_client_id_location_id', 'invoices', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_invoices_client_id_owner_id', 'invoices', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_invoices_client_id_status_due_on', 'invoices', ['client_id', 'status', 'due_on'], unique=False, schema='core')
    op.create_index('uq_invoices_source', 'invoices', ['client_id', 'data_source', 'external_id'], unique=True, schema='core', postgresql_where=sa.text('external_id is not null'))
    op.create_table('journey_steps',
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('step_number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('duration_minutes', sa.Integer(), nullable=True),
    sa.Column('approved_by_id', sa.Uuid(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rejection_reason', sa.String(length=100), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("status <> 'REJECTED' or rejection_reason is not null", name=op.f('ck_journey_steps_rejected_has_reason')),
    sa.CheckConstraint("status in ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'APPROVED', 'REJECTED', 'CANCELLED')", name=op.f('ck_journey_steps_status_known')),
    sa.CheckConstraint('ended_at is null or ended_at >= started_at', name=op.f('ck_journey_steps_work_in_order')),
    sa.CheckConstraint('step_number between 1 and 4', name=op.f('ck_journey_steps_step_number_range')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_journey_steps_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_journey_steps_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_journey_steps_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_journey_steps_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_journey_steps')),
    sa.UniqueConstraint('client_id', 'journey_id', 'step_number', name=op.f('uq_journey_steps_client_id_journey_id_step_number')),
    schema='core'
    )
    op.create_index('ix_journey_steps_changed_xid', 'journey_steps', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_journey_steps_client_id_location_id', 'journey_steps', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_journey_steps_client_id_owner_id', 'journey_steps', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_table('invoice_items',
    sa.Column('invoice_id', sa.Uuid(), nullable=False),
    sa.Column('quote_item_id', sa.Uuid(), nullable=True),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('tax_category', sa.String(length=40), server_default=sa.text("'SERVICE'"), nullable=False),
    sa.Column('description', sa.String(length=500), nullable=False),
    sa.Column('quantity', sa.Numeric(precision=10, scale=2), nullable=False),
    sa.Column('unit_amount', sa.Numeric(precision=18, scale=2), nullable=False),
    sa.Column('total_amount', sa.Numeric(precision=18, scale=2), nullable=False),
    sa.Column('sort_order', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("category in ('MOVING_SERVICES', 'STORAGE_SERVICES', 'PACKING_SERVICES', 'SPECIALTY_SERVICES', 'EQUIPMENT_RENTAL', 'INSURANCE', 'OTHER')", name=op.f('ck_invoice_items_category_known')),
    sa.CheckConstraint("tax_category in ('SERVICE', 'GOODS')", name=op.f('ck_invoice_items_tax_category_known')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_invoice_items_quantity_positive')),
    sa.CheckConstraint('total_amount = round(quantity * unit_amount, 2)', name=op.f('ck_invoice_items_total_adds_up')),
    sa.ForeignKeyConstraint(['client_id', 'invoice_id'], ['core.invoices.client_id', 'core.invoices.id'], name=op.f('fk_invoice_items_client_id_invoice_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_invoice_items_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_invoice_items_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'quote_item_id'], ['core.quote_items.client_id', 'core.quote_items.id'], name=op.f('fk_invoice_items_client_id_quote_item_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_invoice_items_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_invoice_items')),
    schema='core'
    )
    op.create_index('ix_invoice_items_changed_xid', 'invoice_items', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_invoice_items_client_id_invoice_id', 'invoice_items', ['client_id', 'invoice_id'], unique=False, schema='core')
    op.create_index('ix_invoice_items_client_id_location_id', 'invoice_items', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_invoice_items_client_id_owner_id', 'invoice_items', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_table('payments',
    sa.Column('invoice_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('refund_of_payment_id', sa.Uuid(), nullable=True),
    sa.Column('payment_amount', sa.Numeric(precision=18, scale=2), nullable=False),
    sa.Column('fee_amount', sa.Numeric(precision=18, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('payment_method', sa.String(length=40), nullable=False),
    sa.Column('payment_category', sa.String(length=40), server_default=sa.text("'BALANCE_DUE'"), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False),
    sa.Column('gateway', sa.String(length=40), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('idempotency_key', sa.String(length=100), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('data_source', sa.String(length=40), server_default=sa.text("'MANUAL'"), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.CheckConstraint("(payment_category = 'REFUND') = (refund_of_payment_id is not null)", name=op.f('ck_payments_refund_has_payment')),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_payments_currency_known')),
    sa.CheckConstraint("data_source in ('MANUAL', 'SMARTMOVING')", name=op.f('ck_payments_data_source_known')),
    sa.CheckConstraint("payment_category in ('DEPOSIT', 'BALANCE_DUE', 'OTHER', 'REFUND')", name=op.f('ck_payments_payment_category_known')),
    sa.CheckConstraint("payment_method in ('CASH', 'CHECK', 'BANK_TRANSFER', 'CREDIT_CARD', 'DEBIT_CARD', 'PAYPAL', 'STRIPE', 'SQUARE', 'OTHER')", name=op.f('ck_payments_payment_method_known')),
    sa.CheckConstraint("status in ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED', 'REFUNDED')", name=op.f('ck_payments_status_known')),
    sa.CheckConstraint('fee_amount >= 0', name=op.f('ck_payments_fee_amount_not_negative')),
    sa.CheckConstraint('payment_amount > 0', name=op.f('ck_payments_amount_positive')),
    sa.ForeignKeyConstraint(['client_id', 'customer_id'], ['core.customers.client_id', 'core.customers.id'], name=op.f('fk_payments_client_id_customer_id')),
    sa.ForeignKeyConstraint(['client_id', 'invoice_id'], ['core.invoices.client_id', 'core.invoices.id'], name=op.f('fk_payments_client_id_invoice_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_payments_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_payments_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'refund_of_payment_id'], ['core.payments.client_id', 'core.payments.id'], name=op.f('fk_payments_client_id_refund_of_payment_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_payments_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_payments')),
    schema='core'
    )
    op.create_index('ix_payments_changed_xid', 'payments', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_payments_client_id_invoice_id', 'payments', ['client_id', 'invoice_id'], unique=False, schema='core')
    op.create_index('ix_payments_client_id_location_id', 'payments', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_payments_client_id_owner_id', 'payments', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_payments_client_id_status_received_on', 'payments', ['client_id', 'status', 'received_on'], unique=False, schema='core')
    op.create_index('uq_payments_idempotency_key', 'payments', ['client_id', 'idempotency_key'], unique=True, schema='core', postgresql_where=sa.text('idempotency_key is not null'))
    op.create_index('uq_payments_source', 'payments', ['client_id', 'data_source', 'external_id'], unique=True, schema='core', postgresql_where=sa.text('external_id is not null'))


def downgrade() -> None:
    op.drop_index('uq_payments_source', table_name='payments', schema='core', postgresql_where=sa.text('external_id is not null'))
    op.drop_index('uq_payments_idempotency_key', table_name='payments', schema='core', postgresql_where=sa.text('idempotency_key is not null'))
    op.drop_index('ix_payments_client_id_status_received_on', table_name='payments', schema='core')
    op.drop_index('ix_payments_client_id_owner_id', table_name='payments', schema='core')
    op.drop_index('ix_payments_client_id_location_id', table_name='payments', schema='core')
    op.drop_index('ix_payments_client_id_invoice_id', table_name='payments', schema='core')
    op.drop_index('ix_payments_changed_xid', table_name='payments', schema='core')
    op.drop_table('payments', schema='core')
    op.drop_index('ix_invoice_items_client_id_owner_id', table_name='invoice_items', schema='core')
    op.drop_index('ix_invoice_items_client_id_location_id', table_name='invoice_items', schema='core')
    op.drop_index('ix_invoice_items_client_id_invoice_id', table_name='invoice_items', schema='core')
    op.drop_index('ix_invoice_items_changed_xid', table_name='invoice_items', schema='core')
    op.drop_table('invoice_items', schema='core')
    op.drop_index('ix_journey_steps_client_id_owner_id', table_name='journey_steps', schema='core')
    op.drop_index('ix_journey_steps_client_id_location_id', table_name='journey_steps', schema='core')
    op.drop_index('ix_journey_steps_changed_xid', table_name='journey_steps', schema='core')
    op.drop_table('journey_steps', schema='core')
    op.drop_index('uq_invoices_source', table_name='invoices', schema='core', postgresql_where=sa.text('external_id is not null'))
    op.drop_index('ix_invoices_client_id_status_due_on', table_name='invoices', schema='core')
    op.drop_index('ix_invoices_client_id_owner_id', table_name='invoices', schema='core')
    op.drop_index('ix_invoices_client_id_location_id', table_name='invoices', schema='core')
    op.drop_index('ix_invoices_client_id_journey_id', table_name='invoices', schema='core')
    op.drop_index('ix_invoices_client_id_issued_on', table_name='invoices', schema='core')
    op.drop_index('ix_invoices_client_id_customer_id', table_name='invoices', schema='core')
    op.drop_index('ix_invoices_changed_xid', table_name='invoices', schema='core')
    op.drop_table('invoices', schema='core')
    op.drop_index('uq_truck_journeys_source', table_name='truck_journeys', schema='core', postgresql_where=sa.text('external_id is not null'))
    op.drop_index('ix_truck_journeys_client_id_status', table_name='truck_journeys', schema='core')
    op.drop_index('ix_truck_journeys_client_id_owner_id', table_name='truck_journeys', schema='core')
    op.drop_index('ix_truck_journeys_client_id_location_id_service_on', table_name='truck_journeys', schema='core')
    op.drop_index('ix_truck_journeys_client_id_location_id', table_name='truck_journeys', schema='core')
    op.drop_index('ix_truck_journeys_client_id_customer_id', table_name='truck_journeys', schema='core')
    op.drop_index('ix_truck_journeys_changed_xid', table_name='truck_journeys', schema='core')
    op.drop_table('truck_journeys', schema='core')
    op.drop_index('ix_quote_items_client_id_quote_id', table_name='quote_items', schema='core')
    op.drop_index('ix_quote_items_client_id_owner_id', table_name='quote_items', schema='core')
    op.drop_index('ix_quote_items_client_id_location_id', table_name='quote_items', schema='core')
    op.drop_index('ix_quote_items_changed_xid', table_name='quote_items', schema='core')
    op.drop_table('quote_items', schema='core')
    op.drop_index('uq_quotes_source', table_name='quotes', schema='core', postgresql_where=sa.text('external_id is not null'))
    op.drop_index('ix_quotes_client_id_status', table_name='quotes', schema='core')
    op.drop_index('ix_quotes_client_id_owner_id', table_name='quotes', schema='core')
    op.drop_index('ix_quotes_client_id_location_id', table_name='quotes', schema='core')
    op.drop_index('ix_quotes_client_id_lead_id', table_name='quotes', schema='core')
    op.drop_index('ix_quotes_client_id_customer_id', table_name='quotes', schema='core')
    op.drop_index('ix_quotes_client_id_accepted_on', table_name='quotes', schema='core')
    op.drop_index('ix_quotes_changed_xid', table_name='quotes', schema='core')
    op.drop_table('quotes', schema='core')
    op.drop_index('uq_leads_source', table_name='leads', schema='core', postgresql_where=sa.text('external_id is not null'))
    op.drop_index('ix_leads_client_id_status', table_name='leads', schema='core')
    op.drop_index('ix_leads_client_id_owner_id', table_name='leads', schema='core')
    op.drop_index('ix_leads_client_id_location_id', table_name='leads', schema='core')
    op.drop_index('ix_leads_client_id_customer_id', table_name='leads', schema='core')
    op.drop_index('ix_leads_client_id_created_on', table_name='leads', schema='core')
    op.drop_index('ix_leads_changed_xid', table_name='leads', schema='core')
    op.drop_table('leads', schema='core')
    op.drop_index('ix_user_locations_changed_xid', table_name='user_locations', schema='core')
    op.drop_table('user_locations', schema='core')
    op.drop_index('ix_sessions_client_id_user_id', table_name='sessions', schema='core')
    op.drop_index('ix_sessions_changed_xid', table_name='sessions', schema='core')
    op.drop_table('sessions', schema='core')
    op.drop_index('ix_report_deliveries_changed_xid', table_name='report_deliveries', schema='core')
    op.drop_table('report_deliveries', schema='core')
    op.drop_index('uq_customers_source', table_name='customers', schema='core', postgresql_where=sa.text('external_id is not null'))
    op.drop_index('ix_customers_client_id_phone', table_name='customers', schema='core')
    op.drop_index('ix_customers_client_id_owner_id', table_name='customers', schema='core')
    op.drop_index('ix_customers_client_id_location_id', table_name='customers', schema='core')
    op.drop_index('ix_customers_client_id_email', table_name='customers', schema='core')
    op.drop_index('ix_customers_changed_xid', table_name='customers', schema='core')
    op.drop_table('customers', schema='core')
    op.drop_index('ix_audit_entries_client_id_resource_resource_id', table_name='audit_entries', schema='core')
    op.drop_index('ix_audit_entries_client_id_owner_id', table_name='audit_entries', schema='core')
    op.drop_index('ix_audit_entries_client_id_occurred_at', table_name='audit_entries', schema='core')
    op.drop_index('ix_audit_entries_client_id_location_id', table_name='audit_entries', schema='core')
    op.drop_index('ix_audit_entries_changed_xid', table_name='audit_entries', schema='core')
    op.drop_table('audit_entries', schema='core')
    op.drop_index('ix_payloads_changed_xid', table_name='payloads', schema='landing')
    op.drop_table('payloads', schema='landing')
    op.drop_index('ix_users_email', table_name='users', schema='core')
    op.drop_index('ix_users_client_id_role', table_name='users', schema='core')
    op.drop_index('ix_users_client_id_location_id', table_name='users', schema='core')
    op.drop_index('ix_users_changed_xid', table_name='users', schema='core')
    op.drop_table('users', schema='core')
    op.drop_index('ix_integration_sync_logs_client_id_integration_id_started_at', table_name='integration_sync_logs', schema='core')
    op.drop_index('ix_integration_sync_logs_changed_xid', table_name='integration_sync_logs', schema='core')
    op.drop_table('integration_sync_logs', schema='core')
    op.drop_index('ix_integration_locations_changed_xid', table_name='integration_locations', schema='core')
    op.drop_table('integration_locations', schema='core')
    op.drop_index('ix_business_dates_changed_xid', table_name='business_dates', schema='core')
    op.drop_table('business_dates', schema='core')
    op.drop_index('ix_booking_history_changed_xid', table_name='booking_history', schema='core')
    op.drop_table('booking_history', schema='core')
    op.drop_index('ix_tombstones_changed_xid', table_name='tombstones', schema='core')
    op.drop_table('tombstones', schema='core')
    op.drop_table('number_counters', schema='core')
    op.drop_index('uq_locations_source', table_name='locations', schema='core', postgresql_where=sa.text('external_id is not null'))
    op.drop_index('ix_locations_changed_xid', table_name='locations', schema='core')
    op.drop_table('locations', schema='core')
    op.drop_index('ix_integrations_changed_xid', table_name='integrations', schema='core')
    op.drop_table('integrations', schema='core')
    op.drop_table('encryption_keys', schema='core')
    op.drop_table('tax_rates', schema='core')
    op.drop_index('ix_clients_changed_xid', table_name='clients', schema='core')
    op.drop_table('clients', schema='core')
    op.drop_table('business_clock', schema='core')
