-- Sums mix no currencies: until rates are stored, every amount is in its tenant's currency.
{% set marts = [
    'fct_leads', 'fct_quotes', 'fct_bookings', 'fct_journeys', 'fct_invoices', 'fct_payments'
] %}
{% for mart in marts %}
select '{{ mart }}' as mart, facts.client_id, facts.currency, count(*) as rows_count
from {{ ref(mart) }} as facts
inner join {{ ref('stg_core__clients') }} as clients
    on cast(clients.client_id as varchar) = facts.client_id
where facts.currency <> clients.currency
group by facts.client_id, facts.currency
{{ 'union all' if not loop.last }}
{% endfor %}
