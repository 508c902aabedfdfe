-- What was sold counts from the booking, what was paid from the closing, each for twelve months.
with sold as (

    select
        bookings.client_id,
        bookings.location_id,
        'sold' as part,
        bookings.booked_on as from_on,
        sum(items.total_amount) as valuation_amount
    from {{ ref('int_sales__bookings') }} as bookings
    inner join {{ ref('stg_core__quote_items') }} as items
        on items.client_id = bookings.client_id
        and items.quote_id = bookings.quote_id
        and items.category = 'INSURANCE'
        and items.is_selected
    group by bookings.client_id, bookings.location_id, bookings.booked_on

),

amounts as (

    select * from sold
    union all
    select client_id, location_id, 'settled', closed_on, -settled_amount
    from {{ ref('stg_core__claims') }}
    where settled_amount > 0

),

ends as (

    select
        spans.client_id,
        spans.location_id,
        ends.as_of_on,
        parts.part
    from {{ ref('int_tenancy__recorded_spans') }} as spans
    inner join {{ ref('int_tenancy__month_ends') }} as ends
        on ends.client_id = spans.client_id
    cross join (
        select 'sold' as part
        union all
        select 'settled'
    ) as parts

)

select
    cast(ends.client_id as varchar) as client_id,
    cast(ends.location_id as varchar) as location_id,
    cast(ends.location_id as varchar) as access_location_id,
    ends.as_of_on,
    ends.part,
    cast(coalesce(sum(amounts.valuation_amount), 0) as decimal(18, 2)) as valuation_amount,
    clients.currency
from ends
inner join {{ ref('stg_core__clients') }} as clients
    on clients.client_id = ends.client_id
left join amounts
    on amounts.client_id = ends.client_id
    and amounts.location_id is not distinct from ends.location_id
    and amounts.part = ends.part
    and amounts.from_on <= ends.as_of_on
    and ends.as_of_on < cast(amounts.from_on + interval '1 year' as date)
group by ends.client_id, ends.location_id, ends.as_of_on, ends.part, clients.currency
