-- A fill says how far the vehicle went on the fuel before it: from the reading of one fill to the
-- next. A fill is suspicious when the vehicle had no journey that day or was filled within four
-- hours before.
with fills as (

    select
        *,
        odometer_km - lag(odometer_km) over by_vehicle as driven_km,
        lag(purchased_at) over by_vehicle as last_purchased_at
    from {{ ref('stg_core__fuel_purchases') }}
    window by_vehicle as (
        partition by client_id, equipment_id
        order by purchased_at, fuel_purchase_id
    )

),

journey_days as (

    select distinct assignments.client_id, assignments.equipment_id, journeys.service_on
    from {{ ref('stg_core__equipment_assignments') }} as assignments
    inner join {{ ref('stg_core__truck_journeys') }} as journeys
        on journeys.client_id = assignments.client_id
        and journeys.journey_id = assignments.journey_id
    where assignments.status <> 'CANCELLED'

)

select
    cast(fills.client_id as varchar) as client_id,
    cast(fills.fuel_purchase_id as varchar) as fuel_purchase_id,
    cast(fills.equipment_id as varchar) as equipment_id,
    cast(fills.location_id as varchar) as location_id,
    cast(fills.location_id as varchar) as access_location_id,
    cast(fills.owner_id as varchar) as owner_id,
    fills.purchased_on,
    cast(fills.litre_count as decimal(18, 3)) as litre_count,
    cast(fills.amount as decimal(18, 2)) as fuel_amount,
    fills.odometer_km,
    case when fills.driven_km > 0 then fills.driven_km end as driven_km,
    journey_days.service_on is null or coalesce(
        {{ seconds_between('fills.last_purchased_at', 'fills.purchased_at') }} < 4 * 3600, false
    ) as is_suspicious,
    fills.currency
from fills
left join journey_days
    on journey_days.client_id = fills.client_id
    and journey_days.equipment_id = fills.equipment_id
    and journey_days.service_on = fills.purchased_on
