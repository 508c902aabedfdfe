select '0-7' as age_band, 0 as first_days, 8 as until_days
union all
select '8-30', 8, 31
union all
select '31+', 31, null
