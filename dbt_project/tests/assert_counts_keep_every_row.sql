-- What is counted by day or run is all that was staged.
with compared as (

    select 'audit entries' as measure,
        (
            select count(*) from {{ ref('stg_core__audit_entries') }} where occurred_on is not null
        ) as staged,
        (select sum(entries_count) from {{ ref('fct_audit_daily') }}) as kept
    union all
    select 'records of ended runs',
        (
            select sum(records_processed)
            from {{ ref('stg_core__integration_sync_logs') }}
            where completed_at is not null
        ),
        (select sum(processed_count) from {{ ref('fct_sync_runs') }})
    union all
    select 'runs without a duration',
        0,
        (
            select count(*)
            from {{ ref('fct_sync_runs') }}
            where duration_seconds is null or duration_seconds < 0
        )
    {%- for mart, source in [
        ('fct_sales_activities', 'sales_activities'),
        ('fct_fuel_purchases', 'fuel_purchases'),
        ('fct_webhook_deliveries', 'webhook_deliveries'),
        ('fct_stock_movements', 'inventory_transactions'),
        ('fct_claims', 'claims'),
        ('fct_messages', 'communications')
    ] %}
    union all
    select '{{ source }}',
        (select count(*) from {{ ref('stg_core__' ~ source) }}),
        (select count(*) from {{ ref(mart) }})
    {%- endfor %}
    union all
    select 'postings of the ledger',
        (
            select sum(transaction_amount * direction)
            from {{ ref('stg_core__financial_transactions') }}
        ),
        (select sum(posted_amount) from {{ ref('fct_ledger') }})
    union all
    select 'active accounts',
        (select count(*) from {{ ref('stg_core__users') }} where status = 'ACTIVE'),
        (select count(*) from {{ ref('fct_accounts') }} where is_active)
    union all
    select 'webhooks delivered at once',
        (
            select count(*)
            from {{ ref('stg_core__webhook_deliveries') }}
            where status = 'DELIVERED' and attempt_count = 1
        ),
        (select count(*) from {{ ref('fct_webhook_deliveries') }} where is_delivered_at_once)
    union all
    select 'webhooks delivered',
        (
            select count(*)
            from {{ ref('stg_core__webhook_deliveries') }}
            where status = 'DELIVERED'
        ),
        (select count(*) from {{ ref('fct_webhook_deliveries') }} where is_delivered)

)

select *
from compared
where coalesce(staged, 0) <> coalesce(kept, 0)
