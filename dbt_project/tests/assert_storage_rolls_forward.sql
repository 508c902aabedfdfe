-- Opening rent plus what came and less what left is closing rent, per rental and from month to
-- month; what stands at the end of a day is what the rentals say, and bills are the branch's bills.
with chained as (

    select
        *,
        lag(closing_amount) over (
            partition by client_id, storage_booking_id order by month_on
        ) as before_amount
    from {{ ref('fct_storage_rentals_monthly') }}

),

days as (

    select
        client_id,
        location_id,
        as_of_on,
        sum(recurring_rent_amount) as recurring_rent_amount
    from {{ ref('fct_storage_daily') }}
    group by client_id, location_id, as_of_on

),

months as (

    select
        client_id,
        location_id,
        month_on,
        sum(closing_amount) as closing_amount
    from {{ ref('fct_storage_rentals_monthly') }}
    group by client_id, location_id, month_on

)

select 'a rental' as what, storage_booking_id as name, month_on
from chained
where opening_amount + new_amount + expansion_amount - contraction_amount - churn_amount
    <> closing_amount
    or opening_amount <> coalesce(before_amount, 0)

union all

select 'a month', months.location_id, months.month_on
from months
inner join days
    on days.client_id = months.client_id
    and days.location_id = months.location_id
    and days.as_of_on = {{ dbt.last_day('months.month_on', 'month') }}
where days.recurring_rent_amount <> months.closing_amount

union all

select 'bills of rent', sums.client_id, null
from (
    select
        client_id,
        sum(billed) as billed,
        sum(kept) as kept
    from (
        select cast(client_id as varchar) as client_id, posted_net_amount as billed, 0 as kept
        from {{ ref('int_finance__postings') }}
        where storage_booking_id is not null
        union all
        select client_id, 0, billed_rent_amount
        from {{ ref('fct_storage_daily') }}
    ) as both_sides
    group by client_id
) as sums
where sums.billed <> sums.kept
