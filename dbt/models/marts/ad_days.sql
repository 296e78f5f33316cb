with figures as (
    {%- for kind, stream in {'POST': 'promoted_tweet', 'ACCOUNT': 'promoted_account', 'MEDIA': 'media_creative'}.items() %}
    select '{{ kind }}' as ad_kind, {{ stream }}.* from {{ ref('int_x_ads__' ~ stream ~ '_days') }} as {{ stream }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

days as (
    select
        figures.*,
        accounts.account_name,
        accounts.account_id_base_10,
        ads.campaign_id,
        ads.campaign_name,
        ads.line_item_id,
        ads.line_item_name,
        coalesce(ads.ad_name, figures.entity_id) as ad_name,
        ads.ad_text,
        ads.creative_type,
        ads.landing_url,
        ads.utm_source,
        ads.utm_medium,
        ads.utm_campaign,
        ads.utm_content,
        ads.utm_term,
        line_items.funding_instrument_id,
        line_items.currency,
        line_items.objective,
        line_items.result_type,
        {{ x_ads.results('line_items.result_type') }} as results,
        accounts.as_of,
        accounts.attribution_window_days
    from figures
    left join {{ ref('ads') }} as ads
        on ads.account_id = figures.account_id and ads.ad_kind = figures.ad_kind and ads.ad_id = figures.entity_id
    left join {{ ref('int_x_ads__line_items') }} as line_items
        on line_items.account_id = ads.account_id and line_items.line_item_id = ads.line_item_id
    left join {{ ref('int_x_ads__accounts') }} as accounts on accounts.account_id = figures.account_id
)

select
    account_id,
    account_name,
    campaign_id,
    campaign_name,
    line_item_id,
    line_item_name,
    ad_kind,
    entity_id as ad_id,
    ad_name,
    account_id_base_10,
    {{ x_ads.base_10('campaign_id') }} as campaign_id_base_10,
    {{ x_ads.base_10('line_item_id') }} as line_item_id_base_10,
    {{ x_ads.base_10('entity_id') }} as ad_id_base_10,
    ad_text,
    creative_type,
    landing_url,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    funding_instrument_id,
    currency,
    objective,
    date_day,
    starts_at,
    ends_at,
    {{ x_ads.figure_columns() | join(',\n    ') }},
    result_type,
    results,
    {{ x_ads.rates() }},
    {{ x_ads.finality() }}
from days
