with rows_ as (
    {{ x_ads.conversion_rows(ref('stg_x_ads__line_item_stats'), ['account_id', 'entity_id', 'date']) }}
)

select
    rows_.account_id,
    line_items.campaign_id,
    line_items.campaign_name,
    rows_.entity_id as line_item_id,
    coalesce(line_items.line_item_name, rows_.entity_id) as line_item_name,
    line_items.currency as account_currency,
    rows_.date as date_day,
    rows_.counted_by,
    rows_.event,
    rows_.attribution,
    cast(case rows_.attribution
        when 'POST_VIEW' then tags.view_window_days
        when 'POST_ENGAGEMENT' then tags.engagement_window_days
    end as bigint) as window_days,
    rows_.conversions,
    rows_.order_quantity,
    rows_.conversion_value,
    cast(tags.tag_names as text) as tag_names
from rows_
left join {{ ref('int_x_ads__line_items') }} as line_items
    on line_items.account_id = rows_.account_id and line_items.line_item_id = rows_.entity_id
left join {{ ref('int_x_ads__tag_names') }} as tags
    on tags.account_id = rows_.account_id
    and tags.counted_by = case rows_.counted_by when 'LIFETIME' then 'APP' else rows_.counted_by end
    and tags.event = rows_.event
