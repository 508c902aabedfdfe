-- Whole years, and in those that are listed here exactly the days off that the calendar has in
-- every province.
{% set moving = [
    '2023-04-07', '2023-09-04', '2024-03-29', '2024-09-02', '2025-04-18', '2025-09-01',
    '2026-04-03', '2026-09-07', '2027-03-26', '2027-09-06', '2028-04-14', '2028-09-04',
    '2029-03-30', '2029-09-03', '2030-04-19', '2030-09-02'
] %}
select date_day
from {{ ref('dim_dates') }}
where year_number between 2023 and 2030
    and is_holiday <> (
        month_number * 100 + extract(day from date_day) in (101, 701, 1225)
        or date_day in (
            {%- for day in moving %}date '{{ day }}'{{ ', ' if not loop.last }}{% endfor -%}
        )
    )
union all
select bounds.first_on
from (
    select min(date_day) as first_on, max(date_day) as last_on, count(*) as days_count
    from {{ ref('dim_dates') }}
) as bounds
where extract(month from bounds.first_on) * 100 + extract(day from bounds.first_on) <> 101
    or extract(month from bounds.last_on) * 100 + extract(day from bounds.last_on) <> 1231
    or bounds.days_count <> bounds.last_on - bounds.first_on + 1
    or extract(year from bounds.last_on) < (
        select max(extract(year from business_on)) + 2 from {{ ref('dim_locations') }}
    )
