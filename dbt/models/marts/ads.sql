with links as (
    select account_id, ad_kind, ad_id, url
    from {{ ref('ad_links') }}
    where place = 1
)

select
    ads.account_id,
    accounts.account_name,
    line_items.campaign_id,
    line_items.campaign_name,
    ads.line_item_id,
    line_items.line_item_name,
    ads.ad_kind,
    ads.ad_id,
    {{ x_ads.base_10('ads.account_id') }} as account_id_base_10,
    {{ x_ads.base_10('line_items.campaign_id') }} as campaign_id_base_10,
    {{ x_ads.base_10('ads.line_item_id') }} as line_item_id_base_10,
    {{ x_ads.base_10('ads.ad_id') }} as ad_id_base_10,
    coalesce(ads.given_name, ads.ad_text, ads.ad_id) as ad_name,
    ads.ad_text,
    ads.creative_type,
    ads.tweet_id,
    case when ads.tweet_id is not null then 'https://x.com/i/status/' || ads.tweet_id end as post_url,
    ads.card_uri,
    ads.card_name,
    ads.card_title,
    ads.media_url,
    links.url as landing_url,
    {{ x_ads.link_parts('links.url') }},
    line_items.objective,
    line_items.currency,
    ads.entity_status,
    ads.approval_status,
    ads.is_deleted
from {{ ref('int_x_ads__ad_objects') }} as ads
left join {{ ref('int_x_ads__line_items') }} as line_items
    on line_items.account_id = ads.account_id and line_items.line_item_id = ads.line_item_id
left join {{ ref('int_x_ads__accounts') }} as accounts on accounts.account_id = ads.account_id
left join links on links.account_id = ads.account_id and links.ad_kind = ads.ad_kind and links.ad_id = ads.ad_id
