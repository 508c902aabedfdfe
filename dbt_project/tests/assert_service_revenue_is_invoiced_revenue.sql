-- All revenue that names a job is on that job, once; the rest is what names none.
with figures as (

    select
        'all tenants' as scope,
        (select coalesce(sum(revenue_amount), 0) from {{ ref('fct_invoices') }}) as invoiced,
        (select coalesce(sum(service_amount), 0) from {{ ref('fct_journeys') }}) as serviced,
        (
            select coalesce(sum(revenue_amount), 0)
            from {{ ref('fct_invoices') }}
            where journey_id is null
        ) as without_job

)

select *
from figures
where invoiced <> serviced + without_job
