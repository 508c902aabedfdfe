select
    cast(jobs.client_id as varchar) as client_id,
    cast(jobs.journey_id as varchar) as journey_id,
    cast(hours.user_id as varchar) as user_id,
    cast(jobs.location_id as varchar) as location_id,
    cast(jobs.location_id as varchar) as access_location_id,
    cast(hours.user_id as varchar) as owner_id,
    cast(jobs.crew_lead_id as varchar) as crew_lead,
    jobs.service_type,
    jobs.service_on,
    hours.entered_seconds,
    case when hours.inferred_seconds > 0 then hours.inferred_seconds end as inferred_seconds
from {{ ref('int_operations__crew_hours') }} as hours
inner join {{ ref('int_operations__journeys') }} as jobs
    on jobs.client_id = hours.client_id
    and jobs.journey_id = hours.journey_id
    and jobs.is_completed
