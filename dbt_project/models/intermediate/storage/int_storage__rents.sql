-- The rent of a cycle less the discount, made to a month of 30.4375 days and rounded half up to the
-- cent: a cycle is so many 1/280000 of a month, which is exact for 30.4375 and for 7 days.
with steps as (

    select client_id, storage_booking_id, activated_on as from_on, rate_amount
    from {{ ref('int_storage__rentals') }}
    where activated_on is not null

    union all

    select rentals.client_id, rentals.storage_booking_id, changes.effective_on, changes.new_amount
    from {{ ref('stg_core__storage_price_changes') }} as changes
    inner join {{ ref('int_storage__rentals') }} as rentals
        on rentals.client_id = changes.client_id
        and rentals.storage_booking_id = changes.booking_id
        and rentals.activated_on < changes.effective_on

),

spells as (

    select
        *,
        lead(from_on) over (
            partition by client_id, storage_booking_id
            order by from_on
        ) as next_on
    from steps

)

select
    rentals.client_id,
    rentals.storage_booking_id,
    rentals.location_id,
    rentals.unit_type,
    rentals.size_class,
    spells.from_on,
    least(spells.next_on, rentals.moved_out_on) as until_on,
    cast({{ whole_quotient(
        'greatest(' ~ cents('spells.rate_amount') ~ ' - ' ~ cents('rentals.discount_amount')
        ~ ", 0) * case rentals.billing_cycle when 'DAILY' then 8522500 when 'WEEKLY' then 1217500"
        ~ ' else 280000 end * 2 + 280000', '560000'
    ) }} * cast(0.01 as decimal(18, 2)) as decimal(18, 2)) as monthly_amount
from spells
inner join {{ ref('int_storage__rentals') }} as rentals
    on rentals.client_id = spells.client_id
    and rentals.storage_booking_id = spells.storage_booking_id
where coalesce(spells.from_on < rentals.moved_out_on, true)
