-- What each side says of one payment. The processor's days are those
-- of its charges: before the first and from the last on, it has not spoken yet.
with charges as (

    select
        *,
        coalesce(payment_id, charge_id) as document_id
    from {{ ref('stg_stripe__charges') }}
    where status = 'succeeded'

),

spans as (

    select
        client_id,
        min(created_on) as first_on,
        max(created_on) as last_on
    from charges
    group by client_id

),

payments as (

    select
        payments.*,
        cast(
            coalesce(payments.refund_of_payment_id, payments.payment_id) as varchar
        ) as document_id
    from {{ ref('stg_core__payments') }} as payments
    where payments.gateway = 'stripe' and payments.status in ('COMPLETED', 'REFUNDED')

),

ours as (

    select payments.*
    from payments
    inner join spans on spans.client_id = payments.client_id
    left join charges
        on charges.client_id = payments.client_id
        and charges.document_id = payments.document_id
    where
        charges.charge_id is not null
        or (payments.received_on >= spans.first_on and payments.received_on < spans.last_on)

),

figures as (

    select client_id, document_id, 'CHARGE' as figure, currency, charge_amount as their_amount,
        0 as our_amount, 1 as their_count, 0 as our_count, created_on as document_on
    from charges

    union all

    select charges.client_id, charges.document_id, 'REFUND', refunds.currency, refunds.refund_amount,
        0, 1, 0, charges.created_on
    from {{ ref('stg_stripe__refunds') }} as refunds
    inner join charges
        on charges.client_id = refunds.client_id and charges.charge_id = refunds.charge_id
    where refunds.status = 'succeeded'

    union all

    select charges.client_id, charges.document_id, 'FEE', fees.currency, fees.fee_amount,
        0, 1, 0, charges.created_on
    from {{ ref('stg_stripe__balance_transactions') }} as fees
    inner join charges
        on charges.client_id = fees.client_id and charges.charge_id = fees.source_id

    union all

    select client_id, document_id, case when payment_category = 'REFUND' then 'REFUND' else 'CHARGE' end,
        currency, 0, payment_amount, 0, 1, received_on
    from ours

    union all

    select client_id, document_id, 'FEE', currency, 0, fee_amount, 0, 1, received_on
    from ours
    where payment_category <> 'REFUND'

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
