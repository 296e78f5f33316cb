with rows_ as (
    {%- for kind, stream in {'POST': 'promoted_tweet', 'ACCOUNT': 'promoted_account', 'MEDIA': 'media_creative'}.items() %}
    select '{{ kind }}' as ad_kind, {{ stream }}.*
    from ({{ x_ads.conversion_rows(ref('stg_x_ads__' ~ stream ~ '_stats'), ['account_id', 'entity_id', 'date']) }}) as {{ stream }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    rows_.account_id,
    ads.campaign_id,
    ads.line_item_id,
    rows_.ad_kind,
    rows_.entity_id as ad_id,
    coalesce(ads.ad_name, rows_.entity_id) as ad_name,
    ads.currency as account_currency,
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
left join {{ ref('ads') }} as ads
    on ads.account_id = rows_.account_id and ads.ad_kind = rows_.ad_kind and ads.ad_id = rows_.entity_id
left join {{ ref('int_x_ads__tag_names') }} as tags
    on tags.account_id = rows_.account_id
    and tags.counted_by = case rows_.counted_by when 'LIFETIME' then 'APP' else rows_.counted_by end
    and tags.event = rows_.event
