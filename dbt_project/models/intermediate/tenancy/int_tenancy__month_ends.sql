-- The last day of every month on record, and the business date in the month that is not over.
with months as (

    select
        client_id,
        business_on,
        {{ months_from('first_month_on', 'business_on') }} as month_on
    from {{ ref('int_tenancy__tenant_spans') }}

)

select
    client_id,
    month_on,
    least(cast(month_on + interval '1 month' as date) - 1, business_on) as as_of_on
from months
