-- What stands at the end of a day is the sum of what came and went until then. A service that a work
-- order set is overdue from the day after, until the next such work or the end of the equipment; a
-- repair counts for twelve months. Days overdue are counted from one day for all, then taken off.
{% set states = ['overdue', 'due_days', 'repairs', 'repair_seconds'] %}
{% set epoch = "date '2000-01-01'" %}
with spans as (

    select * from {{ ref('int_tenancy__recorded_spans') }}

),

work as (

    select work.*, equipment.equipment_type, least(equipment.retired_on, equipment.sold_on) as gone_on
    from {{ ref('stg_core__equipment_maintenance') }} as work
    inner join {{ ref('stg_core__equipment') }} as equipment
        on equipment.client_id = work.client_id
        and equipment.equipment_id = work.equipment_id
    where work.status <> 'CANCELLED' and work.performed_on is not null

),

-- Work may be on record from long before the first quote.
firsts as (

    select client_id, min(performed_on) as first_on
    from work
    group by client_id

),

services as (

    select
        *,
        next_due_on + 1 as late_on,
        least(lead(performed_on) over (
            partition by client_id, equipment_id
            order by performed_on, equipment_maintenance_id
        ), gone_on) as settled_on
    from work
    where maintenance_type = 'PREVENTIVE' or next_due_on is not null

),

overdue as (

    select *, next_due_on - {{ epoch }} as due_days
    from services
    where next_due_on is not null and coalesce(late_on < settled_on, true)

),

repairs as (

    select
        *,
        {{ seconds_between('down_from_at', 'up_at') }} as repair_seconds,
        cast({{ dbt.dateadd('month', 12, 'performed_on') }} as date) as forgotten_on
    from work
    where maintenance_type in ('CORRECTIVE', 'EMERGENCY') and status = 'COMPLETED'
        and down_from_at is not null and up_at is not null

),

movements as (

    select spans.client_id, spans.location_id, kinds.equipment_type,
        {{ days_from('least(spans.first_on, firsts.first_on)', 'spans.business_on') }} as event_on
        {%- for name in states %}, 0 as {{ name }}{% endfor %}
    from spans
    inner join firsts
        on firsts.client_id = spans.client_id
    inner join (
        select distinct client_id, location_id, equipment_type
        from {{ ref('stg_core__equipment') }}
    ) as kinds
        on kinds.client_id = spans.client_id
        and kinds.location_id = spans.location_id

    union all

    select client_id, location_id, equipment_type, late_on, 1, due_days, 0, 0
    from overdue

    union all

    select client_id, location_id, equipment_type, settled_on, -1, -due_days, 0, 0
    from overdue
    where settled_on is not null

    union all

    select client_id, location_id, equipment_type, performed_on, 0, 0, 1, repair_seconds
    from repairs

    union all

    select client_id, location_id, equipment_type, forgotten_on, 0, 0, -1, -repair_seconds
    from repairs

),

running as (

    {{ running_totals('movements', ['equipment_type'], states) | indent(4) }}

)

select
    cast(running.client_id as varchar) as client_id,
    cast(running.location_id as varchar) as location_id,
    cast(running.location_id as varchar) as access_location_id,
    running.equipment_type,
    running.as_of_on,
    cast(running.overdue as integer) as overdue_count,
    cast(running.overdue * (running.as_of_on - {{ epoch }}) - running.due_days as integer)
        as overdue_days,
    cast(running.repairs as integer) as year_repairs_count,
    cast(running.repair_seconds as bigint) as year_repair_seconds
from running
inner join spans
    on spans.client_id = running.client_id
    and spans.location_id = running.location_id
    and spans.business_on >= running.as_of_on
