select
    cast(null as text) as source_relation,
    date_day,
    '{{ var("x_ads_platform") }}' as platform,
    account_id,
    account_name,
    campaign_id,
    campaign_name,
    line_item_id as ad_group_id,
    line_item_name as ad_group_name,
    ad_id,
    ad_name,
    currency,
    clicks,
    impressions,
    spend,
    conversions,
    conversion_value as conversions_value
from {{ ref('ad_days') }}
