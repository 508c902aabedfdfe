with quotes as (

    select * from {{ ref('stg_core__quotes') }}

),

leads as (

    select * from {{ ref('stg_core__leads') }}

),

-- A replaced version carries no date of its own. It left the pipeline when the next version of
-- its family was made, or when another quote of the lead was accepted.
replacements as (

    select
        replaced.client_id,
        replaced.quote_id,
        min(
            case
                when other.family_id = replaced.family_id then other.created_on
                else other.accepted_on
            end
        ) as replaced_on
    from quotes as replaced
    inner join quotes as other
        on other.client_id = replaced.client_id
        and other.lead_id = replaced.lead_id
        and (
            other.family_id <> replaced.family_id
            or other.version > replaced.version
        )
    where replaced.status = 'SUPERSEDED'
    group by replaced.client_id, replaced.quote_id

),

views as (

    select client_id, entity_id as quote_id, min(occurred_on) as viewed_on
    from {{ ref('stg_core__status_events') }}
    where entity = 'quotes' and status_column = 'status' and to_status = 'VIEWED'
    group by client_id, entity_id

),

judged as (

    select
        *,
        status in ('ACCEPTED', 'CONVERTED') as is_won,
        status in ('ACCEPTED', 'CONVERTED', 'REJECTED', 'EXPIRED') as is_closed
    from quotes

),

-- One decision per family: the first acceptance if there is one, else what became of the last
-- version that was refused or ran out.
decisions as (

    select
        *,
        row_number() over (
            partition by client_id, family_id
            order by
                case when is_won then 0 when is_closed then 1 else 2 end,
                case when is_won then accepted_on end,
                case when is_won then version else -version end
        ) as decision_rank
    from judged

)

select
    decisions.client_id,
    decisions.quote_id,
    decisions.family_id,
    decisions.lead_id,
    decisions.customer_id,
    decisions.location_id,
    decisions.owner_id,
    decisions.service_type,
    decisions.move_size,
    leads.source,
    decisions.status,
    decisions.version,
    decisions.is_closed and decisions.decision_rank = 1 as is_decided,
    decisions.is_won and decisions.decision_rank = 1 as is_accepted,
    decisions.status = 'SUPERSEDED' as is_superseded,
    decisions.created_on,
    decisions.sent_at,
    decisions.sent_on,
    decisions.viewed_at is not null or views.quote_id is not null as is_viewed,
    views.viewed_on,
    decisions.rejection_reason,
    leads.received_at as lead_received_at,
    leads.created_on as lead_created_on,
    decisions.valid_until_on,
    decisions.decided_on,
    case
        when decisions.status = 'SUPERSEDED' then replacements.replaced_on
        else decisions.decided_on
    end as left_on,
    decisions.accepted_on,
    decisions.accepted_at,
    decisions.move_on,
    cast(
        decisions.subtotal_amount - decisions.discount_amount as decimal(18, 2)
    ) as subtotal_amount,
    decisions.total_amount,
    decisions.currency
from decisions
inner join leads
    on leads.client_id = decisions.client_id
    and leads.lead_id = decisions.lead_id
left join replacements
    on replacements.client_id = decisions.client_id
    and replacements.quote_id = decisions.quote_id
left join views
    on views.client_id = decisions.client_id
    and views.quote_id = decisions.quote_id
