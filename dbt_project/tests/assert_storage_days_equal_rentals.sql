-- On a branch's last day, what is let, its rent and what is late of it are what the rentals say,
-- added up without a running total.
with latest as (

    select client_id, location_id, max(as_of_on) as as_of_on
    from {{ ref('fct_storage_daily') }}
    group by client_id, location_id

),

figures as (

    select daily.client_id, daily.location_id, daily.unit_type, daily.size_class,
        daily.let_units_count as let_units, daily.let_area_sq_ft as let_area,
        daily.recurring_rent_amount as rent, daily.late_rentals_count as late_rentals,
        daily.late_rent_amount as late
    from {{ ref('fct_storage_daily') }} as daily
    inner join latest
        on latest.client_id = daily.client_id
        and latest.location_id = daily.location_id
        and latest.as_of_on = daily.as_of_on

    union all

    select latest.client_id, latest.location_id, rentals.unit_type, rentals.size_class,
        -1, -coalesce(rentals.area_sq_ft, 0), 0, 0, 0
    from {{ ref('int_storage__rentals') }} as rentals
    inner join latest
        on latest.client_id = cast(rentals.client_id as varchar)
        and latest.location_id = cast(rentals.location_id as varchar)
        and rentals.activated_on <= latest.as_of_on
        and coalesce(rentals.moved_out_on > latest.as_of_on, true)

    union all

    select latest.client_id, latest.location_id, rents.unit_type, rents.size_class,
        0, 0, -rents.monthly_amount, 0, 0
    from {{ ref('int_storage__rents') }} as rents
    inner join latest
        on latest.client_id = cast(rents.client_id as varchar)
        and latest.location_id = cast(rents.location_id as varchar)
        and rents.from_on <= latest.as_of_on
        and coalesce(rents.until_on > latest.as_of_on, true)

    union all

    select latest.client_id, latest.location_id, debts.unit_type, debts.size_class,
        0, 0, 0, -debts.late_rentals_change, -debts.late_change_amount
    from {{ ref('int_storage__late_debts') }} as debts
    inner join latest
        on latest.client_id = cast(debts.client_id as varchar)
        and latest.location_id = cast(debts.location_id as varchar)
        and debts.event_on <= latest.as_of_on

)

select client_id, location_id, unit_type, size_class, sum(let_units) as let_units,
    sum(let_area) as let_area, sum(rent) as rent, sum(late_rentals) as late_rentals,
    sum(late) as late
from figures
group by client_id, location_id, unit_type, size_class
having sum(let_units) <> 0 or sum(let_area) <> 0 or sum(rent) <> 0 or sum(late_rentals) <> 0
    or sum(late) <> 0
