-- Accounts as they are on the business date: nothing keeps what they were.
select
    cast(users.client_id as varchar) as client_id,
    cast(users.user_id as varchar) as user_id,
    cast(users.location_id as varchar) as location_id,
    cast(users.location_id as varchar) as access_location_id,
    spans.business_on as as_of_on,
    users.role,
    users.status = 'ACTIVE' as is_active,
    users.status = 'ACTIVE' and users.is_two_factor_enabled as has_second_factor,
    users.status = 'ACTIVE' and coalesce(users.last_login_on < spans.business_on - 90, true)
        as is_dormant
from {{ ref('stg_core__users') }} as users
inner join {{ ref('int_tenancy__tenant_spans') }} as spans
    on spans.client_id = users.client_id
