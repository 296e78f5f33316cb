-- Needs a report with segmentation CONVERSION_TAGS; without one the table is empty.
with rows_ as (
    {{ x_ads.conversion_rows(ref('int_x_ads__newest_segments'), ['source_table', 'segmentation_type', 'account_id', 'entity', 'entity_id', 'segment_value', 'segment_name', 'date']) }}
)

select
    rows_.source_table,
    rows_.account_id,
    rows_.entity,
    rows_.entity_id,
    rows_.date_day,
    rows_.tag_id,
    coalesce(tags.tag_name, rows_.segment_name, rows_.tag_id) as tag_name,
    rows_.counted_by,
    rows_.event,
    rows_.attribution,
    cast(case rows_.attribution
        when 'POST_VIEW' then tags.view_window_days
        when 'POST_ENGAGEMENT' then tags.engagement_window_days
    end as bigint) as window_days,
    rows_.conversions,
    rows_.order_quantity,
    rows_.conversion_value
from (select rows_.*, date as date_day, segment_value as tag_id from rows_) as rows_
left join {{ ref('int_x_ads__tags') }} as tags
    on tags.account_id = rows_.account_id and tags.tag_id = rows_.tag_id and tags.counted_by = 'WEB'
where rows_.segmentation_type = 'CONVERSION_TAGS'
