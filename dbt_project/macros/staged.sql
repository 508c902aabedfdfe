{# The staged tables of the core, and what their `id` is called from there on. One line here, a
   model file that says `{{ staged() }}` and a line of description are all that staging a table
   takes; `assert_staging_keys` proves the grain of all of them in one statement. #}
{% macro staged_keys() -%}
  {{ return({
    'assigned_crew': 'assigned_crew_id',
    'audit_entries': 'audit_entry_id',
    'availabilities': 'availability_id',
    'booking_history': 'booking_history_id',
    'business_dates': 'location_id',
    'claims': 'claim_id',
    'communications': 'communication_id',
    'customers': 'customer_id',
    'equipment': 'equipment_id',
    'equipment_assignments': 'equipment_assignment_id',
    'equipment_maintenance': 'equipment_maintenance_id',
    'financial_transactions': 'financial_transaction_id',
    'fuel_purchases': 'fuel_purchase_id',
    'inventory_items': 'inventory_item_id',
    'inventory_transactions': 'inventory_transaction_id',
    'invoice_items': 'invoice_item_id',
    'invoices': 'invoice_id',
    'journey_costs': 'journey_cost_id',
    'journey_entries': 'journey_entry_id',
    'journey_media_requirements': 'journey_media_requirement_id',
    'journey_steps': 'journey_step_id',
    'leads': 'lead_id',
    'locations': 'location_id',
    'marketing_spend': 'marketing_spend_id',
    'media': 'media_id',
    'mobile_journey_updates': 'mobile_journey_update_id',
    'mobile_sessions': 'mobile_session_id',
    'payments': 'payment_id',
    'quote_items': 'quote_item_id',
    'report_deliveries': 'report_delivery_id',
    'report_occasions': 'report_occasion_id',
    'report_runs': 'report_run_id',
    'quotes': 'quote_id',
    'royalties': 'royalty_id',
    'royalty_rates': 'royalty_rate_id',
    'sales_activities': 'sales_activity_id',
    'schedule_resources': 'schedule_resource_id',
    'schedules': 'schedule_id',
    'status_events': 'status_event_id',
    'storage_bookings': 'storage_booking_id',
    'storage_price_changes': 'storage_price_change_id',
    'storage_units': 'storage_unit_id',
    'templates': 'template_id',
    'time_entries': 'time_entry_id',
    'truck_journeys': 'journey_id',
    'user_permissions': 'user_permission_id',
    'users': 'user_id',
    'wage_rates': 'wage_rate_id',
    'webhook_deliveries': 'webhook_delivery_id',
    'webhooks': 'webhook_id',
  }) }}
{%- endmacro %}


{# A table of the core as models read it: every column that may leave the core under its own name,
   its id under the name of the table's key, and what `kwargs` adds (name: expression). #}
{% macro staged() -%}
  {%- set table = model.name | replace('stg_core__', '') -%}
select
    kept.*,
    {%- for name, expression in kwargs.items() %}
    {{ expression }} as {{ name }},
    {%- endfor %}
    kept.id as {{ staged_keys()[table] }}
from {{ source('raw', 'core__' ~ table) }} as kept
{%- endmacro %}
