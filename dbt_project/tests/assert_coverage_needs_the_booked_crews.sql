-- The crews needed in the four weeks after a month's end are those of all jobs booked by then.
with weeks as (

    select client_id, location_id, as_of_on, sum(needed_people_count) as needed
    from {{ ref('fct_crew_coverage') }}
    group by client_id, location_id, as_of_on

),

jobs as (

    select weeks.client_id, weeks.location_id, weeks.as_of_on, sum(journeys.crew_size) as needed
    from weeks
    inner join {{ ref('fct_journeys') }} as journeys
        on journeys.client_id = weeks.client_id
        and journeys.location_id = weeks.location_id
        and journeys.service_on - weeks.as_of_on between 1 and 28
        and coalesce(journeys.cancelled_on > weeks.as_of_on, true)
    inner join {{ ref('fct_quotes') }} as quotes
        on quotes.client_id = journeys.client_id
        and quotes.quote_id = journeys.quote_id
        and quotes.accepted_on <= weeks.as_of_on
    group by weeks.client_id, weeks.location_id, weeks.as_of_on

)

select weeks.client_id, weeks.location_id, weeks.as_of_on
from weeks
left join jobs
    on jobs.client_id = weeks.client_id
    and jobs.location_id = weeks.location_id
    and jobs.as_of_on = weeks.as_of_on
where weeks.needed <> coalesce(jobs.needed, 0)
