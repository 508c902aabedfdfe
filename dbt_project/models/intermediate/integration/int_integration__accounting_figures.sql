-- What each side says of one invoice. Cancelled invoices and credit
-- notes are kept differently in the books, and are not compared.
with books as (

    select * from {{ ref('stg_quickbooks__invoices') }}

),

spans as (

    select
        client_id,
        min(issued_on) as first_on,
        max(issued_on) as last_on
    from books
    group by client_id

),

ours as (

    select invoices.*
    from {{ ref('stg_core__invoices') }} as invoices
    inner join spans on spans.client_id = invoices.client_id
    left join books
        on books.client_id = invoices.client_id
        and books.invoice_number = invoices.invoice_number
    where
        invoices.issued_on is not null
        and invoices.invoice_number is not null
        and invoices.cancelled_on is null
        and invoices.credit_of_invoice_id is null
        and (
            books.invoice_number is not null
            or (invoices.issued_on >= spans.first_on and invoices.issued_on < spans.last_on)
        )

),

figures as (

    select client_id, invoice_number as document_id, 'INVOICE' as figure, currency,
        total_amount as their_amount, 0 as our_amount, 1 as their_count, 0 as our_count,
        issued_on as document_on
    from books

    union all

    select client_id, invoice_number, 'BALANCE', currency, balance_amount, 0, 1, 0, issued_on
    from books

    union all

    select client_id, invoice_number, 'INVOICE', currency, 0, total_amount, 0, 1, issued_on
    from ours

    union all

    select client_id, invoice_number, 'BALANCE', currency, 0, balance_amount, 0, 1, issued_on
    from ours

)

select
    client_id,
    document_id,
    figure,
    currency,
    min(document_on) as document_on,
    sum(our_count) > 0 as is_here,
    sum(their_count) > 0 as is_there,
    cast(sum(our_amount) as decimal(18, 2)) as our_amount,
    cast(sum(their_amount) as decimal(18, 2)) as their_amount
from figures
group by client_id, document_id, figure, currency
