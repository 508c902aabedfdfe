"""Field work: phases, crews, hours, claims, costs; the field app, fleet, stock and calendar."""

import crm_core.models.base
import sqlalchemy as sa
from alembic import op
from crm_core.migrations.online import add_constraint, hold
from sqlalchemy.dialects import postgresql
revision = '0002_field'
down_revision = '0001'
branch_labels = None
depends_on = None

# Exclusion constraints over a uuid without btree_gist; another migration may have made it.
KEY_RANGE = """
do $$ begin
  create type core.keyrange as range (subtype = uuid);
exception when duplicate_object then null;
end $$
"""
DROP_KEY_RANGE = """
do $$ begin
  drop type core.keyrange;
exception when dependent_objects_still_exist or undefined_object then null;
end $$
"""

ON_LIVE_TABLES = (
    (
        "truck_journeys",
        "ck_truck_journeys_billing_status_known",
        "check (billing_status in ('PENDING', 'INVOICED', 'PAID', 'OVERDUE', "
        "'CANCELLED'))",
    ),
    (
        "truck_journeys",
        "ck_truck_journeys_estimated_minutes_not_negative",
        "check (estimated_minutes >= 0)",
    ),
    (
        "truck_journeys",
        "ck_truck_journeys_actual_minutes_not_negative",
        "check (actual_minutes >= 0)",
    ),
    (
        "truck_journeys",
        "ck_truck_journeys_current_phase_range",
        "check (current_phase between 1 and 6)",
    ),
    (
        "truck_journeys",
        "ck_truck_journeys_arrived_at_after_started_at",
        "check (arrived_at is null or (started_at is not null and arrived_at >= started_at))",
    ),
    (
        "truck_journeys",
        "ck_truck_journeys_window_in_order",
        "check (arrival_window_start_at is null or (arrival_window_end_at is not null"
        " and arrival_window_end_at >= arrival_window_start_at))",
    ),
    (
        "truck_journeys",
        "ck_truck_journeys_started_at_required",
        "check (status not in ('EN_ROUTE', 'ONSITE', 'COMPLETED', 'AUDITED') or "
        "(started_at is not null))",
    ),
    (
        "truck_journeys",
        "ck_truck_journeys_arrived_at_required",
        "check (status not in ('ONSITE') or (arrived_at is not null))",
    ),
    (
        "journey_steps",
        "ck_journey_steps_duration_minutes_not_negative",
        "check (duration_minutes >= 0)",
    ),
    (
        "journey_steps",
        "ck_journey_steps_estimated_minutes_not_negative",
        "check (estimated_minutes >= 0)",
    ),
    (
        "journey_steps",
        "ck_journey_steps_started_at_required",
        "check (status not in ('IN_PROGRESS', 'COMPLETED', 'APPROVED', 'REJECTED') "
        "or (started_at is not null))",
    ),
    (
        "journey_steps",
        "ck_journey_steps_ended_at_required",
        "check (status not in ('COMPLETED', 'APPROVED', 'REJECTED') or (ended_at is "
        "not null))",
    ),
    (
        "journey_steps",
        "ck_journey_steps_approved_at_required",
        "check (status not in ('APPROVED') or (approved_at is not null))",
    ),
    (
        "journey_steps",
        "fk_journey_steps_client_id_approved_by_id",
        "foreign key (client_id, approved_by_id) references core.users (client_id, id)",
    ),
    (
        "truck_journeys",
        "fk_truck_journeys_client_id_move_source_id",
        "foreign key (client_id, move_source_id) references core.move_sources "
        "(client_id, id)",
    ),
    (
        "truck_journeys",
        "fk_truck_journeys_client_id_equipment_id",
        "foreign key (client_id, equipment_id) references core.equipment (client_id, id)",
    ),
)


def upgrade() -> None:
    hold(
        ["journey_steps", "truck_journeys"],
        pointed_at=["customers", "users", "locations", "clients"],
    )
    op.execute(KEY_RANGE)
    op.create_table('journey_phase_templates',
    sa.Column('phase_number', sa.Integer(), nullable=False),
    sa.Column('phase_name', sa.String(length=40), nullable=False),
    sa.Column('service_type', sa.String(length=60), nullable=True),
    sa.Column('estimated_minutes', sa.Integer(), nullable=True),
    sa.Column('responsible_roles', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('checklist_items', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('media_requirements', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("phase_name is not distinct from case phase_number when 1 then 'JOURNEY_CREATION' when 2 then 'MORNING_PREP' when 3 then 'PICKUP_OPERATIONS' when 4 then 'TRANSPORT_OPERATIONS' when 5 then 'DELIVERY_OPERATIONS' when 6 then 'JOURNEY_COMPLETION' end", name=op.f('ck_journey_phase_templates_phase_numbered')),
    sa.CheckConstraint("phase_name in ('JOURNEY_CREATION', 'MORNING_PREP', 'PICKUP_OPERATIONS', 'TRANSPORT_OPERATIONS', 'DELIVERY_OPERATIONS', 'JOURNEY_COMPLETION')", name=op.f('ck_journey_phase_templates_phase_name_known')),
    sa.CheckConstraint('estimated_minutes >= 0', name=op.f('ck_journey_phase_templates_estimated_minutes_not_negative')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_journey_phase_templates_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_journey_phase_templates')),
    sa.UniqueConstraint('client_id', 'phase_number', 'service_type', name=op.f('uq_journey_phase_templates_client_id_phase_number_service_type'), postgresql_nulls_not_distinct=True),
    schema='core'
    )
    op.create_index('ix_journey_phase_templates_changed_xid', 'journey_phase_templates', ['changed_xid'], unique=False, schema='core')
    op.create_table('move_sources',
    sa.Column('channel', sa.String(length=60), nullable=False),
    sa.Column('sub_channel', sa.String(length=60), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('description', sa.String(length=1000), nullable=True),
    sa.Column('is_lead_provider', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('lead_cost_amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'ACTIVE'"), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=True),
    sa.Column('email', sa.String(length=200), nullable=True),
    sa.Column('website', sa.String(length=200), nullable=True),
    sa.Column('address', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('data_source', sa.String(length=40), server_default=sa.text("'MANUAL'"), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=True),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_move_sources_currency_known')),
    sa.CheckConstraint("data_source in ('MANUAL', 'SMARTMOVING')", name=op.f('ck_move_sources_data_source_known')),
    sa.CheckConstraint("status in ('ACTIVE', 'INACTIVE', 'SUSPENDED', 'ARCHIVED')", name=op.f('ck_move_sources_status_known')),
    sa.CheckConstraint('lead_cost_amount >= 0', name=op.f('ck_move_sources_lead_cost_amount_not_negative')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_move_sources_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_move_sources')),
    sa.UniqueConstraint('client_id', 'name', name=op.f('uq_move_sources_client_id_name')),
    schema='core'
    )
    op.create_index('ix_move_sources_changed_xid', 'move_sources', ['changed_xid'], unique=False, schema='core')
    op.create_index('uq_move_sources_source', 'move_sources', ['client_id', 'data_source', 'external_id'], unique=True, schema='core', postgresql_where=sa.text('external_id is not null'))
    op.create_table('suppliers',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('category', sa.String(length=60), nullable=True),
    sa.Column('contact_name', sa.String(length=200), nullable=True),
    sa.Column('email', sa.String(length=200), nullable=True),
    sa.Column('phone', sa.String(length=40), nullable=True),
    sa.Column('address', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('payment_terms_days', sa.Integer(), server_default=sa.text('30'), nullable=False),
    sa.Column('lead_time_days', sa.Integer(), server_default=sa.text('7'), nullable=False),
    sa.Column('rating', sa.Numeric(precision=3, scale=2), nullable=True),
    sa.Column('is_active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint('lead_time_days >= 0', name=op.f('ck_suppliers_lead_time_days_not_negative')),
    sa.CheckConstraint('payment_terms_days >= 0', name=op.f('ck_suppliers_payment_terms_days_not_negative')),
    sa.CheckConstraint('rating between 0 and 5', name=op.f('ck_suppliers_rating_range')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_suppliers_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_suppliers')),
    sa.UniqueConstraint('client_id', 'name', name=op.f('uq_suppliers_client_id_name')),
    schema='core'
    )
    op.create_index('ix_suppliers_changed_xid', 'suppliers', ['changed_xid'], unique=False, schema='core')
    op.create_table('occupancies',
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('resource_id', sa.Uuid(), nullable=False),
    sa.Column('source_table', sa.String(length=40), nullable=False),
    sa.Column('start_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('end_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    postgresql.ExcludeConstraint((sa.text("core.keyrange(resource_id, resource_id, '[]')"), '='), (sa.text('tstzrange(start_at, end_at)'), '&&'), (sa.text("core.keyrange(client_id, client_id, '[]')"), '='), using='gist', name='ex_occupancies_double_booked'),
    sa.CheckConstraint("kind in ('USER', 'EQUIPMENT')", name=op.f('ck_occupancies_kind_known')),
    sa.CheckConstraint('end_at is null or (start_at is not null and end_at > start_at)', name=op.f('ck_occupancies_end_at_after_start_at')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_occupancies_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_occupancies_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_occupancies')),
    schema='core'
    )
    op.create_index('ix_occupancies_changed_xid', 'occupancies', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_occupancies_client_id_location_id_start_at', 'occupancies', ['client_id', 'location_id', 'start_at'], unique=False, schema='core')
    op.create_table('availabilities',
    sa.Column('available_on', sa.Date(), nullable=False),
    sa.Column('start_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('end_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_available', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('availability_type', sa.String(length=40), server_default=sa.text("'PERSONAL'"), nullable=False),
    sa.Column('is_recurring', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('recurrence', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('approval_status', sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False),
    sa.Column('answered_by_id', sa.Uuid(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=True),
    sa.Column('notes', sa.String(length=1000), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("approval_status in ('NOT_REQUIRED', 'PENDING', 'APPROVED', 'REJECTED')", name=op.f('ck_availabilities_approval_status_known')),
    sa.CheckConstraint("approval_status not in ('APPROVED', 'REJECTED') or (answered_at is not null)", name=op.f('ck_availabilities_answered_at_required')),
    sa.CheckConstraint("availability_type in ('PERSONAL', 'SICK', 'VACATION', 'TRAINING', 'MAINTENANCE', 'OTHER')", name=op.f('ck_availabilities_availability_type_known')),
    sa.CheckConstraint("not (is_available and availability_type in ('SICK', 'VACATION'))", name=op.f('ck_availabilities_away_is_away')),
    sa.CheckConstraint('answered_by_id <> user_id', name=op.f('ck_availabilities_answered_by_another')),
    sa.CheckConstraint('answered_by_id is null or answered_at is not null', name=op.f('ck_availabilities_answered_by_at')),
    sa.CheckConstraint('end_at is null or (start_at is not null and end_at > start_at)', name=op.f('ck_availabilities_end_at_after_start_at')),
    sa.CheckConstraint('is_recurring = (recurrence is not null)', name=op.f('ck_availabilities_recurrence_given')),
    sa.ForeignKeyConstraint(['client_id', 'answered_by_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_availabilities_client_id_answered_by_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_availabilities_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_availabilities_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_availabilities_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_availabilities')),
    schema='core'
    )
    op.create_index('ix_availabilities_changed_xid', 'availabilities', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_availabilities_client_id_location_id', 'availabilities', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_availabilities_client_id_user_id', 'availabilities', ['client_id', 'user_id'], unique=False, schema='core')
    op.create_index('ix_availabilities_client_id_user_id_available_on', 'availabilities', ['client_id', 'user_id', 'available_on'], unique=False, schema='core')
    op.create_table('equipment',
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('equipment_type', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'ACTIVE'"), nullable=False),
    sa.Column('manufacturer', sa.String(length=60), nullable=True),
    sa.Column('model', sa.String(length=60), nullable=True),
    sa.Column('model_year', sa.Integer(), nullable=True),
    sa.Column('capacity_cubic_feet', sa.Integer(), nullable=True),
    sa.Column('capacity_pounds', sa.Integer(), nullable=True),
    sa.Column('serial_number', sa.String(length=60), nullable=True),
    sa.Column('licence_plate', sa.String(length=20), nullable=True),
    sa.Column('specifications', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('purchased_on', sa.Date(), nullable=True),
    sa.Column('purchase_amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('current_value_amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('depreciation_rate', sa.Numeric(precision=5, scale=4), nullable=True),
    sa.Column('retired_on', sa.Date(), nullable=True),
    sa.Column('sold_on', sa.Date(), nullable=True),
    sa.Column('sold_amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('odometer_km', sa.Integer(), nullable=True),
    sa.Column('engine_hours', sa.Numeric(precision=10, scale=1), nullable=True),
    sa.Column('last_maintenance_on', sa.Date(), nullable=True),
    sa.Column('next_maintenance_on', sa.Date(), nullable=True),
    sa.Column('service_days', sa.Integer(), nullable=True),
    sa.Column('service_km', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_equipment_currency_known')),
    sa.CheckConstraint("equipment_type in ('TRUCK', 'TRAILER', 'FORKLIFT', 'DOLLY', 'STRAPS', 'BLANKETS', 'TOOLS', 'OTHER')", name=op.f('ck_equipment_equipment_type_known')),
    sa.CheckConstraint("retired_on is null or status in ('RETIRED', 'SOLD')", name=op.f('ck_equipment_retired_on_only_when_gone')),
    sa.CheckConstraint("status in ('ACTIVE', 'MAINTENANCE', 'REPAIR', 'RETIRED', 'SOLD')", name=op.f('ck_equipment_status_known')),
    sa.CheckConstraint("status not in ('RETIRED', 'SOLD') or (retired_on is not null)", name=op.f('ck_equipment_retired_on_required')),
    sa.CheckConstraint("status not in ('SOLD') or (sold_on is not null and sold_amount is not null)", name=op.f('ck_equipment_sold_on_required')),
    sa.CheckConstraint('capacity_cubic_feet > 0', name=op.f('ck_equipment_capacity_cubic_feet_positive')),
    sa.CheckConstraint('capacity_pounds > 0', name=op.f('ck_equipment_capacity_pounds_positive')),
    sa.CheckConstraint('current_value_amount >= 0', name=op.f('ck_equipment_current_value_amount_not_negative')),
    sa.CheckConstraint('depreciation_rate between 0 and 1', name=op.f('ck_equipment_depreciation_rate_range')),
    sa.CheckConstraint('engine_hours >= 0', name=op.f('ck_equipment_engine_hours_not_negative')),
    sa.CheckConstraint('model_year between 1950 and 2100', name=op.f('ck_equipment_model_year_range')),
    sa.CheckConstraint('next_maintenance_on > last_maintenance_on', name=op.f('ck_equipment_next_maintenance_after_last')),
    sa.CheckConstraint('odometer_km >= 0', name=op.f('ck_equipment_odometer_km_not_negative')),
    sa.CheckConstraint('purchase_amount >= 0', name=op.f('ck_equipment_purchase_amount_not_negative')),
    sa.CheckConstraint('retired_on >= purchased_on', name=op.f('ck_equipment_retired_after_purchase')),
    sa.CheckConstraint('service_days > 0', name=op.f('ck_equipment_service_days_positive')),
    sa.CheckConstraint('service_km > 0', name=op.f('ck_equipment_service_km_positive')),
    sa.CheckConstraint('sold_amount >= 0', name=op.f('ck_equipment_sold_amount_not_negative')),
    sa.CheckConstraint('sold_on is null or (retired_on is not null and sold_on >= retired_on)', name=op.f('ck_equipment_sold_on_after_retired_on')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_equipment_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_equipment_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_equipment_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_equipment')),
    sa.UniqueConstraint('client_id', 'name', name=op.f('uq_equipment_client_id_name')),
    schema='core'
    )
    op.create_index('ix_equipment_changed_xid', 'equipment', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_equipment_client_id_location_id', 'equipment', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_equipment_client_id_location_id_equipment_type_status', 'equipment', ['client_id', 'location_id', 'equipment_type', 'status'], unique=False, schema='core')
    op.create_index('ix_equipment_client_id_owner_id', 'equipment', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_equipment_client_id_status_next_maintenance_on', 'equipment', ['client_id', 'status', 'next_maintenance_on'], unique=False, schema='core')
    op.create_index('uq_equipment_plate', 'equipment', ['client_id', 'licence_plate'], unique=True, schema='core', postgresql_where=sa.text('licence_plate is not null'))
    op.create_index('uq_equipment_serial', 'equipment', ['client_id', 'serial_number'], unique=True, schema='core', postgresql_where=sa.text('serial_number is not null'))
    op.create_table('inventory_items',
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=True),
    sa.Column('sku', sa.String(length=60), nullable=False),
    sa.Column('barcode', sa.String(length=60), nullable=True),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('category', sa.String(length=60), nullable=False),
    sa.Column('subcategory', sa.String(length=60), nullable=True),
    sa.Column('description', sa.String(length=1000), nullable=True),
    sa.Column('specifications', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('quantity', sa.Numeric(precision=10, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('transaction_count', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('reserved_quantity', sa.Numeric(precision=10, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('min_quantity', sa.Numeric(precision=10, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('max_quantity', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('reorder_quantity', sa.Numeric(precision=10, scale=2), nullable=True),
    sa.Column('pack_quantity', sa.Numeric(precision=10, scale=2), server_default=sa.text('1'), nullable=False),
    sa.Column('lead_time_days', sa.Integer(), nullable=True),
    sa.Column('unit_cost_amount', sa.Numeric(precision=18, scale=4), nullable=False),
    sa.Column('unit_price_amount', sa.Numeric(precision=18, scale=2), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('is_rental', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('allows_negative', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_inventory_items_currency_known')),
    sa.CheckConstraint('lead_time_days >= 0', name=op.f('ck_inventory_items_lead_time_days_not_negative')),
    sa.CheckConstraint('max_quantity >= min_quantity', name=op.f('ck_inventory_items_max_quantity_above_min')),
    sa.CheckConstraint('min_quantity >= 0', name=op.f('ck_inventory_items_min_quantity_not_negative')),
    sa.CheckConstraint('pack_quantity > 0', name=op.f('ck_inventory_items_pack_quantity_positive')),
    sa.CheckConstraint('quantity >= 0 or allows_negative', name=op.f('ck_inventory_items_quantity_not_negative')),
    sa.CheckConstraint('reorder_quantity > 0', name=op.f('ck_inventory_items_reorder_quantity_positive')),
    sa.CheckConstraint('reserved_quantity >= 0', name=op.f('ck_inventory_items_reserved_quantity_not_negative')),
    sa.CheckConstraint('unit_cost_amount >= 0', name=op.f('ck_inventory_items_unit_cost_amount_not_negative')),
    sa.CheckConstraint('unit_price_amount >= 0', name=op.f('ck_inventory_items_unit_price_amount_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_inventory_items_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_inventory_items_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'supplier_id'], ['core.suppliers.client_id', 'core.suppliers.id'], name=op.f('fk_inventory_items_client_id_supplier_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_inventory_items_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_inventory_items')),
    sa.UniqueConstraint('client_id', 'location_id', 'id', name=op.f('uq_inventory_items_client_id_location_id_id')),
    sa.UniqueConstraint('client_id', 'location_id', 'sku', name=op.f('uq_inventory_items_client_id_location_id_sku')),
    schema='core'
    )
    op.create_index('ix_inventory_items_changed_xid', 'inventory_items', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_inventory_items_client_id_location_id', 'inventory_items', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_inventory_items_client_id_location_id_category', 'inventory_items', ['client_id', 'location_id', 'category'], unique=False, schema='core')
    op.create_index('ix_inventory_items_client_id_owner_id', 'inventory_items', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('uq_inventory_items_barcode', 'inventory_items', ['client_id', 'location_id', 'barcode'], unique=True, schema='core', postgresql_where=sa.text('barcode is not null'))
    op.create_table('mobile_sessions',
    sa.Column('device_id', sa.String(length=100), nullable=False),
    sa.Column('device_info', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('app_version', sa.String(length=40), nullable=False),
    sa.Column('os_version', sa.String(length=40), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_on', sa.Date(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('sync_status', sa.String(length=40), server_default=sa.text("'ONLINE'"), nullable=False),
    sa.Column('last_active_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_synced_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_position', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('last_position_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('offline_data', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("sync_status in ('ONLINE', 'OFFLINE', 'SYNCING')", name=op.f('ck_mobile_sessions_sync_status_known')),
    sa.CheckConstraint("token_hash ~ '^[0-9a-f]{64}$'", name=op.f('ck_mobile_sessions_token_hash_hexadecimal')),
    sa.CheckConstraint('ended_at is null or (started_at is not null and ended_at >= started_at)', name=op.f('ck_mobile_sessions_ended_at_after_started_at')),
    sa.CheckConstraint('expires_at is null or (started_at is not null and expires_at > started_at)', name=op.f('ck_mobile_sessions_expires_at_after_started_at')),
    sa.CheckConstraint('is_active = (ended_at is null)', name=op.f('ck_mobile_sessions_active_until_ended')),
    sa.CheckConstraint('num_nonnulls(last_position, last_position_at) in (0, 2)', name=op.f('ck_mobile_sessions_last_position_together')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_mobile_sessions_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_mobile_sessions_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_mobile_sessions_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_mobile_sessions')),
    sa.UniqueConstraint('client_id', 'user_id', 'id', name=op.f('uq_mobile_sessions_client_id_user_id_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_mobile_sessions_token_hash')),
    schema='core'
    )
    op.create_index('ix_mobile_sessions_changed_xid', 'mobile_sessions', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_mobile_sessions_client_id_location_id', 'mobile_sessions', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_mobile_sessions_client_id_sync_status_last_synced_at', 'mobile_sessions', ['client_id', 'sync_status', 'last_synced_at'], unique=False, schema='core')
    op.create_index('ix_mobile_sessions_client_id_user_id', 'mobile_sessions', ['client_id', 'user_id'], unique=False, schema='core')
    op.create_index('uq_mobile_sessions_active_device', 'mobile_sessions', ['client_id', 'user_id', 'device_id'], unique=True, schema='core', postgresql_where=sa.text('is_active'))
    op.create_table('purchase_orders',
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=False),
    sa.Column('order_number', sa.String(length=30), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'DRAFT'"), nullable=False),
    sa.Column('ordered_on', sa.Date(), nullable=True),
    sa.Column('expected_on', sa.Date(), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.Column('approved_by_id', sa.Uuid(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('notes', sa.String(length=1000), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_purchase_orders_currency_known')),
    sa.CheckConstraint("received_on is null or status in ('RECEIVED')", name=op.f('ck_purchase_orders_received_on_only_when')),
    sa.CheckConstraint("status in ('DRAFT', 'SENT', 'PARTIAL', 'RECEIVED', 'CANCELLED')", name=op.f('ck_purchase_orders_status_known')),
    sa.CheckConstraint("status not in ('RECEIVED') or (received_on is not null)", name=op.f('ck_purchase_orders_received_on_required')),
    sa.CheckConstraint("status not in ('SENT', 'PARTIAL', 'RECEIVED') or (ordered_on is not null and expected_on is not null)", name=op.f('ck_purchase_orders_ordered_on_required')),
    sa.CheckConstraint('expected_on is null or (ordered_on is not null and expected_on >= ordered_on)', name=op.f('ck_purchase_orders_expected_on_after_ordered_on')),
    sa.CheckConstraint('num_nonnulls(approved_by_id, approved_at) in (0, 2)', name=op.f('ck_purchase_orders_approved_by_id_together')),
    sa.CheckConstraint('received_on is null or (ordered_on is not null and received_on >= ordered_on)', name=op.f('ck_purchase_orders_received_on_after_ordered_on')),
    sa.ForeignKeyConstraint(['client_id', 'approved_by_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_purchase_orders_client_id_approved_by_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_purchase_orders_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_purchase_orders_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'supplier_id'], ['core.suppliers.client_id', 'core.suppliers.id'], name=op.f('fk_purchase_orders_client_id_supplier_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_purchase_orders_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_purchase_orders')),
    sa.UniqueConstraint('client_id', 'order_number', name=op.f('uq_purchase_orders_client_id_order_number')),
    schema='core'
    )
    op.create_index('ix_purchase_orders_changed_xid', 'purchase_orders', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_purchase_orders_client_id_location_id', 'purchase_orders', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_purchase_orders_client_id_owner_id', 'purchase_orders', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_purchase_orders_client_id_supplier_id_ordered_on', 'purchase_orders', ['client_id', 'supplier_id', 'ordered_on'], unique=False, schema='core')
    op.create_table('wage_rates',
    sa.Column('valid_from_on', sa.Date(), nullable=False),
    sa.Column('valid_to_on', sa.Date(), nullable=True),
    sa.Column('hourly_amount', sa.Numeric(precision=18, scale=2), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('loading_pct', sa.Numeric(precision=5, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('overtime_factor', sa.Numeric(precision=4, scale=2), server_default=sa.text('1.5'), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    postgresql.ExcludeConstraint((sa.text("core.keyrange(user_id, user_id, '[]')"), '='), (sa.text('daterange(valid_from_on, valid_to_on)'), '&&'), (sa.text("core.keyrange(client_id, client_id, '[]')"), '='), using='gist', name='ex_wage_rates_overlap'),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_wage_rates_currency_known')),
    sa.CheckConstraint('hourly_amount > 0', name=op.f('ck_wage_rates_hourly_amount_positive')),
    sa.CheckConstraint('loading_pct between 0 and 200', name=op.f('ck_wage_rates_loading_pct_range')),
    sa.CheckConstraint('overtime_factor between 1 and 5', name=op.f('ck_wage_rates_overtime_factor_range')),
    sa.CheckConstraint('valid_to_on is null or (valid_from_on is not null and valid_to_on > valid_from_on)', name=op.f('ck_wage_rates_valid_to_on_after_valid_from_on')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_wage_rates_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_wage_rates_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_wage_rates_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_wage_rates')),
    schema='core'
    )
    op.create_index('ix_wage_rates_changed_xid', 'wage_rates', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_wage_rates_client_id_location_id', 'wage_rates', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_wage_rates_client_id_user_id', 'wage_rates', ['client_id', 'user_id'], unique=False, schema='core')
    op.create_table('equipment_maintenance',
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('equipment_id', sa.Uuid(), nullable=False),
    sa.Column('supplier_id', sa.Uuid(), nullable=True),
    sa.Column('maintenance_type', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'SCHEDULED'"), nullable=False),
    sa.Column('description', sa.String(length=1000), nullable=False),
    sa.Column('scheduled_on', sa.Date(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('performed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('performed_on', sa.Date(), nullable=True),
    sa.Column('down_from_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('odometer_km', sa.Integer(), nullable=True),
    sa.Column('engine_hours', sa.Numeric(precision=10, scale=1), nullable=True),
    sa.Column('labour_minutes', sa.Integer(), nullable=True),
    sa.Column('labour_amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('parts_amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('parts', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('next_due_on', sa.Date(), nullable=True),
    sa.Column('cancellation_reason', sa.String(length=200), nullable=True),
    sa.Column('notes', sa.String(length=1000), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    postgresql.ExcludeConstraint((sa.text("core.keyrange(equipment_id, equipment_id, '[]')"), '='), (sa.text('tstzrange(down_from_at, up_at)'), '&&'), (sa.text("core.keyrange(client_id, client_id, '[]')"), '='), where=sa.text("down_from_at is not null and status <> 'CANCELLED'"), using='gist', name='ex_equipment_maintenance_downtime'),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_equipment_maintenance_currency_known')),
    sa.CheckConstraint("maintenance_type in ('PREVENTIVE', 'CORRECTIVE', 'EMERGENCY', 'INSPECTION')", name=op.f('ck_equipment_maintenance_maintenance_type_known')),
    sa.CheckConstraint("status in ('SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED')", name=op.f('ck_equipment_maintenance_status_known')),
    sa.CheckConstraint("status not in ('CANCELLED') or (cancellation_reason is not null)", name=op.f('ck_equipment_maintenance_cancellation_reason_required')),
    sa.CheckConstraint("status not in ('COMPLETED') or (performed_at is not null and performed_on is not null)", name=op.f('ck_equipment_maintenance_performed_at_required')),
    sa.CheckConstraint("status not in ('IN_PROGRESS') or (started_at is not null)", name=op.f('ck_equipment_maintenance_started_at_required')),
    sa.CheckConstraint("status not in ('SCHEDULED') or (scheduled_on is not null)", name=op.f('ck_equipment_maintenance_scheduled_on_required')),
    sa.CheckConstraint('engine_hours >= 0', name=op.f('ck_equipment_maintenance_engine_hours_not_negative')),
    sa.CheckConstraint('labour_amount >= 0', name=op.f('ck_equipment_maintenance_labour_amount_not_negative')),
    sa.CheckConstraint('labour_minutes >= 0', name=op.f('ck_equipment_maintenance_labour_minutes_not_negative')),
    sa.CheckConstraint('next_due_on > performed_on', name=op.f('ck_equipment_maintenance_next_due_after_performed')),
    sa.CheckConstraint('odometer_km >= 0', name=op.f('ck_equipment_maintenance_odometer_km_not_negative')),
    sa.CheckConstraint('parts_amount >= 0', name=op.f('ck_equipment_maintenance_parts_amount_not_negative')),
    sa.CheckConstraint('performed_at >= started_at', name=op.f('ck_equipment_maintenance_performed_after_start')),
    sa.CheckConstraint('up_at is null or (down_from_at is not null and up_at > down_from_at)', name=op.f('ck_equipment_maintenance_up_at_after_down_from_at')),
    sa.ForeignKeyConstraint(['client_id', 'equipment_id'], ['core.equipment.client_id', 'core.equipment.id'], name=op.f('fk_equipment_maintenance_client_id_equipment_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_equipment_maintenance_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_equipment_maintenance_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'supplier_id'], ['core.suppliers.client_id', 'core.suppliers.id'], name=op.f('fk_equipment_maintenance_client_id_supplier_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_equipment_maintenance_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_equipment_maintenance')),
    schema='core'
    )
    op.create_index('ix_equipment_maintenance_changed_xid', 'equipment_maintenance', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_equipment_maintenance_client_id_equipment_id_performed_on', 'equipment_maintenance', ['client_id', 'equipment_id', 'performed_on'], unique=False, schema='core')
    op.create_index('ix_equipment_maintenance_client_id_location_id', 'equipment_maintenance', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_equipment_maintenance_client_id_owner_id', 'equipment_maintenance', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_table('mobile_notifications',
    sa.Column('session_id', sa.Uuid(), nullable=True),
    sa.Column('notification_type', sa.String(length=40), nullable=False),
    sa.Column('priority', sa.String(length=40), server_default=sa.text("'NORMAL'"), nullable=False),
    sa.Column('category', sa.String(length=60), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('message', sa.String(length=2000), nullable=False),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("notification_type in ('JOURNEY_UPDATE', 'NEW_ASSIGNMENT', 'URGENT_ALERT', 'SYNC_STATUS', 'CUSTOM')", name=op.f('ck_mobile_notifications_notification_type_known')),
    sa.CheckConstraint("priority in ('LOW', 'NORMAL', 'HIGH', 'URGENT')", name=op.f('ck_mobile_notifications_priority_known')),
    sa.CheckConstraint('delivered_at is null or (sent_at is not null and delivered_at >= sent_at)', name=op.f('ck_mobile_notifications_delivered_at_after_sent_at')),
    sa.CheckConstraint('expires_at is null or (raised_at is not null and expires_at > raised_at)', name=op.f('ck_mobile_notifications_expires_at_after_raised_at')),
    sa.CheckConstraint('read_at is null or (delivered_at is not null and read_at >= delivered_at)', name=op.f('ck_mobile_notifications_read_at_after_delivered_at')),
    sa.CheckConstraint('sent_at is null or (raised_at is not null and sent_at >= raised_at)', name=op.f('ck_mobile_notifications_sent_at_after_raised_at')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_mobile_notifications_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id', 'session_id'], ['core.mobile_sessions.client_id', 'core.mobile_sessions.user_id', 'core.mobile_sessions.id'], name=op.f('fk_mobile_notifications_client_id_user_id_session_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_mobile_notifications_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_mobile_notifications_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_mobile_notifications')),
    schema='core'
    )
    op.create_index('ix_mobile_notifications_changed_xid', 'mobile_notifications', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_mobile_notifications_client_id_location_id', 'mobile_notifications', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_mobile_notifications_client_id_user_id', 'mobile_notifications', ['client_id', 'user_id'], unique=False, schema='core')
    op.create_index('ix_mobile_notifications_client_id_user_id_raised_at', 'mobile_notifications', ['client_id', 'user_id', 'raised_at'], unique=False, schema='core')
    op.create_table('purchase_order_items',
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('purchase_order_id', sa.Uuid(), nullable=False),
    sa.Column('inventory_item_id', sa.Uuid(), nullable=False),
    sa.Column('ordered_quantity', sa.Numeric(precision=10, scale=2), nullable=False),
    sa.Column('received_quantity', sa.Numeric(precision=10, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('unit_cost_amount', sa.Numeric(precision=18, scale=4), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint('ordered_quantity > 0', name=op.f('ck_purchase_order_items_ordered_quantity_positive')),
    sa.CheckConstraint('received_quantity between 0 and ordered_quantity', name=op.f('ck_purchase_order_items_received_quantity_range')),
    sa.CheckConstraint('unit_cost_amount >= 0', name=op.f('ck_purchase_order_items_unit_cost_amount_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'location_id', 'inventory_item_id'], ['core.inventory_items.client_id', 'core.inventory_items.location_id', 'core.inventory_items.id'], name=op.f('fk_purchase_order_items_client_id_location_id_inventory_item_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_purchase_order_items_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_purchase_order_items_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'purchase_order_id'], ['core.purchase_orders.client_id', 'core.purchase_orders.id'], name=op.f('fk_purchase_order_items_client_id_purchase_order_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_purchase_order_items_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_purchase_order_items')),
    sa.UniqueConstraint('client_id', 'purchase_order_id', 'inventory_item_id', name='uq_purchase_order_items_item'),
    schema='core'
    )
    op.create_index('ix_purchase_order_items_changed_xid', 'purchase_order_items', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_purchase_order_items_client_id_inventory_item_id', 'purchase_order_items', ['client_id', 'inventory_item_id'], unique=False, schema='core')
    op.create_index('ix_purchase_order_items_client_id_location_id', 'purchase_order_items', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_purchase_order_items_client_id_owner_id', 'purchase_order_items', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_table('assigned_crew',
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('crew_role', sa.String(length=40), nullable=False),
    sa.Column('is_lead', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'ASSIGNED'"), nullable=False),
    sa.Column('assigned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('declined_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('planned_start_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('planned_end_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paid_minutes', sa.Integer(), nullable=True),
    sa.Column('notes', sa.String(length=1000), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("crew_role in ('DRIVER', 'MOVER', 'LEAD', 'HELPER', 'SUPERVISOR')", name=op.f('ck_assigned_crew_crew_role_known')),
    sa.CheckConstraint("status in ('ASSIGNED', 'CONFIRMED', 'DECLINED', 'ON_SITE', 'COMPLETED', 'CANCELLED')", name=op.f('ck_assigned_crew_status_known')),
    sa.CheckConstraint("status not in ('COMPLETED') or (ended_at is not null)", name=op.f('ck_assigned_crew_ended_at_required')),
    sa.CheckConstraint("status not in ('CONFIRMED') or (confirmed_at is not null)", name=op.f('ck_assigned_crew_confirmed_at_required')),
    sa.CheckConstraint("status not in ('DECLINED') or (declined_at is not null)", name=op.f('ck_assigned_crew_declined_at_required')),
    sa.CheckConstraint("status not in ('ON_SITE', 'COMPLETED') or (started_at is not null)", name=op.f('ck_assigned_crew_started_at_required')),
    sa.CheckConstraint('ended_at is null or (started_at is not null and ended_at >= started_at)', name=op.f('ck_assigned_crew_ended_at_after_started_at')),
    sa.CheckConstraint('paid_minutes >= 0', name=op.f('ck_assigned_crew_paid_minutes_not_negative')),
    sa.CheckConstraint('planned_end_at is null or (planned_start_at is not null and planned_end_at > planned_start_at)', name=op.f('ck_assigned_crew_planned_end_at_after_planned_start_at')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_assigned_crew_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_assigned_crew_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_assigned_crew_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_assigned_crew_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_assigned_crew')),
    sa.UniqueConstraint('client_id', 'journey_id', 'user_id', name=op.f('uq_assigned_crew_client_id_journey_id_user_id')),
    schema='core'
    )
    op.create_index('ix_assigned_crew_changed_xid', 'assigned_crew', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_assigned_crew_client_id_location_id', 'assigned_crew', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_assigned_crew_client_id_user_id', 'assigned_crew', ['client_id', 'user_id'], unique=False, schema='core')
    op.create_index('ix_assigned_crew_client_id_user_id_planned_start_at', 'assigned_crew', ['client_id', 'user_id', 'planned_start_at'], unique=False, schema='core')
    op.create_index('uq_assigned_crew_lead', 'assigned_crew', ['client_id', 'journey_id'], unique=True, schema='core', postgresql_where=sa.text("is_lead and status in ('ASSIGNED', 'CONFIRMED', 'ON_SITE', 'COMPLETED')"))
    op.create_table('claims',
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('claim_number', sa.String(length=30), nullable=False),
    sa.Column('claim_type', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'OPEN'"), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('claimed_amount', sa.Numeric(precision=18, scale=2), nullable=False),
    sa.Column('settled_amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('is_settled_above_claim', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('denial_reason', sa.String(length=500), nullable=True),
    sa.Column('description', sa.String(length=2000), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("claim_type in ('DAMAGE', 'LOSS', 'DELAY', 'SERVICE', 'OTHER')", name=op.f('ck_claims_claim_type_known')),
    sa.CheckConstraint("closed_on is null or status in ('SETTLED', 'DENIED')", name=op.f('ck_claims_closed_on_only_when')),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_claims_currency_known')),
    sa.CheckConstraint("settled_amount is null or status in ('SETTLED')", name=op.f('ck_claims_settled_amount_only_when')),
    sa.CheckConstraint("status in ('OPEN', 'IN_REVIEW', 'SETTLED', 'DENIED')", name=op.f('ck_claims_status_known')),
    sa.CheckConstraint("status not in ('DENIED') or (denial_reason is not null)", name=op.f('ck_claims_denial_reason_required')),
    sa.CheckConstraint("status not in ('SETTLED') or (settled_amount is not null)", name=op.f('ck_claims_settled_amount_required')),
    sa.CheckConstraint("status not in ('SETTLED', 'DENIED') or (closed_on is not null)", name=op.f('ck_claims_closed_on_required')),
    sa.CheckConstraint('claimed_amount >= 0', name=op.f('ck_claims_claimed_amount_not_negative')),
    sa.CheckConstraint('closed_on is null or (opened_on is not null and closed_on >= opened_on)', name=op.f('ck_claims_closed_on_after_opened_on')),
    sa.CheckConstraint('settled_amount <= claimed_amount or is_settled_above_claim', name=op.f('ck_claims_settled_amount_limit')),
    sa.CheckConstraint('settled_amount >= 0', name=op.f('ck_claims_settled_amount_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'customer_id'], ['core.customers.client_id', 'core.customers.id'], name=op.f('fk_claims_client_id_customer_id')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_claims_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_claims_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_claims_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_claims_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_claims')),
    sa.UniqueConstraint('client_id', 'claim_number', name=op.f('uq_claims_client_id_claim_number')),
    sa.UniqueConstraint('client_id', 'journey_id', 'id', name=op.f('uq_claims_client_id_journey_id_id')),
    schema='core'
    )
    op.create_index('ix_claims_changed_xid', 'claims', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_claims_client_id_customer_id', 'claims', ['client_id', 'customer_id'], unique=False, schema='core')
    op.create_index('ix_claims_client_id_journey_id', 'claims', ['client_id', 'journey_id'], unique=False, schema='core')
    op.create_index('ix_claims_client_id_location_id', 'claims', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_claims_client_id_owner_id', 'claims', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_claims_client_id_status_opened_on', 'claims', ['client_id', 'status', 'opened_on'], unique=False, schema='core')
    op.create_table('equipment_assignments',
    sa.Column('equipment_id', sa.Uuid(), nullable=False),
    sa.Column('journey_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'ACTIVE'"), nullable=False),
    sa.Column('start_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('end_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('purpose', sa.String(length=200), nullable=True),
    sa.Column('notes', sa.String(length=1000), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("status in ('ACTIVE', 'COMPLETED', 'CANCELLED')", name=op.f('ck_equipment_assignments_status_known')),
    sa.CheckConstraint("status not in ('COMPLETED') or (end_at is not null)", name=op.f('ck_equipment_assignments_end_at_required')),
    sa.CheckConstraint('end_at is null or (start_at is not null and end_at > start_at)', name=op.f('ck_equipment_assignments_end_at_after_start_at')),
    sa.CheckConstraint('num_nonnulls(journey_id, user_id) >= 1', name=op.f('ck_equipment_assignments_for_somebody')),
    sa.ForeignKeyConstraint(['client_id', 'equipment_id'], ['core.equipment.client_id', 'core.equipment.id'], name=op.f('fk_equipment_assignments_client_id_equipment_id')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_equipment_assignments_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_equipment_assignments_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_equipment_assignments_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_equipment_assignments_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_equipment_assignments_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_equipment_assignments')),
    schema='core'
    )
    op.create_index('ix_equipment_assignments_changed_xid', 'equipment_assignments', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_equipment_assignments_client_id_equipment_id_start_at', 'equipment_assignments', ['client_id', 'equipment_id', 'start_at'], unique=False, schema='core')
    op.create_index('ix_equipment_assignments_client_id_journey_id', 'equipment_assignments', ['client_id', 'journey_id'], unique=False, schema='core')
    op.create_index('ix_equipment_assignments_client_id_location_id', 'equipment_assignments', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_equipment_assignments_client_id_owner_id', 'equipment_assignments', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_table('fuel_purchases',
    sa.Column('equipment_id', sa.Uuid(), nullable=False),
    sa.Column('journey_id', sa.Uuid(), nullable=True),
    sa.Column('fuel_type', sa.String(length=40), server_default=sa.text("'DIESEL'"), nullable=False),
    sa.Column('litre_count', sa.Numeric(precision=10, scale=3), nullable=False),
    sa.Column('amount', sa.Numeric(precision=18, scale=2), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('odometer_km', sa.Integer(), nullable=True),
    sa.Column('purchased_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('purchased_on', sa.Date(), nullable=False),
    sa.Column('purchased_local_at', sa.DateTime(), nullable=False),
    sa.Column('card_last_four', sa.String(length=4), nullable=True),
    sa.Column('place', sa.String(length=200), nullable=True),
    sa.Column('notes', sa.String(length=500), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("card_last_four ~ '^[0-9]{4}$'", name=op.f('ck_fuel_purchases_card_last_four_digits')),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_fuel_purchases_currency_known')),
    sa.CheckConstraint("fuel_type in ('DIESEL', 'GASOLINE', 'OTHER')", name=op.f('ck_fuel_purchases_fuel_type_known')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_fuel_purchases_amount_positive')),
    sa.CheckConstraint('litre_count > 0', name=op.f('ck_fuel_purchases_litre_count_positive')),
    sa.CheckConstraint('odometer_km >= 0', name=op.f('ck_fuel_purchases_odometer_km_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'equipment_id'], ['core.equipment.client_id', 'core.equipment.id'], name=op.f('fk_fuel_purchases_client_id_equipment_id')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_fuel_purchases_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_fuel_purchases_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_fuel_purchases_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_fuel_purchases_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_fuel_purchases')),
    schema='core'
    )
    op.create_index('ix_fuel_purchases_changed_xid', 'fuel_purchases', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_fuel_purchases_client_id_equipment_id_purchased_at', 'fuel_purchases', ['client_id', 'equipment_id', 'purchased_at'], unique=False, schema='core')
    op.create_index('ix_fuel_purchases_client_id_journey_id', 'fuel_purchases', ['client_id', 'journey_id'], unique=False, schema='core')
    op.create_index('ix_fuel_purchases_client_id_location_id', 'fuel_purchases', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_fuel_purchases_client_id_owner_id', 'fuel_purchases', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_table('inventory_transactions',
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('inventory_item_id', sa.Uuid(), nullable=False),
    sa.Column('journey_id', sa.Uuid(), nullable=True),
    sa.Column('purchase_order_item_id', sa.Uuid(), nullable=True),
    sa.Column('transfer_group_id', sa.Uuid(), nullable=True),
    sa.Column('transaction_type', sa.String(length=40), nullable=False),
    sa.Column('quantity', sa.Numeric(precision=10, scale=2), nullable=False),
    sa.Column('unit_cost_amount', sa.Numeric(precision=18, scale=4), nullable=False),
    sa.Column('total_cost_amount', sa.Numeric(precision=18, scale=2), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('occurred_on', sa.Date(), nullable=False),
    sa.Column('sequence', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('balance_after', sa.Numeric(precision=10, scale=2), server_default=sa.text('0'), nullable=False),
    sa.Column('reference', sa.String(length=60), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=True),
    sa.Column('notes', sa.String(length=1000), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("case when transaction_type in ('PURCHASE', 'RETURN') then quantity > 0 when transaction_type in ('SALE', 'USAGE', 'DAMAGE', 'EXPIRY') then quantity < 0 else true end", name=op.f('ck_inventory_transactions_quantity_sign')),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_inventory_transactions_currency_known')),
    sa.CheckConstraint("transaction_type in ('PURCHASE', 'SALE', 'ADJUSTMENT', 'TRANSFER', 'DAMAGE', 'EXPIRY', 'USAGE', 'RETURN')", name=op.f('ck_inventory_transactions_transaction_type_known')),
    sa.CheckConstraint("transaction_type not in ('ADJUSTMENT') or (reason is not null)", name=op.f('ck_inventory_transactions_reason_required')),
    sa.CheckConstraint("transaction_type not in ('TRANSFER') or (transfer_group_id is not null)", name=op.f('ck_inventory_transactions_transfer_group_id_required')),
    sa.CheckConstraint("transaction_type not in ('USAGE') or (journey_id is not null)", name=op.f('ck_inventory_transactions_journey_id_required')),
    sa.CheckConstraint("transfer_group_id is null or transaction_type in ('TRANSFER')", name=op.f('ck_inventory_transactions_transfer_group_id_only_when')),
    sa.CheckConstraint('quantity <> 0', name=op.f('ck_inventory_transactions_quantity_moves')),
    sa.CheckConstraint('total_cost_amount = round(quantity * unit_cost_amount, 2)', name=op.f('ck_inventory_transactions_total_cost_product')),
    sa.CheckConstraint('unit_cost_amount >= 0', name=op.f('ck_inventory_transactions_unit_cost_amount_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_inventory_transactions_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id', 'inventory_item_id'], ['core.inventory_items.client_id', 'core.inventory_items.location_id', 'core.inventory_items.id'], name=op.f('fk_inventory_transactions_client_id_location_id_inventory_item_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_inventory_transactions_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_inventory_transactions_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'purchase_order_item_id'], ['core.purchase_order_items.client_id', 'core.purchase_order_items.id'], name=op.f('fk_inventory_transactions_client_id_purchase_order_item_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_inventory_transactions_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_inventory_transactions')),
    sa.UniqueConstraint('client_id', 'inventory_item_id', 'sequence', name=op.f('uq_inventory_transactions_client_id_inventory_item_id_sequence')),
    schema='core'
    )
    op.create_index('ix_inventory_transactions_changed_xid', 'inventory_transactions', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_inventory_transactions_client_id_journey_id', 'inventory_transactions', ['client_id', 'journey_id'], unique=False, schema='core')
    op.create_index('ix_inventory_transactions_client_id_location_id', 'inventory_transactions', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_inventory_transactions_client_id_location_id_occurred_on', 'inventory_transactions', ['client_id', 'location_id', 'occurred_on'], unique=False, schema='core')
    op.create_index('ix_inventory_transactions_client_id_owner_id', 'inventory_transactions', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_inventory_transactions_client_id_transfer_group_id', 'inventory_transactions', ['client_id', 'transfer_group_id'], unique=False, schema='core')
    op.create_table('journey_entries',
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('entry_type', sa.String(length=40), server_default=sa.text("'NOTE'"), nullable=False),
    sa.Column('priority', sa.String(length=40), server_default=sa.text("'NORMAL'"), nullable=False),
    sa.Column('tag', sa.String(length=40), nullable=True),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('occurred_local_at', sa.DateTime(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('client_event_id', sa.Uuid(), nullable=True),
    sa.Column('duration_seconds', sa.Integer(), nullable=True),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('position', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("entry_type in ('NOTE', 'GPS', 'PHOTO', 'SIGNATURE', 'STATUS_UPDATE', 'CHECKLIST', 'APPROVAL')", name=op.f('ck_journey_entries_entry_type_known')),
    sa.CheckConstraint("priority in ('LOW', 'NORMAL', 'HIGH', 'URGENT')", name=op.f('ck_journey_entries_priority_known')),
    sa.CheckConstraint("tag in ('COMPLETED', 'DAMAGE', 'FEEDBACK', 'ISSUE', 'DELAY', 'URGENT', 'REVIEW')", name=op.f('ck_journey_entries_tag_known')),
    sa.CheckConstraint('duration_seconds >= 0', name=op.f('ck_journey_entries_duration_seconds_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_journey_entries_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_journey_entries_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_journey_entries_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_journey_entries_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_journey_entries')),
    sa.UniqueConstraint('client_id', 'client_event_id', name=op.f('uq_journey_entries_client_id_client_event_id')),
    schema='core'
    )
    op.create_index('ix_journey_entries_changed_xid', 'journey_entries', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_journey_entries_client_id_journey_id_occurred_at', 'journey_entries', ['client_id', 'journey_id', 'occurred_at'], unique=False, schema='core')
    op.create_index('ix_journey_entries_client_id_location_id', 'journey_entries', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_journey_entries_client_id_user_id', 'journey_entries', ['client_id', 'user_id'], unique=False, schema='core')
    op.create_table('journey_phases',
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('phase_number', sa.Integer(), nullable=False),
    sa.Column('phase_name', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False),
    sa.Column('estimated_minutes', sa.Integer(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('responsible_roles', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("phase_name is not distinct from case phase_number when 1 then 'JOURNEY_CREATION' when 2 then 'MORNING_PREP' when 3 then 'PICKUP_OPERATIONS' when 4 then 'TRANSPORT_OPERATIONS' when 5 then 'DELIVERY_OPERATIONS' when 6 then 'JOURNEY_COMPLETION' end", name=op.f('ck_journey_phases_phase_numbered')),
    sa.CheckConstraint("phase_name in ('JOURNEY_CREATION', 'MORNING_PREP', 'PICKUP_OPERATIONS', 'TRANSPORT_OPERATIONS', 'DELIVERY_OPERATIONS', 'JOURNEY_COMPLETION')", name=op.f('ck_journey_phases_phase_name_known')),
    sa.CheckConstraint("status in ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED')", name=op.f('ck_journey_phases_status_known')),
    sa.CheckConstraint("status not in ('COMPLETED') or (completed_at is not null)", name=op.f('ck_journey_phases_completed_at_required')),
    sa.CheckConstraint("status not in ('IN_PROGRESS', 'COMPLETED') or (started_at is not null)", name=op.f('ck_journey_phases_started_at_required')),
    sa.CheckConstraint('completed_at is null or (started_at is not null and completed_at >= started_at)', name=op.f('ck_journey_phases_completed_at_after_started_at')),
    sa.CheckConstraint('estimated_minutes >= 0', name=op.f('ck_journey_phases_estimated_minutes_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_journey_phases_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_journey_phases_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_journey_phases_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_journey_phases_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_journey_phases')),
    sa.UniqueConstraint('client_id', 'journey_id', 'phase_number', name=op.f('uq_journey_phases_client_id_journey_id_phase_number')),
    schema='core'
    )
    op.create_index('ix_journey_phases_changed_xid', 'journey_phases', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_journey_phases_client_id_location_id', 'journey_phases', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_journey_phases_client_id_owner_id', 'journey_phases', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_table('journey_reviews',
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False),
    sa.Column('compliance_pct', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('quality_pct', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("status in ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED')", name=op.f('ck_journey_reviews_status_known')),
    sa.CheckConstraint("status not in ('COMPLETED') or (completed_at is not null and compliance_pct is not null)", name=op.f('ck_journey_reviews_completed_at_required')),
    sa.CheckConstraint('completed_at is null or (started_at is not null and completed_at >= started_at)', name=op.f('ck_journey_reviews_completed_at_after_started_at')),
    sa.CheckConstraint('compliance_pct between 0 and 100', name=op.f('ck_journey_reviews_compliance_pct_percent')),
    sa.CheckConstraint('quality_pct between 0 and 100', name=op.f('ck_journey_reviews_quality_pct_percent')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_journey_reviews_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_journey_reviews_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_journey_reviews_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_journey_reviews_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_journey_reviews')),
    sa.UniqueConstraint('client_id', 'journey_id', name=op.f('uq_journey_reviews_client_id_journey_id')),
    schema='core'
    )
    op.create_index('ix_journey_reviews_changed_xid', 'journey_reviews', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_journey_reviews_client_id_location_id', 'journey_reviews', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_journey_reviews_client_id_owner_id', 'journey_reviews', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_table('schedules',
    sa.Column('location_id', sa.Uuid(), nullable=False),
    sa.Column('journey_id', sa.Uuid(), nullable=True),
    sa.Column('maintenance_id', sa.Uuid(), nullable=True),
    sa.Column('replaced_by_id', sa.Uuid(), nullable=True),
    sa.Column('schedule_type', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'SCHEDULED'"), nullable=False),
    sa.Column('priority', sa.String(length=40), server_default=sa.text("'NORMAL'"), nullable=False),
    sa.Column('scheduled_on', sa.Date(), nullable=False),
    sa.Column('start_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('start_local_at', sa.DateTime(), nullable=False),
    sa.Column('end_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('end_local_at', sa.DateTime(), nullable=False),
    sa.Column('has_conflict', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('conflict_note', sa.String(length=500), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('description', sa.String(length=1000), nullable=True),
    sa.Column('recurrence', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('external_calendar_id', sa.String(length=200), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.CheckConstraint("journey_id is null or schedule_type in ('JOURNEY')", name=op.f('ck_schedules_journey_id_only_when')),
    sa.CheckConstraint("maintenance_id is null or schedule_type in ('MAINTENANCE')", name=op.f('ck_schedules_maintenance_id_only_when')),
    sa.CheckConstraint("priority in ('LOW', 'NORMAL', 'HIGH', 'URGENT')", name=op.f('ck_schedules_priority_known')),
    sa.CheckConstraint("replaced_by_id is null or status in ('RESCHEDULED')", name=op.f('ck_schedules_replaced_by_id_only_when')),
    sa.CheckConstraint("schedule_type in ('JOURNEY', 'MAINTENANCE', 'TRAINING', 'MEETING', 'OTHER')", name=op.f('ck_schedules_schedule_type_known')),
    sa.CheckConstraint("schedule_type not in ('JOURNEY') or (journey_id is not null)", name=op.f('ck_schedules_journey_id_required')),
    sa.CheckConstraint("schedule_type not in ('MAINTENANCE') or (maintenance_id is not null)", name=op.f('ck_schedules_maintenance_id_required')),
    sa.CheckConstraint("status in ('SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED', 'RESCHEDULED')", name=op.f('ck_schedules_status_known')),
    sa.CheckConstraint("status not in ('RESCHEDULED') or (replaced_by_id is not null)", name=op.f('ck_schedules_replaced_by_id_required')),
    sa.CheckConstraint('conflict_note is null or has_conflict', name=op.f('ck_schedules_conflict_note_flagged')),
    sa.CheckConstraint('end_at is null or (start_at is not null and end_at > start_at)', name=op.f('ck_schedules_end_at_after_start_at')),
    sa.CheckConstraint('replaced_by_id <> id', name=op.f('ck_schedules_replaced_by_another')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_schedules_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_schedules_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'maintenance_id'], ['core.equipment_maintenance.client_id', 'core.equipment_maintenance.id'], name=op.f('fk_schedules_client_id_maintenance_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_schedules_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'replaced_by_id'], ['core.schedules.client_id', 'core.schedules.id'], name=op.f('fk_schedules_client_id_replaced_by_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_schedules_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_schedules')),
    schema='core'
    )
    op.create_index('ix_schedules_changed_xid', 'schedules', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_schedules_client_id_location_id', 'schedules', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_schedules_client_id_location_id_scheduled_on', 'schedules', ['client_id', 'location_id', 'scheduled_on'], unique=False, schema='core')
    op.create_index('ix_schedules_client_id_owner_id', 'schedules', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_schedules_client_id_status_start_at', 'schedules', ['client_id', 'status', 'start_at'], unique=False, schema='core')
    op.create_index('uq_schedules_journey', 'schedules', ['client_id', 'journey_id'], unique=True, schema='core', postgresql_where=sa.text("status not in ('CANCELLED', 'RESCHEDULED')"))
    op.create_table('time_entries',
    sa.Column('journey_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.String(length=40), server_default=sa.text("'WORK'"), nullable=False),
    sa.Column('is_paid', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('worked_on', sa.Date(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_local_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_local_at', sa.DateTime(), nullable=True),
    sa.Column('approved_by_id', sa.Uuid(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('notes', sa.String(length=500), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    postgresql.ExcludeConstraint((sa.text("core.keyrange(user_id, user_id, '[]')"), '='), (sa.text('tstzrange(started_at, ended_at)'), '&&'), (sa.text("core.keyrange(client_id, client_id, '[]')"), '='), using='gist', name='ex_time_entries_overlap'),
    sa.CheckConstraint("ended_at - started_at <= interval '24 hours'", name=op.f('ck_time_entries_at_most_a_day')),
    sa.CheckConstraint("kind in ('WORK', 'TRAVEL', 'BREAK', 'YARD', 'TRAINING')", name=op.f('ck_time_entries_kind_known')),
    sa.CheckConstraint('approved_at is null or ended_at is not null', name=op.f('ck_time_entries_approved_is_ended')),
    sa.CheckConstraint('approved_by_id <> user_id', name=op.f('ck_time_entries_approved_by_another')),
    sa.CheckConstraint('ended_at is null or (started_at is not null and ended_at > started_at)', name=op.f('ck_time_entries_ended_at_after_started_at')),
    sa.CheckConstraint('num_nonnulls(approved_by_id, approved_at) in (0, 2)', name=op.f('ck_time_entries_approved_by_id_together')),
    sa.CheckConstraint('num_nonnulls(ended_at, ended_local_at) in (0, 2)', name=op.f('ck_time_entries_ended_at_together')),
    sa.ForeignKeyConstraint(['client_id', 'approved_by_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_time_entries_client_id_approved_by_id')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_time_entries_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_time_entries_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_time_entries_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_time_entries_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_time_entries')),
    schema='core'
    )
    op.create_index('ix_time_entries_changed_xid', 'time_entries', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_time_entries_client_id_journey_id', 'time_entries', ['client_id', 'journey_id'], unique=False, schema='core')
    op.create_index('ix_time_entries_client_id_location_id', 'time_entries', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_time_entries_client_id_user_id', 'time_entries', ['client_id', 'user_id'], unique=False, schema='core')
    op.create_index('ix_time_entries_client_id_user_id_worked_on', 'time_entries', ['client_id', 'user_id', 'worked_on'], unique=False, schema='core')
    op.create_table('damage_reports',
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('claim_id', sa.Uuid(), nullable=True),
    sa.Column('damage_type', sa.String(length=40), nullable=False),
    sa.Column('severity', sa.String(length=40), nullable=False),
    sa.Column('estimated_amount', sa.Numeric(precision=18, scale=2), nullable=True),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reported_on', sa.Date(), nullable=False),
    sa.Column('description', sa.String(length=2000), nullable=False),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_damage_reports_currency_known')),
    sa.CheckConstraint("damage_type in ('GOODS', 'PROPERTY', 'VEHICLE', 'INJURY', 'OTHER')", name=op.f('ck_damage_reports_damage_type_known')),
    sa.CheckConstraint("severity in ('MINOR', 'MODERATE', 'MAJOR')", name=op.f('ck_damage_reports_severity_known')),
    sa.CheckConstraint('estimated_amount >= 0', name=op.f('ck_damage_reports_estimated_amount_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id', 'claim_id'], ['core.claims.client_id', 'core.claims.journey_id', 'core.claims.id'], name=op.f('fk_damage_reports_client_id_journey_id_claim_id')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_damage_reports_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_damage_reports_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_damage_reports_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_damage_reports_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_damage_reports')),
    schema='core'
    )
    op.create_index('ix_damage_reports_changed_xid', 'damage_reports', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_damage_reports_client_id_journey_id', 'damage_reports', ['client_id', 'journey_id'], unique=False, schema='core')
    op.create_index('ix_damage_reports_client_id_location_id', 'damage_reports', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_damage_reports_client_id_owner_id', 'damage_reports', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_table('journey_checklist_items',
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('phase_number', sa.Integer(), nullable=False),
    sa.Column('item_key', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('description', sa.String(length=1000), nullable=True),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False),
    sa.Column('is_required', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('is_media_required', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('sort_order', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('completed_by_id', sa.Uuid(), nullable=True),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('skip_reason', sa.String(length=500), nullable=True),
    sa.Column('notes', sa.String(length=1000), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("status in ('PENDING', 'COMPLETED', 'SKIPPED')", name=op.f('ck_journey_checklist_items_status_known')),
    sa.CheckConstraint("status not in ('COMPLETED') or (completed_at is not null)", name=op.f('ck_journey_checklist_items_completed_at_required')),
    sa.CheckConstraint("status not in ('SKIPPED') or (skip_reason is not null)", name=op.f('ck_journey_checklist_items_skip_reason_required')),
    sa.CheckConstraint('completed_by_id is null or completed_at is not null', name=op.f('ck_journey_checklist_items_done_by')),
    sa.CheckConstraint('sort_order >= 0', name=op.f('ck_journey_checklist_items_sort_order_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'completed_by_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_journey_checklist_items_client_id_completed_by_id')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id', 'phase_number'], ['core.journey_phases.client_id', 'core.journey_phases.journey_id', 'core.journey_phases.phase_number'], name=op.f('fk_journey_checklist_items_client_id_journey_id_phase_number')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_journey_checklist_items_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_journey_checklist_items_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_journey_checklist_items_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_journey_checklist_items')),
    sa.UniqueConstraint('client_id', 'journey_id', 'phase_number', 'item_key', name='uq_journey_checklist_items_item'),
    schema='core'
    )
    op.create_index('ix_journey_checklist_items_changed_xid', 'journey_checklist_items', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_journey_checklist_items_client_id_location_id', 'journey_checklist_items', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_journey_checklist_items_client_id_owner_id', 'journey_checklist_items', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_table('journey_costs',
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('incurred_on', sa.Date(), nullable=False),
    sa.Column('quantity', sa.Numeric(precision=10, scale=2), server_default=sa.text('1'), nullable=False),
    sa.Column('unit_amount', sa.Numeric(precision=18, scale=4), nullable=False),
    sa.Column('amount', sa.Numeric(precision=18, scale=2), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default=sa.text("'CAD'"), nullable=False),
    sa.Column('time_entry_id', sa.Uuid(), nullable=True),
    sa.Column('fuel_purchase_id', sa.Uuid(), nullable=True),
    sa.Column('inventory_transaction_id', sa.Uuid(), nullable=True),
    sa.Column('claim_id', sa.Uuid(), nullable=True),
    sa.Column('description', sa.String(length=500), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("claim_id is null or kind in ('CLAIM')", name=op.f('ck_journey_costs_claim_id_only_when')),
    sa.CheckConstraint("currency in ('CAD', 'USD', 'EUR')", name=op.f('ck_journey_costs_currency_known')),
    sa.CheckConstraint("fuel_purchase_id is null or kind in ('FUEL')", name=op.f('ck_journey_costs_fuel_purchase_id_only_when')),
    sa.CheckConstraint("inventory_transaction_id is null or kind in ('MATERIAL')", name=op.f('ck_journey_costs_inventory_transaction_id_only_when')),
    sa.CheckConstraint("kind in ('LABOUR', 'FUEL', 'MATERIAL', 'TRUCK', 'CLAIM', 'ROYALTY', 'OTHER')", name=op.f('ck_journey_costs_kind_known')),
    sa.CheckConstraint("time_entry_id is null or kind in ('LABOUR')", name=op.f('ck_journey_costs_time_entry_id_only_when')),
    sa.CheckConstraint('amount = round(quantity * unit_amount, 2)', name=op.f('ck_journey_costs_amount_product')),
    sa.CheckConstraint('amount >= 0', name=op.f('ck_journey_costs_amount_not_negative')),
    sa.CheckConstraint('quantity >= 0', name=op.f('ck_journey_costs_quantity_not_negative')),
    sa.CheckConstraint('unit_amount >= 0', name=op.f('ck_journey_costs_unit_amount_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'claim_id'], ['core.claims.client_id', 'core.claims.id'], name=op.f('fk_journey_costs_client_id_claim_id')),
    sa.ForeignKeyConstraint(['client_id', 'fuel_purchase_id'], ['core.fuel_purchases.client_id', 'core.fuel_purchases.id'], name=op.f('fk_journey_costs_client_id_fuel_purchase_id')),
    sa.ForeignKeyConstraint(['client_id', 'inventory_transaction_id'], ['core.inventory_transactions.client_id', 'core.inventory_transactions.id'], name=op.f('fk_journey_costs_client_id_inventory_transaction_id')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_journey_costs_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_journey_costs_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_journey_costs_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'time_entry_id'], ['core.time_entries.client_id', 'core.time_entries.id'], name=op.f('fk_journey_costs_client_id_time_entry_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_journey_costs_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_journey_costs')),
    schema='core'
    )
    op.create_index('ix_journey_costs_changed_xid', 'journey_costs', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_journey_costs_client_id_journey_id_kind', 'journey_costs', ['client_id', 'journey_id', 'kind'], unique=False, schema='core')
    op.create_index('ix_journey_costs_client_id_location_id', 'journey_costs', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_journey_costs_client_id_owner_id', 'journey_costs', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('uq_journey_costs_claim_id', 'journey_costs', ['client_id', 'claim_id'], unique=True, schema='core', postgresql_where=sa.text('claim_id is not null'))
    op.create_index('uq_journey_costs_fuel_purchase_id', 'journey_costs', ['client_id', 'fuel_purchase_id'], unique=True, schema='core', postgresql_where=sa.text('fuel_purchase_id is not null'))
    op.create_index('uq_journey_costs_inventory_transaction_id', 'journey_costs', ['client_id', 'inventory_transaction_id'], unique=True, schema='core', postgresql_where=sa.text('inventory_transaction_id is not null'))
    op.create_index('uq_journey_costs_time_entry_id', 'journey_costs', ['client_id', 'time_entry_id'], unique=True, schema='core', postgresql_where=sa.text('time_entry_id is not null'))
    op.create_table('media',
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('phase_number', sa.Integer(), nullable=True),
    sa.Column('step_number', sa.Integer(), nullable=True),
    sa.Column('media_type', sa.String(length=40), server_default=sa.text("'PHOTO'"), nullable=False),
    sa.Column('object_key', sa.String(length=500), nullable=False),
    sa.Column('thumbnail_key', sa.String(length=500), nullable=True),
    sa.Column('file_name', sa.String(length=255), nullable=True),
    sa.Column('mime_type', sa.String(length=100), nullable=True),
    sa.Column('byte_count', sa.BigInteger(), nullable=True),
    sa.Column('width_pixels', sa.Integer(), nullable=True),
    sa.Column('height_pixels', sa.Integer(), nullable=True),
    sa.Column('duration_seconds', sa.Integer(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('captured_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tags', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("byte_count <= case media_type when 'PHOTO' then 10485760 when 'VIDEO' then 104857600 when 'DOCUMENT' then 52428800 when 'SIGNATURE' then 5242880 when 'AUDIO' then 52428800 end", name=op.f('ck_media_byte_count_limit')),
    sa.CheckConstraint("media_type in ('PHOTO', 'VIDEO', 'SIGNATURE', 'DOCUMENT', 'AUDIO')", name=op.f('ck_media_media_type_known')),
    sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f('ck_media_sha256_hexadecimal')),
    sa.CheckConstraint('byte_count > 0', name=op.f('ck_media_byte_count_positive')),
    sa.CheckConstraint('duration_seconds >= 0', name=op.f('ck_media_duration_seconds_not_negative')),
    sa.CheckConstraint('height_pixels > 0', name=op.f('ck_media_height_pixels_positive')),
    sa.CheckConstraint('width_pixels > 0', name=op.f('ck_media_width_pixels_positive')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id', 'phase_number'], ['core.journey_phases.client_id', 'core.journey_phases.journey_id', 'core.journey_phases.phase_number'], name=op.f('fk_media_client_id_journey_id_phase_number')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id', 'step_number'], ['core.journey_steps.client_id', 'core.journey_steps.journey_id', 'core.journey_steps.step_number'], name=op.f('fk_media_client_id_journey_id_step_number')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_media_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_media_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_media_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_media_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_media')),
    sa.UniqueConstraint('client_id', 'journey_id', 'id', name=op.f('uq_media_client_id_journey_id_id')),
    sa.UniqueConstraint('client_id', 'journey_id', 'sha256', name=op.f('uq_media_client_id_journey_id_sha256')),
    schema='core'
    )
    op.create_index('ix_media_changed_xid', 'media', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_media_client_id_journey_id_media_type', 'media', ['client_id', 'journey_id', 'media_type'], unique=False, schema='core')
    op.create_index('ix_media_client_id_location_id', 'media', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_media_client_id_user_id', 'media', ['client_id', 'user_id'], unique=False, schema='core')
    op.create_table('mobile_journey_updates',
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('step_number', sa.Integer(), nullable=True),
    sa.Column('update_type', sa.String(length=40), nullable=False),
    sa.Column('client_update_id', sa.Uuid(), nullable=False),
    sa.Column('base_version', sa.Integer(), nullable=True),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('occurred_on', sa.Date(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('synced_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sync_status', sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False),
    sa.Column('sync_error', sa.String(length=500), nullable=True),
    sa.Column('retry_count', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('last_retry_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('position', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("occurred_at - received_at <= interval '5 minutes'", name=op.f('ck_mobile_journey_updates_occurred_at_not_ahead')),
    sa.CheckConstraint("sync_status in ('PENDING', 'SYNCING', 'SYNCED', 'FAILED', 'CONFLICT')", name=op.f('ck_mobile_journey_updates_sync_status_known')),
    sa.CheckConstraint("sync_status not in ('FAILED', 'CONFLICT') or (sync_error is not null)", name=op.f('ck_mobile_journey_updates_sync_error_required')),
    sa.CheckConstraint("sync_status not in ('SYNCED') or (synced_at is not null)", name=op.f('ck_mobile_journey_updates_synced_at_required')),
    sa.CheckConstraint("synced_at is null or sync_status in ('SYNCED')", name=op.f('ck_mobile_journey_updates_synced_at_only_when')),
    sa.CheckConstraint("update_type in ('STATUS', 'LOCATION', 'NOTE', 'CHECKLIST', 'MEDIA')", name=op.f('ck_mobile_journey_updates_update_type_known')),
    sa.CheckConstraint('base_version > 0', name=op.f('ck_mobile_journey_updates_base_version_positive')),
    sa.CheckConstraint('retry_count between 0 and 5', name=op.f('ck_mobile_journey_updates_retry_count_range')),
    sa.CheckConstraint('synced_at is null or (received_at is not null and synced_at >= received_at)', name=op.f('ck_mobile_journey_updates_synced_at_after_received_at')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id', 'step_number'], ['core.journey_steps.client_id', 'core.journey_steps.journey_id', 'core.journey_steps.step_number'], name=op.f('fk_mobile_journey_updates_client_id_journey_id_step_number')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_mobile_journey_updates_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_mobile_journey_updates_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id', 'session_id'], ['core.mobile_sessions.client_id', 'core.mobile_sessions.user_id', 'core.mobile_sessions.id'], name=op.f('fk_mobile_journey_updates_client_id_user_id_session_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_mobile_journey_updates_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_mobile_journey_updates_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_mobile_journey_updates')),
    sa.UniqueConstraint('client_id', 'client_update_id', name=op.f('uq_mobile_journey_updates_client_id_client_update_id')),
    schema='core'
    )
    op.create_index('ix_mobile_journey_updates_changed_xid', 'mobile_journey_updates', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_mobile_journey_updates_client_id_journey_id_update_type', 'mobile_journey_updates', ['client_id', 'journey_id', 'update_type'], unique=False, schema='core')
    op.create_index('ix_mobile_journey_updates_client_id_location_id', 'mobile_journey_updates', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_mobile_journey_updates_client_id_session_id', 'mobile_journey_updates', ['client_id', 'session_id'], unique=False, schema='core')
    op.create_index('ix_mobile_journey_updates_client_id_sync_status_received_at', 'mobile_journey_updates', ['client_id', 'sync_status', 'received_at'], unique=False, schema='core')
    op.create_index('ix_mobile_journey_updates_client_id_user_id', 'mobile_journey_updates', ['client_id', 'user_id'], unique=False, schema='core')
    op.create_table('review_findings',
    sa.Column('review_id', sa.Uuid(), nullable=False),
    sa.Column('severity', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'OPEN'"), nullable=False),
    sa.Column('finding_type', sa.String(length=60), nullable=False),
    sa.Column('description', sa.String(length=1000), nullable=False),
    sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("severity in ('CRITICAL', 'MAJOR', 'MINOR')", name=op.f('ck_review_findings_severity_known')),
    sa.CheckConstraint("status in ('OPEN', 'IN_PROGRESS', 'RESOLVED')", name=op.f('ck_review_findings_status_known')),
    sa.CheckConstraint("status not in ('RESOLVED') or (resolved_at is not null)", name=op.f('ck_review_findings_resolved_at_required')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_review_findings_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_review_findings_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'review_id'], ['core.journey_reviews.client_id', 'core.journey_reviews.id'], name=op.f('fk_review_findings_client_id_review_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_review_findings_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_review_findings')),
    schema='core'
    )
    op.create_index('ix_review_findings_changed_xid', 'review_findings', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_review_findings_client_id_location_id', 'review_findings', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_review_findings_client_id_owner_id', 'review_findings', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_review_findings_client_id_review_id', 'review_findings', ['client_id', 'review_id'], unique=False, schema='core')
    op.create_table('schedule_resources',
    sa.Column('schedule_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('equipment_id', sa.Uuid(), nullable=True),
    sa.Column('start_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('end_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_released', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("(kind = 'USER') = (user_id is not null) and (kind = 'EQUIPMENT') = (equipment_id is not null)", name=op.f('ck_schedule_resources_kind_matches')),
    sa.CheckConstraint("kind in ('USER', 'EQUIPMENT')", name=op.f('ck_schedule_resources_kind_known')),
    sa.CheckConstraint('end_at is null or (start_at is not null and end_at > start_at)', name=op.f('ck_schedule_resources_end_at_after_start_at')),
    sa.ForeignKeyConstraint(['client_id', 'equipment_id'], ['core.equipment.client_id', 'core.equipment.id'], name=op.f('fk_schedule_resources_client_id_equipment_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_schedule_resources_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_schedule_resources_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'schedule_id'], ['core.schedules.client_id', 'core.schedules.id'], name=op.f('fk_schedule_resources_client_id_schedule_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_schedule_resources_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_schedule_resources_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_schedule_resources')),
    schema='core'
    )
    op.create_index('ix_schedule_resources_changed_xid', 'schedule_resources', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_schedule_resources_client_id_location_id', 'schedule_resources', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_schedule_resources_client_id_owner_id', 'schedule_resources', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_schedule_resources_client_id_schedule_id', 'schedule_resources', ['client_id', 'schedule_id'], unique=False, schema='core')
    op.create_table('step_activities',
    sa.Column('step_id', sa.Uuid(), nullable=False),
    sa.Column('activity_type', sa.String(length=40), server_default=sa.text("'CHECKLIST'"), nullable=False),
    sa.Column('status', sa.String(length=40), server_default=sa.text("'COMPLETED'"), nullable=False),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('duration_seconds', sa.Integer(), nullable=True),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('position', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("activity_type in ('CHECKLIST', 'PHOTO', 'VIDEO', 'APPROVAL', 'NOTE', 'SIGNATURE', 'GPS', 'TIMER')", name=op.f('ck_step_activities_activity_type_known')),
    sa.CheckConstraint("status in ('PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED')", name=op.f('ck_step_activities_status_known')),
    sa.CheckConstraint('duration_seconds >= 0', name=op.f('ck_step_activities_duration_seconds_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_step_activities_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_step_activities_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id', 'step_id'], ['core.journey_steps.client_id', 'core.journey_steps.id'], name=op.f('fk_step_activities_client_id_step_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_step_activities_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_step_activities')),
    schema='core'
    )
    op.create_index('ix_step_activities_changed_xid', 'step_activities', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_step_activities_client_id_location_id', 'step_activities', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_step_activities_client_id_owner_id', 'step_activities', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_index('ix_step_activities_client_id_step_id_activity_type', 'step_activities', ['client_id', 'step_id', 'activity_type'], unique=False, schema='core')
    op.create_table('journey_media_requirements',
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('phase_number', sa.Integer(), nullable=False),
    sa.Column('item_key', sa.String(length=60), nullable=False),
    sa.Column('media_type', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('description', sa.String(length=1000), nullable=True),
    sa.Column('is_required', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('sort_order', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('quality_standards', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('satisfied_by_media_id', sa.Uuid(), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("media_type in ('PHOTO', 'VIDEO', 'SIGNATURE', 'DOCUMENT', 'AUDIO')", name=op.f('ck_journey_media_requirements_media_type_known')),
    sa.CheckConstraint('sort_order >= 0', name=op.f('ck_journey_media_requirements_sort_order_not_negative')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id', 'phase_number'], ['core.journey_phases.client_id', 'core.journey_phases.journey_id', 'core.journey_phases.phase_number'], name=op.f('fk_journey_media_requirements_client_id_journey_id_phase_number')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id', 'satisfied_by_media_id'], ['core.media.client_id', 'core.media.journey_id', 'core.media.id'], name=op.f('fk_journey_media_requirements_client_id_journey_id_satisfied_by_media_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_journey_media_requirements_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'owner_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_journey_media_requirements_client_id_owner_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_journey_media_requirements_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_journey_media_requirements')),
    sa.UniqueConstraint('client_id', 'journey_id', 'phase_number', 'item_key', name='uq_journey_media_requirements_item'),
    schema='core'
    )
    op.create_index('ix_journey_media_requirements_changed_xid', 'journey_media_requirements', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_journey_media_requirements_client_id_location_id', 'journey_media_requirements', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_journey_media_requirements_client_id_owner_id', 'journey_media_requirements', ['client_id', 'owner_id'], unique=False, schema='core')
    op.create_table('mobile_media_items',
    sa.Column('session_id', sa.Uuid(), nullable=True),
    sa.Column('journey_id', sa.Uuid(), nullable=False),
    sa.Column('media_id', sa.Uuid(), nullable=True),
    sa.Column('media_type', sa.String(length=40), nullable=False),
    sa.Column('file_path', sa.String(length=500), nullable=False),
    sa.Column('thumbnail_path', sa.String(length=500), nullable=True),
    sa.Column('mime_type', sa.String(length=100), nullable=True),
    sa.Column('byte_count', sa.BigInteger(), nullable=True),
    sa.Column('width_pixels', sa.Integer(), nullable=True),
    sa.Column('height_pixels', sa.Integer(), nullable=True),
    sa.Column('duration_seconds', sa.Integer(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('captured_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('upload_status', sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False),
    sa.Column('upload_pct', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('retry_count', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('tags', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('location_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('changed_xid', crm_core.models.base.Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.CheckConstraint("(upload_status = 'COMPLETED') = (upload_pct = 100)", name=op.f('ck_mobile_media_items_upload_pct_completed')),
    sa.CheckConstraint("media_id is null or upload_status in ('COMPLETED')", name=op.f('ck_mobile_media_items_media_id_only_when')),
    sa.CheckConstraint("media_type in ('PHOTO', 'VIDEO', 'SIGNATURE', 'DOCUMENT', 'AUDIO')", name=op.f('ck_mobile_media_items_media_type_known')),
    sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f('ck_mobile_media_items_sha256_hexadecimal')),
    sa.CheckConstraint("upload_status in ('PENDING', 'UPLOADING', 'COMPLETED', 'FAILED')", name=op.f('ck_mobile_media_items_upload_status_known')),
    sa.CheckConstraint("upload_status not in ('COMPLETED') or (media_id is not null)", name=op.f('ck_mobile_media_items_media_id_required')),
    sa.CheckConstraint('byte_count > 0', name=op.f('ck_mobile_media_items_byte_count_positive')),
    sa.CheckConstraint('duration_seconds >= 0', name=op.f('ck_mobile_media_items_duration_seconds_not_negative')),
    sa.CheckConstraint('height_pixels > 0', name=op.f('ck_mobile_media_items_height_pixels_positive')),
    sa.CheckConstraint('retry_count between 0 and 5', name=op.f('ck_mobile_media_items_retry_count_range')),
    sa.CheckConstraint('upload_pct between 0 and 100', name=op.f('ck_mobile_media_items_upload_pct_percent')),
    sa.CheckConstraint('width_pixels > 0', name=op.f('ck_mobile_media_items_width_pixels_positive')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id', 'media_id'], ['core.media.client_id', 'core.media.journey_id', 'core.media.id'], name=op.f('fk_mobile_media_items_client_id_journey_id_media_id')),
    sa.ForeignKeyConstraint(['client_id', 'journey_id'], ['core.truck_journeys.client_id', 'core.truck_journeys.id'], name=op.f('fk_mobile_media_items_client_id_journey_id')),
    sa.ForeignKeyConstraint(['client_id', 'location_id'], ['core.locations.client_id', 'core.locations.id'], name=op.f('fk_mobile_media_items_client_id_location_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id', 'session_id'], ['core.mobile_sessions.client_id', 'core.mobile_sessions.user_id', 'core.mobile_sessions.id'], name=op.f('fk_mobile_media_items_client_id_user_id_session_id')),
    sa.ForeignKeyConstraint(['client_id', 'user_id'], ['core.users.client_id', 'core.users.id'], name=op.f('fk_mobile_media_items_client_id_user_id')),
    sa.ForeignKeyConstraint(['client_id'], ['core.clients.id'], name=op.f('fk_mobile_media_items_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'id', name=op.f('pk_mobile_media_items')),
    schema='core'
    )
    op.create_index('ix_mobile_media_items_changed_xid', 'mobile_media_items', ['changed_xid'], unique=False, schema='core')
    op.create_index('ix_mobile_media_items_client_id_journey_id', 'mobile_media_items', ['client_id', 'journey_id'], unique=False, schema='core')
    op.create_index('ix_mobile_media_items_client_id_location_id', 'mobile_media_items', ['client_id', 'location_id'], unique=False, schema='core')
    op.create_index('ix_mobile_media_items_client_id_upload_status_retry_count', 'mobile_media_items', ['client_id', 'upload_status', 'retry_count'], unique=False, schema='core')
    op.create_index('ix_mobile_media_items_client_id_user_id', 'mobile_media_items', ['client_id', 'user_id'], unique=False, schema='core')
    op.add_column('journey_steps', sa.Column('description', sa.String(length=1000), nullable=True), schema='core')
    op.add_column('journey_steps', sa.Column('estimated_minutes', sa.Integer(), nullable=True), schema='core')
    op.add_column('journey_steps', sa.Column('notes', sa.String(length=1000), nullable=True), schema='core')
    op.add_column('journey_steps', sa.Column('position', postgresql.JSONB(astext_type=sa.Text()), nullable=True), schema='core')
    op.add_column('journey_steps', sa.Column('lock_version', sa.Integer(), server_default=sa.text('1'), nullable=False), schema='core')
    op.add_column('truck_journeys', sa.Column('description', sa.String(length=2000), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('tags', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False), schema='core')
    op.add_column('truck_journeys', sa.Column('billing_status', sa.String(length=40), server_default=sa.text("'PENDING'"), nullable=False), schema='core')
    op.add_column('truck_journeys', sa.Column('current_phase', sa.Integer(), server_default=sa.text('1'), nullable=False), schema='core')
    op.add_column('truck_journeys', sa.Column('move_source_id', sa.Uuid(), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('planned_start_local_at', sa.DateTime(), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('arrival_window_start_at', sa.DateTime(timezone=True), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('estimated_minutes', sa.Integer(), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('actual_minutes', sa.Integer(), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('started_local_at', sa.DateTime(), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('arrived_local_at', sa.DateTime(), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('completed_local_at', sa.DateTime(), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('equipment_id', sa.Uuid(), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('origin_address', postgresql.JSONB(astext_type=sa.Text()), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('destination_address', postgresql.JSONB(astext_type=sa.Text()), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('origin_postal_area', sa.String(length=3), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('destination_postal_area', sa.String(length=3), nullable=True), schema='core')
    op.add_column('truck_journeys', sa.Column('route', postgresql.JSONB(astext_type=sa.Text()), nullable=True), schema='core')
    for table, name, definition in ON_LIVE_TABLES:
        add_constraint(name, table, definition)


def downgrade() -> None:
    for table, name, _ in ON_LIVE_TABLES:
        op.execute(f"alter table core.{table} drop constraint {name}")
    op.drop_column('truck_journeys', 'route', schema='core')
    op.drop_column('truck_journeys', 'destination_postal_area', schema='core')
    op.drop_column('truck_journeys', 'origin_postal_area', schema='core')
    op.drop_column('truck_journeys', 'destination_address', schema='core')
    op.drop_column('truck_journeys', 'origin_address', schema='core')
    op.drop_column('truck_journeys', 'equipment_id', schema='core')
    op.drop_column('truck_journeys', 'completed_local_at', schema='core')
    op.drop_column('truck_journeys', 'arrived_local_at', schema='core')
    op.drop_column('truck_journeys', 'started_local_at', schema='core')
    op.drop_column('truck_journeys', 'actual_minutes', schema='core')
    op.drop_column('truck_journeys', 'estimated_minutes', schema='core')
    op.drop_column('truck_journeys', 'arrival_window_start_at', schema='core')
    op.drop_column('truck_journeys', 'planned_start_local_at', schema='core')
    op.drop_column('truck_journeys', 'move_source_id', schema='core')
    op.drop_column('truck_journeys', 'current_phase', schema='core')
    op.drop_column('truck_journeys', 'billing_status', schema='core')
    op.drop_column('truck_journeys', 'tags', schema='core')
    op.drop_column('truck_journeys', 'description', schema='core')
    op.drop_column('journey_steps', 'lock_version', schema='core')
    op.drop_column('journey_steps', 'position', schema='core')
    op.drop_column('journey_steps', 'notes', schema='core')
    op.drop_column('journey_steps', 'estimated_minutes', schema='core')
    op.drop_column('journey_steps', 'description', schema='core')
    op.drop_index('ix_mobile_media_items_client_id_user_id', table_name='mobile_media_items', schema='core')
    op.drop_index('ix_mobile_media_items_client_id_upload_status_retry_count', table_name='mobile_media_items', schema='core')
    op.drop_index('ix_mobile_media_items_client_id_location_id', table_name='mobile_media_items', schema='core')
    op.drop_index('ix_mobile_media_items_client_id_journey_id', table_name='mobile_media_items', schema='core')
    op.drop_index('ix_mobile_media_items_changed_xid', table_name='mobile_media_items', schema='core')
    op.drop_table('mobile_media_items', schema='core')
    op.drop_index('ix_journey_media_requirements_client_id_owner_id', table_name='journey_media_requirements', schema='core')
    op.drop_index('ix_journey_media_requirements_client_id_location_id', table_name='journey_media_requirements', schema='core')
    op.drop_index('ix_journey_media_requirements_changed_xid', table_name='journey_media_requirements', schema='core')
    op.drop_table('journey_media_requirements', schema='core')
    op.drop_index('ix_step_activities_client_id_step_id_activity_type', table_name='step_activities', schema='core')
    op.drop_index('ix_step_activities_client_id_owner_id', table_name='step_activities', schema='core')
    op.drop_index('ix_step_activities_client_id_location_id', table_name='step_activities', schema='core')
    op.drop_index('ix_step_activities_changed_xid', table_name='step_activities', schema='core')
    op.drop_table('step_activities', schema='core')
    op.drop_index('ix_schedule_resources_client_id_schedule_id', table_name='schedule_resources', schema='core')
    op.drop_index('ix_schedule_resources_client_id_owner_id', table_name='schedule_resources', schema='core')
    op.drop_index('ix_schedule_resources_client_id_location_id', table_name='schedule_resources', schema='core')
    op.drop_index('ix_schedule_resources_changed_xid', table_name='schedule_resources', schema='core')
    op.drop_table('schedule_resources', schema='core')
    op.drop_index('ix_review_findings_client_id_review_id', table_name='review_findings', schema='core')
    op.drop_index('ix_review_findings_client_id_owner_id', table_name='review_findings', schema='core')
    op.drop_index('ix_review_findings_client_id_location_id', table_name='review_findings', schema='core')
    op.drop_index('ix_review_findings_changed_xid', table_name='review_findings', schema='core')
    op.drop_table('review_findings', schema='core')
    op.drop_index('ix_mobile_journey_updates_client_id_user_id', table_name='mobile_journey_updates', schema='core')
    op.drop_index('ix_mobile_journey_updates_client_id_sync_status_received_at', table_name='mobile_journey_updates', schema='core')
    op.drop_index('ix_mobile_journey_updates_client_id_session_id', table_name='mobile_journey_updates', schema='core')
    op.drop_index('ix_mobile_journey_updates_client_id_location_id', table_name='mobile_journey_updates', schema='core')
    op.drop_index('ix_mobile_journey_updates_client_id_journey_id_update_type', table_name='mobile_journey_updates', schema='core')
    op.drop_index('ix_mobile_journey_updates_changed_xid', table_name='mobile_journey_updates', schema='core')
    op.drop_table('mobile_journey_updates', schema='core')
    op.drop_index('ix_media_client_id_user_id', table_name='media', schema='core')
    op.drop_index('ix_media_client_id_location_id', table_name='media', schema='core')
    op.drop_index('ix_media_client_id_journey_id_media_type', table_name='media', schema='core')
    op.drop_index('ix_media_changed_xid', table_name='media', schema='core')
    op.drop_table('media', schema='core')
    op.drop_index('uq_journey_costs_time_entry_id', table_name='journey_costs', schema='core', postgresql_where=sa.text('time_entry_id is not null'))
    op.drop_index('uq_journey_costs_inventory_transaction_id', table_name='journey_costs', schema='core', postgresql_where=sa.text('inventory_transaction_id is not null'))
    op.drop_index('uq_journey_costs_fuel_purchase_id', table_name='journey_costs', schema='core', postgresql_where=sa.text('fuel_purchase_id is not null'))
    op.drop_index('uq_journey_costs_claim_id', table_name='journey_costs', schema='core', postgresql_where=sa.text('claim_id is not null'))
    op.drop_index('ix_journey_costs_client_id_owner_id', table_name='journey_costs', schema='core')
    op.drop_index('ix_journey_costs_client_id_location_id', table_name='journey_costs', schema='core')
    op.drop_index('ix_journey_costs_client_id_journey_id_kind', table_name='journey_costs', schema='core')
    op.drop_index('ix_journey_costs_changed_xid', table_name='journey_costs', schema='core')
    op.drop_table('journey_costs', schema='core')
    op.drop_index('ix_journey_checklist_items_client_id_owner_id', table_name='journey_checklist_items', schema='core')
    op.drop_index('ix_journey_checklist_items_client_id_location_id', table_name='journey_checklist_items', schema='core')
    op.drop_index('ix_journey_checklist_items_changed_xid', table_name='journey_checklist_items', schema='core')
    op.drop_table('journey_checklist_items', schema='core')
    op.drop_index('ix_damage_reports_client_id_owner_id', table_name='damage_reports', schema='core')
    op.drop_index('ix_damage_reports_client_id_location_id', table_name='damage_reports', schema='core')
    op.drop_index('ix_damage_reports_client_id_journey_id', table_name='damage_reports', schema='core')
    op.drop_index('ix_damage_reports_changed_xid', table_name='damage_reports', schema='core')
    op.drop_table('damage_reports', schema='core')
    op.drop_index('ix_time_entries_client_id_user_id_worked_on', table_name='time_entries', schema='core')
    op.drop_index('ix_time_entries_client_id_user_id', table_name='time_entries', schema='core')
    op.drop_index('ix_time_entries_client_id_location_id', table_name='time_entries', schema='core')
    op.drop_index('ix_time_entries_client_id_journey_id', table_name='time_entries', schema='core')
    op.drop_index('ix_time_entries_changed_xid', table_name='time_entries', schema='core')
    op.drop_table('time_entries', schema='core')
    op.drop_index('uq_schedules_journey', table_name='schedules', schema='core', postgresql_where=sa.text("status not in ('CANCELLED', 'RESCHEDULED')"))
    op.drop_index('ix_schedules_client_id_status_start_at', table_name='schedules', schema='core')
    op.drop_index('ix_schedules_client_id_owner_id', table_name='schedules', schema='core')
    op.drop_index('ix_schedules_client_id_location_id_scheduled_on', table_name='schedules', schema='core')
    op.drop_index('ix_schedules_client_id_location_id', table_name='schedules', schema='core')
    op.drop_index('ix_schedules_changed_xid', table_name='schedules', schema='core')
    op.drop_table('schedules', schema='core')
    op.drop_index('ix_journey_reviews_client_id_owner_id', table_name='journey_reviews', schema='core')
    op.drop_index('ix_journey_reviews_client_id_location_id', table_name='journey_reviews', schema='core')
    op.drop_index('ix_journey_reviews_changed_xid', table_name='journey_reviews', schema='core')
    op.drop_table('journey_reviews', schema='core')
    op.drop_index('ix_journey_phases_client_id_owner_id', table_name='journey_phases', schema='core')
    op.drop_index('ix_journey_phases_client_id_location_id', table_name='journey_phases', schema='core')
    op.drop_index('ix_journey_phases_changed_xid', table_name='journey_phases', schema='core')
    op.drop_table('journey_phases', schema='core')
    op.drop_index('ix_journey_entries_client_id_user_id', table_name='journey_entries', schema='core')
    op.drop_index('ix_journey_entries_client_id_location_id', table_name='journey_entries', schema='core')
    op.drop_index('ix_journey_entries_client_id_journey_id_occurred_at', table_name='journey_entries', schema='core')
    op.drop_index('ix_journey_entries_changed_xid', table_name='journey_entries', schema='core')
    op.drop_table('journey_entries', schema='core')
    op.drop_index('ix_inventory_transactions_client_id_transfer_group_id', table_name='inventory_transactions', schema='core')
    op.drop_index('ix_inventory_transactions_client_id_owner_id', table_name='inventory_transactions', schema='core')
    op.drop_index('ix_inventory_transactions_client_id_location_id_occurred_on', table_name='inventory_transactions', schema='core')
    op.drop_index('ix_inventory_transactions_client_id_location_id', table_name='inventory_transactions', schema='core')
    op.drop_index('ix_inventory_transactions_client_id_journey_id', table_name='inventory_transactions', schema='core')
    op.drop_index('ix_inventory_transactions_changed_xid', table_name='inventory_transactions', schema='core')
    op.drop_table('inventory_transactions', schema='core')
    op.drop_index('ix_fuel_purchases_client_id_owner_id', table_name='fuel_purchases', schema='core')
    op.drop_index('ix_fuel_purchases_client_id_location_id', table_name='fuel_purchases', schema='core')
    op.drop_index('ix_fuel_purchases_client_id_journey_id', table_name='fuel_purchases', schema='core')
    op.drop_index('ix_fuel_purchases_client_id_equipment_id_purchased_at', table_name='fuel_purchases', schema='core')
    op.drop_index('ix_fuel_purchases_changed_xid', table_name='fuel_purchases', schema='core')
    op.drop_table('fuel_purchases', schema='core')
    op.drop_index('ix_equipment_assignments_client_id_owner_id', table_name='equipment_assignments', schema='core')
    op.drop_index('ix_equipment_assignments_client_id_location_id', table_name='equipment_assignments', schema='core')
    op.drop_index('ix_equipment_assignments_client_id_journey_id', table_name='equipment_assignments', schema='core')
    op.drop_index('ix_equipment_assignments_client_id_equipment_id_start_at', table_name='equipment_assignments', schema='core')
    op.drop_index('ix_equipment_assignments_changed_xid', table_name='equipment_assignments', schema='core')
    op.drop_table('equipment_assignments', schema='core')
    op.drop_index('ix_claims_client_id_status_opened_on', table_name='claims', schema='core')
    op.drop_index('ix_claims_client_id_owner_id', table_name='claims', schema='core')
    op.drop_index('ix_claims_client_id_location_id', table_name='claims', schema='core')
    op.drop_index('ix_claims_client_id_journey_id', table_name='claims', schema='core')
    op.drop_index('ix_claims_client_id_customer_id', table_name='claims', schema='core')
    op.drop_index('ix_claims_changed_xid', table_name='claims', schema='core')
    op.drop_table('claims', schema='core')
    op.drop_index('uq_assigned_crew_lead', table_name='assigned_crew', schema='core', postgresql_where=sa.text("is_lead and status in ('ASSIGNED', 'CONFIRMED', 'ON_SITE', 'COMPLETED')"))
    op.drop_index('ix_assigned_crew_client_id_user_id_planned_start_at', table_name='assigned_crew', schema='core')
    op.drop_index('ix_assigned_crew_client_id_user_id', table_name='assigned_crew', schema='core')
    op.drop_index('ix_assigned_crew_client_id_location_id', table_name='assigned_crew', schema='core')
    op.drop_index('ix_assigned_crew_changed_xid', table_name='assigned_crew', schema='core')
    op.drop_table('assigned_crew', schema='core')
    op.drop_index('ix_purchase_order_items_client_id_owner_id', table_name='purchase_order_items', schema='core')
    op.drop_index('ix_purchase_order_items_client_id_location_id', table_name='purchase_order_items', schema='core')
    op.drop_index('ix_purchase_order_items_client_id_inventory_item_id', table_name='purchase_order_items', schema='core')
    op.drop_index('ix_purchase_order_items_changed_xid', table_name='purchase_order_items', schema='core')
    op.drop_table('purchase_order_items', schema='core')
    op.drop_index('ix_mobile_notifications_client_id_user_id_raised_at', table_name='mobile_notifications', schema='core')
    op.drop_index('ix_mobile_notifications_client_id_user_id', table_name='mobile_notifications', schema='core')
    op.drop_index('ix_mobile_notifications_client_id_location_id', table_name='mobile_notifications', schema='core')
    op.drop_index('ix_mobile_notifications_changed_xid', table_name='mobile_notifications', schema='core')
    op.drop_table('mobile_notifications', schema='core')
    op.drop_index('ix_equipment_maintenance_client_id_owner_id', table_name='equipment_maintenance', schema='core')
    op.drop_index('ix_equipment_maintenance_client_id_location_id', table_name='equipment_maintenance', schema='core')
    op.drop_index('ix_equipment_maintenance_client_id_equipment_id_performed_on', table_name='equipment_maintenance', schema='core')
    op.drop_index('ix_equipment_maintenance_changed_xid', table_name='equipment_maintenance', schema='core')
    op.drop_table('equipment_maintenance', schema='core')
    op.drop_index('ix_wage_rates_client_id_user_id', table_name='wage_rates', schema='core')
    op.drop_index('ix_wage_rates_client_id_location_id', table_name='wage_rates', schema='core')
    op.drop_index('ix_wage_rates_changed_xid', table_name='wage_rates', schema='core')
    op.drop_table('wage_rates', schema='core')
    op.drop_index('ix_purchase_orders_client_id_supplier_id_ordered_on', table_name='purchase_orders', schema='core')
    op.drop_index('ix_purchase_orders_client_id_owner_id', table_name='purchase_orders', schema='core')
    op.drop_index('ix_purchase_orders_client_id_location_id', table_name='purchase_orders', schema='core')
    op.drop_index('ix_purchase_orders_changed_xid', table_name='purchase_orders', schema='core')
    op.drop_table('purchase_orders', schema='core')
    op.drop_index('uq_mobile_sessions_active_device', table_name='mobile_sessions', schema='core', postgresql_where=sa.text('is_active'))
    op.drop_index('ix_mobile_sessions_client_id_user_id', table_name='mobile_sessions', schema='core')
    op.drop_index('ix_mobile_sessions_client_id_sync_status_last_synced_at', table_name='mobile_sessions', schema='core')
    op.drop_index('ix_mobile_sessions_client_id_location_id', table_name='mobile_sessions', schema='core')
    op.drop_index('ix_mobile_sessions_changed_xid', table_name='mobile_sessions', schema='core')
    op.drop_table('mobile_sessions', schema='core')
    op.drop_index('uq_inventory_items_barcode', table_name='inventory_items', schema='core', postgresql_where=sa.text('barcode is not null'))
    op.drop_index('ix_inventory_items_client_id_owner_id', table_name='inventory_items', schema='core')
    op.drop_index('ix_inventory_items_client_id_location_id_category', table_name='inventory_items', schema='core')
    op.drop_index('ix_inventory_items_client_id_location_id', table_name='inventory_items', schema='core')
    op.drop_index('ix_inventory_items_changed_xid', table_name='inventory_items', schema='core')
    op.drop_table('inventory_items', schema='core')
    op.drop_index('uq_equipment_serial', table_name='equipment', schema='core', postgresql_where=sa.text('serial_number is not null'))
    op.drop_index('uq_equipment_plate', table_name='equipment', schema='core', postgresql_where=sa.text('licence_plate is not null'))
    op.drop_index('ix_equipment_client_id_status_next_maintenance_on', table_name='equipment', schema='core')
    op.drop_index('ix_equipment_client_id_owner_id', table_name='equipment', schema='core')
    op.drop_index('ix_equipment_client_id_location_id_equipment_type_status', table_name='equipment', schema='core')
    op.drop_index('ix_equipment_client_id_location_id', table_name='equipment', schema='core')
    op.drop_index('ix_equipment_changed_xid', table_name='equipment', schema='core')
    op.drop_table('equipment', schema='core')
    op.drop_index('ix_availabilities_client_id_user_id_available_on', table_name='availabilities', schema='core')
    op.drop_index('ix_availabilities_client_id_user_id', table_name='availabilities', schema='core')
    op.drop_index('ix_availabilities_client_id_location_id', table_name='availabilities', schema='core')
    op.drop_index('ix_availabilities_changed_xid', table_name='availabilities', schema='core')
    op.drop_table('availabilities', schema='core')
    op.drop_index('ix_occupancies_client_id_location_id_start_at', table_name='occupancies', schema='core')
    op.drop_index('ix_occupancies_changed_xid', table_name='occupancies', schema='core')
    op.drop_table('occupancies', schema='core')
    op.drop_index('ix_suppliers_changed_xid', table_name='suppliers', schema='core')
    op.drop_table('suppliers', schema='core')
    op.drop_index('uq_move_sources_source', table_name='move_sources', schema='core', postgresql_where=sa.text('external_id is not null'))
    op.drop_index('ix_move_sources_changed_xid', table_name='move_sources', schema='core')
    op.drop_table('move_sources', schema='core')
    op.drop_index('ix_journey_phase_templates_changed_xid', table_name='journey_phase_templates', schema='core')
    op.drop_table('journey_phase_templates', schema='core')
    op.execute(DROP_KEY_RANGE)
