-- What a renter owes becomes late debt thirty-one days after it fell due, and stops to be ours to
-- watch here when the renter moves out.
with changes as (

    select
        moves.client_id,
        bills.storage_booking_id,
        greatest(moves.event_on, moves.due_on + 31) as event_on,
        moves.receivable_change_amount
    from {{ ref('int_finance__receivable_movements') }} as moves
    inner join {{ ref('int_finance__invoices') }} as bills
        on bills.client_id = moves.client_id
        and bills.invoice_id = moves.account_invoice_id
    where bills.storage_booking_id is not null and moves.due_on is not null

    union all

    select client_id, storage_booking_id, activated_on, 0
    from {{ ref('int_storage__rentals') }}
    where activated_on is not null

    union all

    select client_id, storage_booking_id, moved_out_on, 0
    from {{ ref('int_storage__rentals') }}
    where moved_out_on is not null

),

days as (

    select
        client_id,
        storage_booking_id,
        event_on,
        sum(sum(receivable_change_amount)) over (
            partition by client_id, storage_booking_id
            order by event_on
            rows between unbounded preceding and current row
        ) as late_amount
    from changes
    group by client_id, storage_booking_id, event_on

),

held as (

    select
        rentals.client_id,
        rentals.storage_booking_id,
        rentals.location_id,
        rentals.unit_type,
        rentals.size_class,
        days.event_on,
        case
            when days.event_on < rentals.moved_out_on or rentals.moved_out_on is null
                then case when days.event_on >= rentals.activated_on then days.late_amount else 0 end
            else 0
        end as late_amount
    from days
    inner join {{ ref('int_storage__rentals') }} as rentals
        on rentals.client_id = days.client_id
        and rentals.storage_booking_id = days.storage_booking_id

),

steps as (

    select
        *,
        coalesce(lag(late_amount) over (
            partition by client_id, storage_booking_id
            order by event_on
        ), 0) as before_amount
    from held

)

select
    client_id,
    storage_booking_id,
    location_id,
    unit_type,
    size_class,
    event_on,
    cast(late_amount - before_amount as decimal(18, 2)) as late_change_amount,
    case when late_amount > 0 then 1 else 0 end
    - case when before_amount > 0 then 1 else 0 end as late_rentals_change
from steps
where late_amount <> before_amount
