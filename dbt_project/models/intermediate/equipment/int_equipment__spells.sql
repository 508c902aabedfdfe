-- Spells that touch or overlap are one; what is not over lasts until the end of the business date.
with spans as (

    select client_id, cast(business_on + 1 as timestamp) as end_local_at
    from {{ ref('int_tenancy__tenant_spans') }}

),

taken as (

    select client_id, equipment_id, 'assigned' as spell_kind, start_local_at, end_local_at
    from {{ ref('stg_core__equipment_assignments') }}
    where status <> 'CANCELLED'
    union all
    select client_id, equipment_id, 'down', down_from_local_at, up_local_at
    from {{ ref('stg_core__equipment_maintenance') }}
    where status <> 'CANCELLED' and down_from_at is not null

),

spells as (

    select
        taken.client_id,
        taken.equipment_id,
        taken.spell_kind,
        taken.start_local_at,
        least(taken.end_local_at, spans.end_local_at) as end_local_at
    from taken
    inner join spans
        on spans.client_id = taken.client_id
    where taken.start_local_at < least(taken.end_local_at, spans.end_local_at)

),

marked as (

    select
        *,
        case
            when start_local_at <= max(end_local_at) over (
                partition by client_id, equipment_id, spell_kind
                order by start_local_at, end_local_at
                rows between unbounded preceding and 1 preceding
            ) then 0
            else 1
        end as is_first
    from spells

),

numbered as (

    select
        *,
        sum(is_first) over (
            partition by client_id, equipment_id, spell_kind
            order by start_local_at, end_local_at
            rows between unbounded preceding and current row
        ) as spell_number
    from marked

)

select
    client_id,
    equipment_id,
    spell_kind,
    spell_number,
    min(start_local_at) as start_local_at,
    max(end_local_at) as end_local_at
from numbered
group by client_id, equipment_id, spell_kind, spell_number
