-- The first issue of each journey's own bill, or of its quote's.
with bills as (

    select *
    from {{ ref('int_finance__invoices') }}
    where issued_on is not null and status <> 'DRAFT' and credit_of_invoice_id is null

),

named as (

    select client_id, journey_id, issued_at, issued_on
    from bills
    where journey_id is not null

    union all

    select bills.client_id, journeys.journey_id, bills.issued_at, bills.issued_on
    from bills
    inner join {{ ref('stg_core__truck_journeys') }} as journeys
        on journeys.client_id = bills.client_id
        and journeys.quote_id = bills.quote_id
    where bills.journey_id is null and bills.storage_booking_id is null

)

select
    client_id,
    journey_id,
    min(issued_at) as first_issued_at,
    min(issued_on) as first_issued_on
from named
group by client_id, journey_id
