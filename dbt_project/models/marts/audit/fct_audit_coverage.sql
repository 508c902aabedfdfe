-- A change is accounted for when the transaction that made it wrote an entry of the audit trail too.
with entered as (

    select distinct client_id, changed_xid
    from {{ ref('stg_core__audit_entries') }}

)

select
    cast(changes.client_id as varchar) as client_id,
    cast(changes.location_id as varchar) as location_id,
    cast(changes.location_id as varchar) as access_location_id,
    changes.occurred_on,
    changes.entity as changed_table,
    cast(count(*) as integer) as changes_count,
    cast(count(entered.changed_xid) as integer) as audited_count
from {{ ref('stg_core__status_events') }} as changes
left join entered
    on entered.client_id = changes.client_id
    and entered.changed_xid = changes.changed_xid
where changes.occurred_on is not null
group by changes.client_id, changes.location_id, changes.occurred_on, changes.entity
