-- Days that metrics can be asked for: X has no spend before 2013-10-10.
with days as (
    {{ dbt.date_spine('day', "cast('2013-10-10' as date)", "cast('2036-01-01' as date)") }}
)

select cast(date_day as date) as date_day
from days
