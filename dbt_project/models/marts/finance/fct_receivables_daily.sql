-- What is owed at the end of a day is everything that was issued less everything that was paid
-- until then. What falls due on a day is overdue from the next one; 30, 60 and 90 days later it
-- comes into an older bucket.
{% set ages = [0, 30, 60, 90] %}
{% set trailing_days = 90 %}
{% set states = ['receivable', 'credit', 'earned_90', 'over_0', 'over_30', 'over_60', 'over_90'] %}
{% set flows = ['invoiced', 'credited', 'paid', 'revenue', 'receivable', 'credit'] %}
with days as (

    select
        days.client_id,
        days.location_id,
        days.as_of_on,
        kinds.customer_type
    from {{ ref('int_tenancy__location_days') }} as days
    cross join (
        select distinct customer_type
        from {{ ref('stg_core__customers') }}
    ) as kinds

),

account_movements as (

    select * from {{ ref('int_finance__receivable_movements') }}

),

postings as (

    select * from {{ ref('int_finance__postings') }}

),

movements as (

    select client_id, location_id, customer_type, as_of_on as event_on,
        cast(0 as decimal(18, 2)) as invoiced, cast(0 as decimal(18, 2)) as credited,
        cast(0 as decimal(18, 2)) as paid, cast(0 as decimal(18, 2)) as receivable,
        cast(0 as decimal(18, 2)) as credit, cast(0 as decimal(18, 2)) as revenue,
        cast(0 as decimal(18, 2)) as earned_90
        {%- for age in ages %}, cast(0 as decimal(18, 2)) as over_{{ age }}{% endfor %}
    from days

    union all

    select client_id, location_id, customer_type, event_on, invoiced_amount, credited_amount,
        paid_amount, receivable_change_amount, credit_change_amount, 0, 0
        {%- for age in ages %}, 0{% endfor %}
    from account_movements

    union all

    select client_id, location_id, customer_type, posted_on, 0, 0, 0, 0, 0, posted_net_amount,
        posted_net_amount
        {%- for age in ages %}, 0{% endfor %}
    from postings

    union all

    select client_id, location_id, customer_type, posted_on + {{ trailing_days }}, 0, 0, 0, 0, 0, 0,
        -posted_net_amount
        {%- for age in ages %}, 0{% endfor %}
    from postings

    {%- for age in ages %}

    union all

    select client_id, location_id, customer_type, greatest(event_on, due_on + {{ age + 1 }}),
        0, 0, 0, 0, 0, 0, 0
        {%- for other in ages %}, {{ 'receivable_change_amount' if other == age else 0 }}{% endfor %}
    from account_movements
    where due_on is not null
    {%- endfor %}

),

running as (

    {{ running_totals('movements', ['customer_type'], states, flows) | indent(4) }}

)

select
    cast(running.client_id as varchar) as client_id,
    cast(running.location_id as varchar) as location_id,
    cast(running.location_id as varchar) as access_location_id,
    running.customer_type,
    running.as_of_on,
    cast(
        running.receivable - running.day_receivable - running.credit + running.day_credit
        as decimal(18, 2)
    ) as opening_net_amount,
    cast(running.day_invoiced as decimal(18, 2)) as invoiced_amount,
    cast(running.day_credited as decimal(18, 2)) as credited_amount,
    cast(running.day_invoiced - running.day_credited as decimal(18, 2)) as billed_amount,
    cast(running.day_paid as decimal(18, 2)) as paid_amount,
    cast(running.receivable - running.credit as decimal(18, 2)) as closing_net_amount,
    cast(running.day_revenue as decimal(18, 2)) as revenue_amount,
    cast(running.earned_90 as decimal(18, 2)) as trailing_revenue_amount,
    cast(running.receivable as decimal(18, 2)) as receivable_amount,
    cast(running.day_receivable as decimal(18, 2)) as receivable_change_amount,
    cast(running.receivable - running.over_0 as decimal(18, 2)) as not_due_amount,
    cast(running.over_0 - running.over_30 as decimal(18, 2)) as overdue_1_30_amount,
    cast(running.over_30 - running.over_60 as decimal(18, 2)) as overdue_31_60_amount,
    cast(running.over_60 - running.over_90 as decimal(18, 2)) as overdue_61_90_amount,
    cast(running.over_90 as decimal(18, 2)) as overdue_over_90_amount,
    cast(running.over_0 as decimal(18, 2)) as overdue_amount,
    cast(running.credit as decimal(18, 2)) as customer_credit_amount,
    clients.currency
from running
inner join {{ ref('int_tenancy__recorded_spans') }} as spans
    on spans.client_id = running.client_id
    and spans.location_id is not distinct from running.location_id
    and spans.business_on >= running.as_of_on
inner join {{ ref('stg_core__clients') }} as clients
    on clients.client_id = running.client_id
