-- Opening plus movements is closing, every day: what was owed yesterday, plus what was billed,
-- less what was paid, is what is owed today (less what customers paid too much).
with days as (

    select
        *,
        receivable_amount - customer_credit_amount as net_amount,
        lag(receivable_amount - customer_credit_amount) over (
            partition by client_id, location_id, customer_type order by as_of_on
        ) as opening_amount
    from {{ ref('fct_receivables_daily') }}

)

select *
from days
where net_amount <> coalesce(opening_amount, opening_net_amount) + billed_amount - paid_amount
    or opening_net_amount <> coalesce(opening_amount, 0)
    or closing_net_amount <> net_amount
    or receivable_amount <> not_due_amount + overdue_1_30_amount + overdue_31_60_amount
        + overdue_61_90_amount + overdue_over_90_amount
