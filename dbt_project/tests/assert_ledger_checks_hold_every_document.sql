-- What documents should have posted, and what names them in the ledger, is in the checks to the
-- cent, by kind of voucher.
with figures as (

    select client_id, voucher, due_amount as due, posted_amount as posted
    from {{ ref('fct_ledger_checks') }}
    union all
    select client_id, 'invoice', -total_amount, 0
    from {{ ref('fct_invoices') }}
    where is_standing
    union all
    select client_id, 'tax', -tax_amount, 0
    from {{ ref('fct_invoices') }}
    where is_standing
    union all
    select client_id, 'payment', -collected_amount, 0
    from {{ ref('fct_payments') }}
    union all
    select client_id, 'fee', paid_fee_amount, 0
    from {{ ref('fct_payments') }}
    union all
    select
        cast(client_id as varchar),
        case
            when payment_id is null then 'invoice'
            when category = 'PROCESSING_FEE' then 'fee'
            else 'payment'
        end,
        0,
        -transaction_amount * direction
    from {{ ref('stg_core__financial_transactions') }}
    where payment_id is not null
        or (
            invoice_id is not null
            and category not in ('CLAIMS', 'ROYALTY')
            and coalesce(subcategory, '') <> 'write_off'
        )
    union all
    select cast(client_id as varchar), 'tax', 0, -transaction_amount * direction
    from {{ ref('stg_core__financial_transactions') }}
    where payment_id is null and invoice_id is not null and category = 'TAX'
        and coalesce(subcategory, '') <> 'write_off'

)

select client_id, voucher, sum(due) as due, sum(posted) as posted
from figures
group by client_id, voucher
having sum(due) <> 0 or sum(posted) <> 0
