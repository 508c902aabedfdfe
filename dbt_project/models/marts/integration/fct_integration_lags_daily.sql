-- How old the last successful run is at the end of a day, from the first such run on.
with streams as (

    select
        client_id,
        integration_id,
        run_id,
        min(sync_type) as sync_type,
        max(completed_local_at) as completed_local_at
    from {{ ref('stg_core__integration_sync_logs') }}
    where status in ('COMPLETED', 'FAILED')
    group by client_id, integration_id, run_id
    having bool_and(status = 'COMPLETED') and max(completed_at) is not null

),

last_of_days as (

    select
        client_id,
        integration_id,
        cast((completed_local_at) as date) as completed_on,
        completed_local_at,
        sync_type,
        row_number() over (
            partition by client_id, integration_id, cast((completed_local_at) as date)
            order by completed_local_at desc, run_id
        ) as place
    from streams

),

spells as (

    select
        *,
        lead(completed_on) over (
            partition by client_id, integration_id
            order by completed_on
        ) as next_on
    from last_of_days
    where place = 1

),

days as (

    select
        spells.client_id,
        spells.integration_id,
        spells.sync_type,
        spells.completed_local_at,
        {{ days_from('spells.completed_on', 'least(spells.next_on - 1, spans.business_on)') }}
            as as_of_on
    from spells
    inner join {{ ref('int_tenancy__tenant_spans') }} as spans
        on spans.client_id = spells.client_id
        and spans.business_on >= spells.completed_on

)

select
    cast(days.client_id as varchar) as client_id,
    cast(days.integration_id as varchar) as integration_id,
    cast(null as varchar) as access_location_id,
    integrations.integration_name,
    days.sync_type,
    days.as_of_on,
    {{ seconds_between('days.completed_local_at', 'cast(days.as_of_on + 1 as timestamp)') }}
        as lag_seconds
from days
inner join {{ ref('stg_core__integrations') }} as integrations
    on integrations.client_id = days.client_id
    and integrations.integration_id = days.integration_id
