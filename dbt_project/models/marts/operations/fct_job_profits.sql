-- What a job earned, and what it cost by kind, as posted to it. Against the plan (quoted less the
-- estimated cost), the largest single thing that took profit away is its cause.
with costs as (

    select
        client_id,
        journey_id,
        sum(case when kind = 'LABOUR' then amount else 0 end) as labour_amount,
        sum(case when kind = 'FUEL' then amount else 0 end) as fuel_amount,
        sum(case when kind = 'MATERIAL' then amount else 0 end) as material_amount,
        sum(case when kind = 'TRUCK' then amount else 0 end) as truck_amount,
        sum(case when kind = 'CLAIM' then amount else 0 end) as claim_amount,
        sum(case when kind = 'ROYALTY' then amount else 0 end) as royalty_amount,
        sum(amount) as cost_amount
    from {{ ref('stg_core__journey_costs') }}
    group by client_id, journey_id

),

jobs as (

    select
        journeys.client_id,
        journeys.journey_id,
        journeys.location_id,
        journeys.owner_id,
        journeys.sales_owner_id,
        journeys.crew_lead_id,
        journeys.service_type,
        journeys.move_size,
        journeys.source,
        journeys.customer_type,
        journeys.service_on,
        journeys.completed_on,
        journeys.estimated_minutes,
        journeys.actual_minutes,
        journeys.quoted_amount,
        journeys.estimated_cost_amount,
        cast(coalesce(journeys.actual_cost_amount, 0) as decimal(18, 2)) as actual_cost_amount,
        journeys.currency,
        cast(coalesce(revenue.service_amount, 0) as decimal(18, 2)) as service_amount,
        cast(coalesce(costs.labour_amount, 0) as decimal(18, 2)) as labour_amount,
        cast(coalesce(costs.fuel_amount, 0) as decimal(18, 2)) as fuel_amount,
        cast(coalesce(costs.material_amount, 0) as decimal(18, 2)) as material_amount,
        cast(coalesce(costs.truck_amount, 0) as decimal(18, 2)) as truck_amount,
        cast(coalesce(costs.claim_amount, 0) as decimal(18, 2)) as claim_amount,
        cast(coalesce(costs.royalty_amount, 0) as decimal(18, 2)) as royalty_amount,
        cast(coalesce(costs.cost_amount, 0) as decimal(18, 2)) as cost_amount,
        bills.first_issued_at,
        {{ seconds_between('journeys.completed_at', 'bills.first_issued_at') }} as billing_seconds
    from {{ ref('int_operations__journeys') }} as journeys
    left join {{ ref('int_operations__job_revenue') }} as revenue
        on revenue.client_id = journeys.client_id
        and revenue.journey_id = journeys.journey_id
    left join {{ ref('int_finance__first_bills') }} as bills
        on bills.client_id = journeys.client_id
        and bills.journey_id = journeys.journey_id
    left join costs
        on costs.client_id = journeys.client_id
        and costs.journey_id = journeys.journey_id
    where journeys.is_completed

),

planned as (

    select
        *,
        quoted_amount - estimated_cost_amount as planned_profit_amount,
        service_amount - cost_amount as profit_amount,
        quoted_amount - service_amount as unbilled_part,
        labour_amount + fuel_amount + material_amount + truck_amount
        - estimated_cost_amount as overrun_part
    from jobs

)

select
    cast(client_id as varchar) as client_id,
    cast(journey_id as varchar) as journey_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    cast(sales_owner_id as varchar) as owner_id,
    cast(crew_lead_id as varchar) as crew_lead,
    service_type,
    move_size,
    source,
    customer_type,
    service_on,
    completed_on,
    estimated_minutes,
    actual_minutes,
    billing_seconds,
    quoted_amount,
    service_amount,
    labour_amount,
    fuel_amount,
    material_amount,
    truck_amount,
    claim_amount,
    royalty_amount,
    cost_amount,
    cast(profit_amount as decimal(18, 2)) as profit_amount,
    estimated_cost_amount,
    actual_cost_amount,
    cast(planned_profit_amount as decimal(18, 2)) as planned_profit_amount,
    case
        when planned_profit_amount is null then null
        when profit_amount >= planned_profit_amount then 'as planned'
        when greatest(unbilled_part, overrun_part, claim_amount, royalty_amount) = unbilled_part
            then 'billed less than quoted'
        when greatest(overrun_part, claim_amount, royalty_amount) = claim_amount then 'claim'
        when greatest(overrun_part, royalty_amount) = royalty_amount then 'royalty'
        when actual_minutes > estimated_minutes then 'more hours than quoted'
        else 'cost above estimate'
    end as cause,
    quoted_amount > 0 and first_issued_at is not null as has_quote_variance,
    case
        when quoted_amount > 0 and first_issued_at is not null
            then {{ millionths_off(cents('service_amount'), cents('quoted_amount')) }}
    end as quote_off_millionths,
    coalesce(estimated_cost_amount > 0 and actual_cost_amount > 0, false) as has_cost_variance,
    case
        when estimated_cost_amount > 0 and actual_cost_amount > 0
            then {{ millionths_off(cents('actual_cost_amount'), cents('estimated_cost_amount')) }}
    end as cost_off_millionths,
    currency
from planned
