select * from {{ source('transforms', 'forecasts') }}
