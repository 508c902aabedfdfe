-- A bill counts on the day of its issue; taken back, it counts negative on the day that was done,
-- so that an issued month never changes.
with bills as (

    select *
    from {{ ref('int_finance__invoices') }}
    where issued_on is not null and status <> 'DRAFT'

)

select
    bills.*,
    cast('issued' as varchar) as posting,
    bills.issued_on as posted_on,
    bills.net_amount as posted_net_amount,
    bills.tax_amount as posted_tax_amount,
    bills.total_amount as posted_total_amount
from bills

union all

select
    bills.*,
    cast('cancelled' as varchar),
    greatest(bills.cancelled_on, bills.issued_on),
    -bills.net_amount,
    -bills.tax_amount,
    -bills.total_amount
from bills
where bills.status = 'CANCELLED'
