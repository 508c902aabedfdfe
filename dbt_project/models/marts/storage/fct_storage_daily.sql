-- What stands at the end of a day is the sum of everything that came and went until then; a unit
-- is rentable on every day but those on which it is out of service.
{% set states = ['units', 'area', 'street', 'let_units', 'let_area', 'let_street', 'rent',
                 'late_rentals', 'late'] %}
{% set flows = ['billed', 'collected'] %}
with units as (

    select * from {{ ref('stg_core__storage_units') }}

),

rentals as (

    select * from {{ ref('int_storage__rentals') }}

),

rents as (

    select * from {{ ref('int_storage__rents') }}

),

spans as (

    select * from {{ ref('int_storage__spans') }}

),

events as (

    select
        client_id,
        entity_id as storage_unit_id,
        to_status,
        occurred_on,
        lead(occurred_on) over (
            partition by client_id, entity_id
            order by occurred_at, created_at
        ) as next_on
    from {{ ref('stg_core__status_events') }}
    where entity = 'storage_units' and status_column = 'status'

),

-- One without history is what its row says, from the first day on.
absences as (

    select
        units.client_id,
        units.location_id,
        units.type as unit_type,
        units.size_class,
        coalesce(units.area_sq_ft, 0) as area_sq_ft,
        units.current_amount as street_amount,
        greatest(events.occurred_on, spans.first_on) as from_on,
        events.next_on as until_on
    from units
    inner join spans
        on spans.client_id = units.client_id
        and spans.location_id = units.location_id
    left join events
        on events.client_id = units.client_id
        and events.storage_unit_id = units.storage_unit_id
    where coalesce(events.to_status, units.status) = 'OUT_OF_SERVICE'
        and coalesce(events.next_on > greatest(events.occurred_on, spans.first_on), true)

),

days as (

    select
        spans.client_id,
        spans.location_id,
        kinds.unit_type,
        kinds.size_class,
        {{ days_from('spans.first_on', 'spans.business_on') }} as as_of_on
    from spans
    inner join (
        select distinct client_id, location_id, type as unit_type, size_class
        from units
    ) as kinds
        on kinds.client_id = spans.client_id
        and kinds.location_id = spans.location_id

),

movements as (

    select client_id, location_id, unit_type, size_class, as_of_on as event_on
        {%- for name in states + flows %}, cast(0 as decimal(18, 2)) as {{ name }}{% endfor %}
    from days

    union all

    select units.client_id, units.location_id, units.type, units.size_class, spans.first_on,
        1, coalesce(units.area_sq_ft, 0), units.current_amount, 0, 0, 0, 0, 0, 0, 0, 0
    from units
    inner join spans
        on spans.client_id = units.client_id
        and spans.location_id = units.location_id

    union all

    select client_id, location_id, unit_type, size_class, from_on,
        -1, -area_sq_ft, -street_amount, 0, 0, 0, 0, 0, 0, 0, 0
    from absences

    union all

    select client_id, location_id, unit_type, size_class, until_on,
        1, area_sq_ft, street_amount, 0, 0, 0, 0, 0, 0, 0, 0
    from absences
    where until_on is not null

    union all

    select client_id, location_id, unit_type, size_class, activated_on,
        0, 0, 0, 1, area_sq_ft, street_amount, 0, 0, 0, 0, 0
    from rentals
    where activated_on is not null

    union all

    select client_id, location_id, unit_type, size_class, moved_out_on,
        0, 0, 0, -1, -area_sq_ft, -street_amount, 0, 0, 0, 0, 0
    from rentals
    where moved_out_on is not null and activated_on is not null

    union all

    select client_id, location_id, unit_type, size_class, from_on,
        0, 0, 0, 0, 0, 0, monthly_amount, 0, 0, 0, 0
    from rents

    union all

    select client_id, location_id, unit_type, size_class, until_on,
        0, 0, 0, 0, 0, 0, -monthly_amount, 0, 0, 0, 0
    from rents
    where until_on is not null

    union all

    select client_id, location_id, unit_type, size_class, event_on,
        0, 0, 0, 0, 0, 0, 0, late_rentals_change, late_change_amount, 0, 0
    from {{ ref('int_storage__late_debts') }}

    union all

    select rentals.client_id, rentals.location_id, rentals.unit_type, rentals.size_class,
        bills.posted_on, 0, 0, 0, 0, 0, 0, 0, 0, 0, bills.posted_net_amount, 0
    from {{ ref('int_finance__postings') }} as bills
    inner join rentals
        on rentals.client_id = bills.client_id
        and rentals.storage_booking_id = bills.storage_booking_id

    union all

    select rentals.client_id, rentals.location_id, rentals.unit_type, rentals.size_class,
        payments.received_on, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, payments.collected_amount
    from {{ ref('int_finance__payments') }} as payments
    inner join {{ ref('int_finance__invoices') }} as bills
        on bills.client_id = payments.client_id
        and bills.invoice_id = payments.invoice_id
    inner join rentals
        on rentals.client_id = bills.client_id
        and rentals.storage_booking_id = bills.storage_booking_id
    where bills.issued_on is not null and payments.is_collected

),

running as (

    {{ running_totals('movements', ['unit_type', 'size_class'], states, flows) | indent(4) }}

)

select
    cast(running.client_id as varchar) as client_id,
    cast(running.location_id as varchar) as location_id,
    cast(running.location_id as varchar) as access_location_id,
    running.unit_type,
    running.size_class,
    running.as_of_on,
    cast(running.units as integer) as rentable_units_count,
    cast(running.let_units as integer) as let_units_count,
    cast(running.area as decimal(18, 2)) as rentable_area_sq_ft,
    cast(running.let_area as decimal(18, 2)) as let_area_sq_ft,
    cast(running.street as decimal(18, 2)) as street_rent_amount,
    cast(running.let_street as decimal(18, 2)) as let_street_rent_amount,
    cast(running.rent as decimal(18, 2)) as recurring_rent_amount,
    cast(running.late_rentals as integer) as late_rentals_count,
    cast(running.late as decimal(18, 2)) as late_rent_amount,
    cast(running.day_billed as decimal(18, 2)) as billed_rent_amount,
    cast(running.day_collected as decimal(18, 2)) as collected_rent_amount,
    clients.currency
from running
inner join spans
    on spans.client_id = running.client_id
    and spans.location_id = running.location_id
    and spans.business_on >= running.as_of_on
inner join {{ ref('stg_core__clients') }} as clients
    on clients.client_id = running.client_id
