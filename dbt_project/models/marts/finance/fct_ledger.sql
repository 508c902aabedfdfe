select
    cast(ledger.client_id as varchar) as client_id,
    cast(ledger.financial_transaction_id as varchar) as financial_transaction_id,
    cast(ledger.location_id as varchar) as location_id,
    cast(ledger.location_id as varchar) as access_location_id,
    cast(ledger.owner_id as varchar) as owner_id,
    ledger.type as posting_type,
    ledger.category as account,
    ledger.subcategory as sub_account,
    ledger.transaction_on,
    cast(ledger.transaction_amount * ledger.direction as decimal(18, 2)) as posted_amount,
    coalesce(ledger.subcategory = 'write_off', false) as is_write_off,
    ledger.currency
from {{ ref('stg_core__financial_transactions') }} as ledger
