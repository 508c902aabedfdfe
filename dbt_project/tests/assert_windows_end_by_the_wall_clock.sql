-- The hour at which a window ends is that of its start on the branch's clock and the time between.
select facts.client_id, facts.journey_id
from {{ ref('fct_journeys') }} as facts
inner join {{ ref('int_operations__journeys') }} as journeys
    on cast(journeys.client_id as varchar) = facts.client_id
    and cast(journeys.journey_id as varchar) = facts.journey_id
where facts.window_end_hour is distinct from cast(extract(hour from (
    journeys.planned_start_local_at
    + (journeys.arrival_window_end_at - journeys.planned_start_at)
)) as integer)
