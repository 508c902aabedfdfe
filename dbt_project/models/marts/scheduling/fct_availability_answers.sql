-- Everybody of the field in every week since the tenant's records begin, and whether they had said by
-- Thursday of the week before when they are there, or away. Branches count from their opening.
with days as (

    select
        client_id,
        {{ days_from('first_month_on', 'business_on') }} as week_on
    from {{ ref('int_tenancy__tenant_spans') }}

),

answers as (

    select
        client_id,
        user_id,
        {{ first_day_of('week', 'available_on') }} as week_on,
        min(given_on) as given_on
    from {{ ref('stg_core__availabilities') }}
    group by client_id, user_id, {{ first_day_of('week', 'available_on') }}

)

select
    cast(people.client_id as varchar) as client_id,
    cast(people.user_id as varchar) as owner_id,
    cast(people.location_id as varchar) as location_id,
    cast(people.location_id as varchar) as access_location_id,
    people.role,
    days.week_on,
    coalesce(answers.given_on <= days.week_on - 4, false) as is_in_time
from {{ ref('stg_core__users') }} as people
inner join {{ ref('stg_core__locations') }} as places
    on places.client_id = people.client_id
    and places.location_id = people.location_id
inner join days
    on days.client_id = people.client_id
    and extract(isodow from days.week_on) = 1
    and coalesce(days.week_on >= places.opened_on, true)
left join answers
    on answers.client_id = people.client_id
    and answers.user_id = people.user_id
    and answers.week_on = days.week_on
where people.role in ('DRIVER', 'MOVER') and people.status = 'ACTIVE'
