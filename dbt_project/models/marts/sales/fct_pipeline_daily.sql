-- An offer enters on the day it was sent and leaves on the day it was decided or replaced, or the
-- day after its last valid one; what was open at the end of any past day is the sum of everything
-- that came and went until then.
with days as (

    select * from {{ ref('int_tenancy__location_days') }}

),

offers as (

    select
        client_id,
        location_id,
        sent_on,
        greatest(sent_on, least(left_on, valid_until_on + 1)) as closed_on,
        subtotal_amount
    from {{ ref('int_sales__quotes') }}
    where sent_on is not null

),

movements as (

    select
        client_id,
        location_id,
        as_of_on,
        0 as quotes_change,
        cast(0 as decimal(18, 2)) as amount_change
    from days

    union all

    select client_id, location_id, sent_on, 1, subtotal_amount
    from offers

    union all

    select client_id, location_id, closed_on, -1, -subtotal_amount
    from offers

),

day_changes as (

    select
        client_id,
        location_id,
        as_of_on,
        sum(quotes_change) as quotes_change,
        sum(amount_change) as amount_change
    from movements
    group by client_id, location_id, as_of_on

),

running as (

    select
        client_id,
        location_id,
        as_of_on,
        sum(quotes_change) over (
            partition by client_id, location_id
            order by as_of_on
            rows between unbounded preceding and current row
        ) as open_quotes_count,
        sum(amount_change) over (
            partition by client_id, location_id
            order by as_of_on
            rows between unbounded preceding and current row
        ) as open_pipeline_amount
    from day_changes

)

select
    cast(running.client_id as varchar) as client_id,
    cast(running.location_id as varchar) as location_id,
    cast(running.location_id as varchar) as access_location_id,
    running.as_of_on,
    cast(running.open_quotes_count as integer) as open_quotes_count,
    cast(running.open_pipeline_amount as decimal(18, 2)) as open_pipeline_amount,
    clients.currency
from running
inner join {{ ref('int_tenancy__recorded_spans') }} as spans
    on spans.client_id = running.client_id
    and spans.location_id is not distinct from running.location_id
    and spans.business_on >= running.as_of_on
inner join {{ ref('stg_core__clients') }} as clients
    on clients.client_id = running.client_id
