-- An account is an invoice with its credit notes. What is owed on it is never negative: what was
-- paid too much is the customer's credit, shown apart.
with invoices as (

    select *
    from {{ ref('int_finance__invoices') }}
    where issued_on is not null and status <> 'DRAFT'

),

payments as (

    select * from {{ ref('int_finance__payments') }}

),

accounts as (

    select
        client_id,
        invoice_id as account_invoice_id,
        location_id,
        customer_type,
        issued_on,
        due_on
    from invoices
    where account_invoice_id = invoice_id

),

events as (

    select
        client_id,
        account_invoice_id,
        posted_on as event_on,
        greatest(posted_total_amount, 0) as invoiced_amount,
        greatest(-posted_total_amount, 0) as credited_amount,
        cast(0 as decimal(18, 2)) as paid_amount
    from {{ ref('int_finance__postings') }}

    union all

    -- A deposit taken before the invoice was issued is the customer's credit until it is.
    select
        payments.client_id,
        invoices.account_invoice_id,
        payments.received_on,
        0,
        0,
        payments.collected_amount
    from payments
    inner join invoices
        on invoices.client_id = payments.client_id
        and invoices.invoice_id = payments.invoice_id
    where payments.collected_amount <> 0

),

account_days as (

    select
        client_id,
        account_invoice_id,
        event_on,
        sum(invoiced_amount) as invoiced_amount,
        sum(credited_amount) as credited_amount,
        sum(invoiced_amount - credited_amount) as billed_amount,
        sum(paid_amount) as paid_amount
    from events
    group by client_id, account_invoice_id, event_on

),

running as (

    select
        *,
        sum(billed_amount - paid_amount) over (
            partition by client_id, account_invoice_id
            order by event_on
            rows between unbounded preceding and current row
        ) as net_after
    from account_days

),

changes as (

    select
        *,
        net_after - billed_amount + paid_amount as net_before
    from running

)

select
    changes.client_id,
    changes.account_invoice_id,
    accounts.location_id,
    accounts.customer_type,
    changes.event_on,
    accounts.due_on,
    cast(changes.invoiced_amount as decimal(18, 2)) as invoiced_amount,
    cast(changes.credited_amount as decimal(18, 2)) as credited_amount,
    cast(changes.billed_amount as decimal(18, 2)) as billed_amount,
    cast(changes.paid_amount as decimal(18, 2)) as paid_amount,
    cast(
        greatest(changes.net_after, 0) - greatest(changes.net_before, 0) as decimal(18, 2)
    ) as receivable_change_amount,
    cast(
        greatest(-changes.net_after, 0) - greatest(-changes.net_before, 0) as decimal(18, 2)
    ) as credit_change_amount
from changes
inner join accounts
    on accounts.client_id = changes.client_id
    and accounts.account_invoice_id = changes.account_invoice_id
