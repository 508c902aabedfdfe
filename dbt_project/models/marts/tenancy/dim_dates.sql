with bounds as (

    select
        min(first_month_on) as first_month_on,
        max(business_on) as business_on
    from {{ ref('int_tenancy__recorded_spans') }}

),

-- Two whole years ahead: what is planned or foreseen has a date too.
days as (

    select
        {{ days_from(
            first_day_of('year', 'first_month_on'),
            first_day_of('year', 'business_on + 1096') ~ ' - 1'
        ) }} as date_day
    from bounds

),

parts as (

    select
        date_day,
        cast(extract(year from date_day) as integer) as year_number,
        cast(extract(quarter from date_day) as integer) as quarter_number,
        cast(extract(month from date_day) as integer) as month_number,
        cast(extract(day from date_day) as integer) as day_number,
        cast(extract(isoyear from date_day) as integer) as iso_year_number,
        cast(extract(week from date_day) as integer) as iso_week_number,
        cast(extract(isodow from date_day) as integer) as iso_weekday_number
    from days

)

select
    date_day,
    {{ first_day_of('week', 'date_day') }} as week_start_on,
    {{ first_day_of('month', 'date_day') }} as month_start_on,
    {{ first_day_of('quarter', 'date_day') }} as quarter_start_on,
    year_number,
    quarter_number,
    month_number,
    {{ fiscal_part('year') }} as fiscal_year_number,
    {{ fiscal_part('quarter') }} as fiscal_quarter_number,
    iso_year_number,
    iso_week_number as iso_week,
    iso_weekday_number,
    iso_weekday_number >= 6 as is_weekend,
    -- Days off in every province: New Year, Good Friday, Canada Day, Labour Day, Christmas.
    (
        (month_number = 1 and day_number = 1)
        or date_day = make_date(year_number, 3, 20) + {{ days_to_easter('year_number') }}
        or (month_number = 7 and day_number = 1)
        or (month_number = 9 and day_number <= 7 and iso_weekday_number = 1)
        or (month_number = 12 and day_number = 25)
    ) as is_holiday
from parts
