-- What staging reads and what the marts hold is the same: rows and money, per measure, exactly.
with compared as (

    select 'leads' as measure,
        (select count(*) from {{ ref('stg_core__leads') }}) as staged,
        (select count(*) from {{ ref('fct_leads') }}) as kept
    union all
    select 'customers',
        (select count(*) from {{ ref('stg_core__customers') }}),
        (select count(*) from {{ ref('dim_customers') }})
    union all
    select 'quotes',
        (select count(*) from {{ ref('stg_core__quotes') }}),
        (select count(*) from {{ ref('fct_quotes') }})
    union all
    select 'quotes total_amount',
        (select sum(total_amount) from {{ ref('stg_core__quotes') }}),
        (select sum(total_amount) from {{ ref('fct_quotes') }})
    union all
    select 'journeys',
        (select count(*) from {{ ref('stg_core__truck_journeys') }}),
        (select count(*) from {{ ref('fct_journeys') }})
    union all
    select 'journeys quoted_amount',
        (select sum(quoted_amount) from {{ ref('stg_core__truck_journeys') }}),
        (select sum(quoted_amount) from {{ ref('fct_journeys') }})
    union all
    select 'invoices',
        (select count(*) from {{ ref('stg_core__invoices') }}),
        (select count(*) from {{ ref('fct_invoices') }})
    union all
    select 'invoices total_amount',
        (select sum(total_amount) from {{ ref('stg_core__invoices') }}),
        (select sum(total_amount) from {{ ref('fct_invoices') }})
    union all
    select 'payments',
        (select count(*) from {{ ref('stg_core__payments') }}),
        (select count(*) from {{ ref('fct_payments') }})
    union all
    select 'payments collected_amount',
        (
            select sum(
                case when payment_category = 'REFUND' then -payment_amount else payment_amount end
            )
            from {{ ref('stg_core__payments') }}
            where status in ('COMPLETED', 'REFUNDED')
        ),
        (select sum(collected_amount) from {{ ref('fct_payments') }})

)

select *
from compared
where coalesce(staged, 0) <> coalesce(kept, 0)
