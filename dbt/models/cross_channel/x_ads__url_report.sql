select
    cast(null as text) as source_relation,
    days.date_day,
    '{{ var("x_ads_platform") }}' as platform,
    days.account_id,
    days.account_name,
    days.campaign_id,
    days.campaign_name,
    days.line_item_id as ad_group_id,
    days.line_item_name as ad_group_name,
    ads.base_url,
    ads.url_host,
    ads.url_path,
    ads.utm_source,
    ads.utm_medium,
    ads.utm_campaign,
    ads.utm_content,
    ads.utm_term,
    days.currency,
    days.clicks,
    days.impressions,
    days.spend,
    days.conversions,
    days.conversion_value as conversions_value
from {{ ref('ad_days') }} as days
inner join {{ ref('ads') }} as ads
    on ads.account_id = days.account_id and ads.ad_kind = days.ad_kind and ads.ad_id = days.ad_id
where ads.landing_url is not null
