-- What every document should have posted, beside what the ledger holds of it: a bill its total and
-- its tax (nothing once taken back), a payment its amount and its fee. A posting about no such
-- document stands alone.
with ledger as (

    select
        *,
        transaction_amount * direction as posted_amount,
        coalesce(subcategory = 'write_off', false) as is_write_off
    from {{ ref('stg_core__financial_transactions') }}

),

pieces as (

    select
        client_id,
        'invoice' as voucher,
        invoice_id as document_id,
        location_id,
        issued_on as document_on,
        case when status = 'CANCELLED' then 0 else total_amount end as due_amount,
        0 as posted_amount
    from {{ ref('int_finance__invoices') }}
    where issued_on is not null and status <> 'DRAFT'

    union all

    select
        client_id,
        'tax',
        invoice_id,
        location_id,
        issued_on,
        case when status = 'CANCELLED' then 0 else tax_amount end,
        0
    from {{ ref('int_finance__invoices') }}
    where issued_on is not null and status <> 'DRAFT'

    union all

    select client_id, 'payment', payment_id, location_id, received_on, collected_amount, 0
    from {{ ref('int_finance__payments') }}
    where is_collected

    union all

    select client_id, 'fee', payment_id, location_id, received_on, -fee_amount, 0
    from {{ ref('int_finance__payments') }}
    where is_collected

    union all

    select
        client_id,
        case when category = 'PROCESSING_FEE' then 'fee' else 'payment' end,
        payment_id,
        location_id,
        transaction_on,
        0,
        posted_amount
    from ledger
    where payment_id is not null

    union all

    -- What claims and royalties cost may name a bill without being a part of it.
    select client_id, 'invoice', invoice_id, location_id, transaction_on, 0, posted_amount
    from ledger
    where payment_id is null and invoice_id is not null and not is_write_off
        and category not in ('CLAIMS', 'ROYALTY')

    union all

    select client_id, 'tax', invoice_id, location_id, transaction_on, 0, posted_amount
    from ledger
    where payment_id is null and invoice_id is not null and not is_write_off and category = 'TAX'

),

-- The day of the document, or of the first posting of one that is unknown.
ranked as (

    select
        client_id,
        voucher,
        document_id,
        sum(due_amount) as due_amount,
        sum(posted_amount) as posted_amount,
        min(document_on) as document_on,
        max(cast(location_id as varchar)) as location_id
    from pieces
    group by client_id, voucher, document_id

)

select
    cast(ranked.client_id as varchar) as client_id,
    ranked.voucher,
    cast(ranked.document_id as varchar) as document_id,
    ranked.location_id,
    ranked.location_id as access_location_id,
    ranked.document_on,
    cast(ranked.due_amount as decimal(18, 2)) as due_amount,
    cast(ranked.posted_amount as decimal(18, 2)) as posted_amount,
    cast(abs(ranked.due_amount - ranked.posted_amount) as decimal(18, 2)) as gap_amount,
    ranked.due_amount <> ranked.posted_amount as is_broken,
    clients.currency
from ranked
inner join {{ ref('stg_core__clients') }} as clients
    on clients.client_id = ranked.client_id
