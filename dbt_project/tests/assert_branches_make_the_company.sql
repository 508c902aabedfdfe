-- What the known branches have, plus what no branch owns, is what the company has: in rows, so
-- that a row of an unknown branch is found whatever it is worth, and in the mart's own measure.
{% set measures = [
    ('fct_leads', '1'),
    ('fct_quotes', 'total_amount'),
    ('fct_bookings', 'booked_amount'),
    ('fct_bookings_monthly', 'booked_amount'),
    ('fct_journeys', 'quoted_amount'),
    ('fct_invoices', 'revenue_amount'),
    ('fct_payments', 'collected_amount'),
    ('fct_receivables_daily', 'receivable_amount'),
    ('fct_pipeline_daily', 'open_pipeline_amount'),
    ('fct_storage_daily', 'recurring_rent_amount'),
    ('fct_storage_rentals_monthly', 'closing_amount'),
] %}
with figures as (

    {% for mart, measure in measures %}
    select
        '{{ mart }}' as mart,
        facts.client_id,
        count(*) as company_rows,
        count(case when branches.location_id is not null or facts.location_id is null then 1 end)
            as known_rows,
        sum({{ measure }}) as company,
        sum(
            case when branches.location_id is not null or facts.location_id is null
                then {{ measure }} else 0 end
        ) as branches_and_unassigned
    from {{ ref(mart) }} as facts
    left join {{ ref('dim_locations') }} as branches
        on branches.client_id = facts.client_id
        and branches.location_id = facts.location_id
    group by facts.client_id
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select *
from figures
where company_rows <> known_rows or company <> branches_and_unassigned
