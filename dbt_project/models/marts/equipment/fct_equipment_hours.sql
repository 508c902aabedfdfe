-- Hours are of the wall clock of the branch, cut at the ends of months. Failures count for twelve
-- months; below three of a branch nothing is said of them.
with spans as (

    select * from {{ ref('int_tenancy__tenant_spans') }}

),

equipment as (

    select * from {{ ref('stg_core__equipment') }}

),

months as (

    select
        equipment.client_id,
        equipment.equipment_id,
        ends.month_on,
        ends.as_of_on
    from equipment
    inner join {{ ref('int_tenancy__month_ends') }} as ends
        on ends.client_id = equipment.client_id

),

spells as (

    select
        equipment.client_id,
        equipment.equipment_id,
        'owned' as spell_kind,
        cast(greatest(equipment.purchased_on, spans.first_month_on) as timestamp) as start_local_at,
        cast(least(equipment.retired_on, equipment.sold_on, spans.business_on + 1) as timestamp)
            as end_local_at
    from equipment
    inner join spans
        on spans.client_id = equipment.client_id
    union all
    select client_id, equipment_id, spell_kind, start_local_at, end_local_at
    from {{ ref('int_equipment__spells') }}

),

cut as (

    select
        months.client_id,
        months.equipment_id,
        months.month_on,
        spells.spell_kind,
        greatest(spells.start_local_at, cast(months.month_on as timestamp)) as start_local_at,
        least(spells.end_local_at, cast(months.month_on + interval '1 month' as timestamp))
            as end_local_at
    from months
    inner join spells
        on spells.client_id = months.client_id
        and spells.equipment_id = months.equipment_id
        and spells.start_local_at < cast(months.month_on + interval '1 month' as timestamp)
        and spells.end_local_at > cast(months.month_on as timestamp)

),

timed as (

    select
        cut.client_id,
        cut.equipment_id,
        cut.month_on,
        cut.spell_kind,
        {{ seconds_between('cut.start_local_at', 'cut.end_local_at') }} as seconds,
        case
            when equipment.equipment_type = 'TRUCK'
                then {{ open_seconds('cut.end_local_at', 'until') }}
                    - {{ open_seconds('cut.start_local_at', 'since') }}
        end as open_seconds
    from cut
    inner join equipment
        on equipment.client_id = cut.client_id
        and equipment.equipment_id = cut.equipment_id
    left join {{ ref('int_tenancy__open_hours') }} as since
        on since.client_id = cut.client_id
        and since.location_id = equipment.location_id
        and since.weekday_number = {{ weekday_of('cut.start_local_at') }}
    left join {{ ref('int_tenancy__open_hours') }} as until
        on until.client_id = cut.client_id
        and until.location_id = equipment.location_id
        and until.weekday_number = {{ weekday_of('cut.end_local_at') }}

),

hours as (

    select
        months.client_id,
        months.equipment_id,
        months.month_on,
        months.as_of_on
        {%- for kind in ['owned', 'down', 'assigned'] %},
        coalesce(sum(case when spell_kind = '{{ kind }}' then seconds end), 0) as {{ kind }},
        coalesce(sum(case when spell_kind = '{{ kind }}' then open_seconds end), 0)
            as open_{{ kind }}
        {%- endfor %}
    from months
    left join timed
        on timed.client_id = months.client_id
        and timed.equipment_id = months.equipment_id
        and timed.month_on = months.month_on
    group by months.client_id, months.equipment_id, months.month_on, months.as_of_on

),

failures as (

    select
        months.client_id,
        months.equipment_id,
        months.month_on,
        count(*) as failures
    from months
    inner join {{ ref('stg_core__equipment_maintenance') }} as work
        on work.client_id = months.client_id
        and work.equipment_id = months.equipment_id
        and work.maintenance_type in ('CORRECTIVE', 'EMERGENCY')
        and work.status = 'COMPLETED'
        and work.performed_on <= months.as_of_on
        and cast({{ dbt.dateadd('month', 12, 'work.performed_on') }} as date) > months.as_of_on
    group by months.client_id, months.equipment_id, months.month_on

)

select
    cast(hours.client_id as varchar) as client_id,
    cast(hours.equipment_id as varchar) as equipment_id,
    cast(equipment.location_id as varchar) as location_id,
    cast(equipment.location_id as varchar) as access_location_id,
    hours.month_on,
    equipment.equipment_type,
    equipment.model,
    case
        when extract(year from hours.month_on) - equipment.model_year <= 3 then '0-3'
        when extract(year from hours.month_on) - equipment.model_year <= 7 then '4-7'
        else '8+'
    end as age_band,
    cast(hours.owned as bigint) as owned_seconds,
    cast(hours.down as bigint) as down_seconds,
    cast(hours.assigned as bigint) as assigned_seconds,
    cast(hours.open_owned - hours.open_down as bigint) as open_ready_seconds,
    cast(hours.open_assigned as bigint) as open_assigned_seconds,
    cast(sum(hours.assigned) over (
        partition by hours.client_id, hours.equipment_id
        order by hours.month_on
        rows between 11 preceding and current row
    ) as bigint) as year_assigned_seconds,
    cast(coalesce(failures.failures, 0) as integer) as year_failures_count,
    coalesce(sum(failures.failures) over (
        partition by hours.client_id, equipment.location_id, hours.month_on
    ) >= 3, false) as is_failure_rate_known
from hours
inner join equipment
    on equipment.client_id = hours.client_id
    and equipment.equipment_id = hours.equipment_id
left join failures
    on failures.client_id = hours.client_id
    and failures.equipment_id = hours.equipment_id
    and failures.month_on = hours.month_on
