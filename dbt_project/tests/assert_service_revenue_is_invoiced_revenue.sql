-- All revenue is on a job once, its own or a job of its quote; the rest is what no job can bear.
with figures as (

    select
        'all tenants' as scope,
        (select coalesce(sum(revenue_amount), 0) from {{ ref('fct_invoices') }}) as invoiced,
        (select coalesce(sum(service_amount), 0) from {{ ref('fct_journeys') }}) as serviced,
        (
            select coalesce(sum(invoices.revenue_amount), 0)
            from {{ ref('fct_invoices') }} as invoices
            where invoices.journey_id is null
                and (
                    invoices.quote_id is null
                    or coalesce(invoices.service_type, '') = 'storage'
                    or not exists (
                        select 1
                        from {{ ref('fct_journeys') }} as journeys
                        where journeys.client_id = invoices.client_id
                            and journeys.quote_id = invoices.quote_id
                            and not journeys.is_cancelled
                            and journeys.quoted_amount > 0
                    )
                )
        ) as without_job

)

select *
from figures
where invoiced <> serviced + without_job
