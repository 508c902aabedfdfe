-- The two ends of a month beside each other: what was let at one and not at the other came or left,
-- what was let at both became dearer or cheaper.
with months as (

    select
        rentals.*,
        spans.business_on,
        {{ months_from(
            'rentals.activated_on',
            'least(rentals.moved_out_on, spans.business_on)'
        ) }} as month_on
    from {{ ref('int_storage__rentals') }} as rentals
    inner join {{ ref('int_tenancy__recorded_spans') }} as spans
        on spans.client_id = rentals.client_id
        and spans.location_id = rentals.location_id
    where rentals.activated_on <= spans.business_on

),

ends as (

    select
        *,
        month_on - 1 as opening_on,
        least({{ dbt.last_day('month_on', 'month') }}, business_on) as closing_on
    from months

),

held as (

    select
        ends.*,
        openings.monthly_amount as opening_amount,
        closings.monthly_amount as closing_amount
    from ends
    left join {{ ref('int_storage__rents') }} as openings
        on openings.client_id = ends.client_id
        and openings.storage_booking_id = ends.storage_booking_id
        and openings.from_on <= ends.opening_on
        and coalesce(ends.opening_on < openings.until_on, true)
    left join {{ ref('int_storage__rents') }} as closings
        on closings.client_id = ends.client_id
        and closings.storage_booking_id = ends.storage_booking_id
        and closings.from_on <= ends.closing_on
        and coalesce(ends.closing_on < closings.until_on, true)

)

select
    cast(client_id as varchar) as client_id,
    cast(storage_booking_id as varchar) as storage_booking_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    month_on,
    unit_type,
    size_class,
    case
        when opening_on - activated_on <= 90 then '0-90'
        when opening_on - activated_on <= 365 then '91-365'
        else '366+'
    end as tenure_band,
    opening_amount is not null as is_let_at_opening,
    opening_amount is not null and closing_amount is null as is_given_up,
    cast(coalesce(opening_amount, 0) as decimal(18, 2)) as opening_amount,
    cast(case when opening_amount is null then closing_amount else 0 end as decimal(18, 2))
        as new_amount,
    cast(greatest(closing_amount - opening_amount, 0) as decimal(18, 2))
        as expansion_amount,
    cast(greatest(opening_amount - closing_amount, 0) as decimal(18, 2))
        as contraction_amount,
    cast(case when closing_amount is null then opening_amount else 0 end as decimal(18, 2))
        as churn_amount,
    cast(coalesce(closing_amount, 0) as decimal(18, 2)) as closing_amount,
    currency
from held
where opening_amount is not null or closing_amount is not null
