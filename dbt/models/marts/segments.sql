with figures as (
    select
        source_table,
        account_id,
        entity,
        entity_id,
        date as date_day,
        segmentation_type,
        segment_value,
        country,
        platform,
        max(segment_name) as segment_name,
        max(end_time) as ends_at,
        {%- for metric in x_ads.count_metrics() %}
        {{ x_ads.total(metric) }} as {{ metric }},
        {%- endfor %}
        {{ x_ads.money('coalesce(sum(billed_charge_local_micro), 0)') }} as spend,
        cast({{ x_ads.chosen_events('conversion_%_metric') }} as bigint) as conversions,
        {{ x_ads.money(x_ads.chosen_events('conversion_%_sale_amount')) }} as conversion_value
    from {{ ref('int_x_ads__newest_segments') }}
    group by source_table, account_id, entity, entity_id, date, segmentation_type, segment_value, country, platform
),

currencies as (
    select account_id, 'CAMPAIGN' as entity, campaign_id as entity_id, campaign_name as entity_name, currency
    from {{ ref('int_x_ads__campaigns') }}
    union all
    select account_id, 'LINE_ITEM', line_item_id, line_item_name, currency from {{ ref('int_x_ads__line_items') }}
    union all
    select
        account_id,
        case ad_kind when 'POST' then 'PROMOTED_TWEET' when 'ACCOUNT' then 'PROMOTED_ACCOUNT' else 'MEDIA_CREATIVE' end,
        ad_id, ad_name, currency
    from {{ ref('ads') }}
    union all
    select account_id, 'FUNDING_INSTRUMENT', id, description, currency from {{ ref('stg_x_ads__funding_instruments') }}
)

select
    figures.source_table,
    figures.account_id,
    accounts.account_name,
    figures.entity,
    figures.entity_id,
    case figures.entity when 'ACCOUNT' then accounts.account_name else currencies.entity_name end as entity_name,
    {{ x_ads.base_10('figures.entity_id') }} as entity_id_base_10,
    currencies.currency,
    figures.date_day,
    figures.segmentation_type,
    figures.segment_value,
    coalesce(tags.tag_name, figures.segment_name, figures.segment_value) as segment_name,
    figures.country,
    figures.platform,
    {%- for metric in x_ads.count_metrics() %}
    figures.{{ metric }},
    {%- endfor %}
    figures.spend,
    figures.conversions,
    figures.conversion_value
from figures
left join {{ ref('int_x_ads__accounts') }} as accounts on accounts.account_id = figures.account_id
left join currencies
    on currencies.account_id = figures.account_id and currencies.entity = figures.entity
    and currencies.entity_id = figures.entity_id
left join {{ ref('int_x_ads__tags') }} as tags
    on tags.account_id = figures.account_id and tags.tag_id = figures.segment_value
    and tags.counted_by = 'WEB' and figures.segmentation_type = 'CONVERSION_TAGS'
