select
    -- ids
    client_id,
    id as integration_id,

    -- text
    provider,
    name as integration_name,
    status

from {{ source('raw', 'core__integrations') }}
