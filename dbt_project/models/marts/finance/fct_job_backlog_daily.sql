-- Jobs done but not billed, and jobs booked but not done with the deposits held for them: what
-- stands at the end of a day is the sum of what came and went until then. Done jobs may wait two
-- days for their bill.
{% set states = ['unbilled', 'unbilled_amount', 'booked_amount', 'deposits'] %}
with journeys as (

    select * from {{ ref('int_operations__journeys') }}

),

unbilled as (

    select
        journeys.client_id,
        journeys.location_id,
        journeys.service_type,
        journeys.completed_on + 3 as from_on,
        bills.first_issued_on as until_on,
        coalesce(journeys.quoted_amount, 0) as quoted_amount
    from journeys
    left join {{ ref('int_finance__first_bills') }} as bills
        on bills.client_id = journeys.client_id
        and bills.journey_id = journeys.journey_id
    where journeys.is_completed and journeys.completed_on is not null

),

ahead as (

    select
        journeys.client_id,
        journeys.quote_id,
        journeys.journey_id,
        journeys.location_id,
        journeys.service_type,
        quotes.accepted_on as from_on,
        least(journeys.service_on, journeys.cancelled_on) as until_on,
        coalesce(journeys.quoted_amount, 0) as quoted_amount
    from journeys
    inner join {{ ref('stg_core__quotes') }} as quotes
        on quotes.client_id = journeys.client_id
        and quotes.quote_id = journeys.quote_id

),

ends as (

    select
        *,
        max(until_on) over (partition by client_id, quote_id) as last_on,
        row_number() over (partition by client_id, quote_id order by journey_id) as place
    from ahead

),

deposits as (

    select
        payments.client_id,
        payments.location_id,
        ends.service_type,
        payments.received_on as from_on,
        ends.last_on as until_on,
        payments.collected_amount
    from {{ ref('int_finance__payments') }} as payments
    inner join {{ ref('stg_core__invoices') }} as invoices
        on invoices.client_id = payments.client_id
        and invoices.invoice_id = payments.invoice_id
    left join journeys
        on journeys.client_id = invoices.client_id
        and journeys.journey_id = invoices.journey_id
    inner join ends
        on ends.client_id = payments.client_id
        and ends.quote_id = coalesce(invoices.quote_id, journeys.quote_id)
        and ends.place = 1
    where payments.is_collected and payments.payment_category = 'DEPOSIT'

),

spells as (

    select client_id, location_id, service_type, from_on, until_on,
        1 as unbilled, quoted_amount as unbilled_amount, cast(0 as decimal(18, 2)) as booked_amount,
        cast(0 as decimal(18, 2)) as deposits
    from unbilled
    union all
    select client_id, location_id, service_type, from_on, until_on, 0, 0, quoted_amount, 0
    from ahead
    where from_on is not null
    union all
    select client_id, location_id, service_type, from_on, until_on, 0, 0, 0, collected_amount
    from deposits

),

movements as (

    select days.client_id, days.location_id, kinds.service_type, days.as_of_on as event_on
        {%- for name in states %}, cast(0 as decimal(18, 2)) as {{ name }}{% endfor %}
    from {{ ref('int_tenancy__location_days') }} as days
    inner join (
        select distinct client_id, location_id, service_type
        from spells
    ) as kinds
        on kinds.client_id = days.client_id
        and kinds.location_id = days.location_id

    union all

    select client_id, location_id, service_type, from_on
        {%- for name in states %}, {{ name }}{% endfor %}
    from spells
    where coalesce(from_on < until_on, true)

    union all

    select client_id, location_id, service_type, until_on
        {%- for name in states %}, -{{ name }}{% endfor %}
    from spells
    where from_on < until_on

),

running as (

    {{ running_totals('movements', ['service_type'], states) | indent(4) }}

)

select
    cast(running.client_id as varchar) as client_id,
    cast(running.location_id as varchar) as location_id,
    cast(running.location_id as varchar) as access_location_id,
    running.service_type,
    running.as_of_on,
    cast(running.unbilled as integer) as unbilled_jobs_count,
    cast(running.unbilled_amount as decimal(18, 2)) as unbilled_amount,
    cast(running.booked_amount as decimal(18, 2)) as booked_ahead_amount,
    cast(running.deposits as decimal(18, 2)) as deposits_held_amount,
    clients.currency
from running
inner join {{ ref('int_tenancy__recorded_spans') }} as spans
    on spans.client_id = running.client_id
    and spans.location_id is not distinct from running.location_id
    and spans.business_on >= running.as_of_on
inner join {{ ref('stg_core__clients') }} as clients
    on clients.client_id = running.client_id
