-- Which tags of an account report an event, and their longest windows.
with named as (
    select account_id, counted_by, event, tag_name, max(view_window_days) as view_window_days, max(engagement_window_days) as engagement_window_days
    from {{ ref('int_x_ads__tags') }}
    where event is not null
    group by account_id, counted_by, event, tag_name
)

select
    account_id,
    counted_by,
    event,
    {{ dbt.listagg('tag_name', "', '", 'order by tag_name') }} as tag_names,
    max(view_window_days) as view_window_days,
    max(engagement_window_days) as engagement_window_days
from named
group by account_id, counted_by, event
