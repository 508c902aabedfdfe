select
    -- ids
    id as client_id,

    -- text
    slug,
    timezone,
    currency,
    status,

    -- flags
    is_franchise

from {{ source('raw', 'core__clients') }}
