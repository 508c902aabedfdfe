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
    select 'settled claims',
        (select sum(settled_amount) from {{ ref('stg_core__claims') }}),
        (select sum(settled_amount) from {{ ref('fct_claims') }})
    union all
    select 'unit costs',
        (
            select sum(cast(unit_cost_amount as decimal(18, 2)))
            from {{ ref('stg_core__inventory_items') }}
        ),
        (select sum(unit_cost_amount) from {{ ref('dim_items') }})
    union all
    select 'reports sent once more',
        (
            select sum(times - 1)
            from (
                select count(*) as times
                from {{ ref('stg_core__report_deliveries') }}
                where state = 'SENT' and recipient_user_id is not null
                group by client_id, report_name, definition_id, window_key, recipient_user_id,
                    formats, revision
            ) as sent
        ),
        (select count(*) from {{ ref('fct_report_deliveries') }} where is_duplicate)
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
