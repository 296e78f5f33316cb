select
    cast(null as text) as source_relation,
    date_day,
    '{{ var("x_ads_platform") }}' as platform,
    account_id,
    account_name,
    campaign_id,
    campaign_name,
    currency,
    clicks,
    impressions,
    spend,
    conversions,
    conversion_value as conversions_value
from {{ ref('campaign_days') }}
