{#- A level that is not loaded is not compared. -#}
{%- set is_loaded = {} -%}
{%- for stream in ['account_stats', 'funding_instrument_stats', 'campaign_stats', 'line_item_stats', 'promoted_tweet_stats', 'promoted_account_stats', 'media_creative_stats'] -%}
    {%- do is_loaded.update({stream: not execute or x_ads.loaded_relation(stream) is not none}) -%}
{%- endfor %}
{%- set comparisons = [] -%}
{%- if is_loaded.account_stats and is_loaded.campaign_stats -%}
    {%- do comparisons.append(['ACCOUNT_AND_CAMPAIGNS', 'accounts', 'campaigns_of_accounts', ['impressions', 'engagements']]) -%}
{%- endif -%}
{%- if is_loaded.funding_instrument_stats and is_loaded.campaign_stats -%}
    {%- do comparisons.append(['FUNDING_INSTRUMENT_AND_CAMPAIGNS', 'funding_instruments', 'campaigns_of_funding_instruments', ['impressions', 'engagements', 'spend']]) -%}
{%- endif -%}
{%- if is_loaded.campaign_stats and is_loaded.line_item_stats -%}
    {%- do comparisons.append(['CAMPAIGN_AND_LINE_ITEMS', 'campaigns', 'line_items_of_campaigns', ['impressions', 'engagements', 'spend']]) -%}
{%- endif -%}
{%- if is_loaded.line_item_stats and is_loaded.promoted_tweet_stats -%}
    {%- do comparisons.append(['LINE_ITEM_AND_ADS', 'line_items', 'ads_of_line_items', ['impressions', 'engagements', 'spend']]) -%}
{%- endif %}

with accounts as (
    select
        account_id, account_id as entity_id, date as date_day, max(end_time) as ends_at,
        {{ x_ads.total('impressions') }} as impressions, {{ x_ads.total('engagements') }} as engagements
    from {{ ref('stg_x_ads__account_stats') }}
    group by account_id, date
),

funding_instruments as (
    select
        account_id, entity_id, date as date_day, max(end_time) as ends_at,
        {{ x_ads.total('impressions') }} as impressions, {{ x_ads.total('engagements') }} as engagements,
        {{ x_ads.money('coalesce(sum(billed_charge_local_micro), 0)') }} as spend
    from {{ ref('stg_x_ads__funding_instrument_stats') }}
    group by account_id, entity_id, date
),

campaigns as (
    select account_id, campaign_id as entity_id, date_day, ends_at, impressions, engagements, spend
    from {{ ref('campaign_days') }}
),

line_items as (
    select account_id, line_item_id as entity_id, date_day, ends_at, impressions, engagements, spend
    from {{ ref('line_item_days') }}
),

campaigns_of_accounts as (
    select account_id, account_id as entity_id, date_day, max(ends_at) as ends_at, sum(impressions) as impressions, sum(engagements) as engagements
    from {{ ref('campaign_days') }}
    group by account_id, date_day
),
{%- for name, key, mart in [
    ['campaigns_of_funding_instruments', 'funding_instrument_id', 'campaign_days'],
    ['line_items_of_campaigns', 'campaign_id', 'line_item_days'],
    ['ads_of_line_items', 'line_item_id', 'ad_days'],
] %}

{{ name }} as (
    select account_id, {{ key }} as entity_id, date_day, max(ends_at) as ends_at, sum(impressions) as impressions, sum(engagements) as engagements, sum(spend) as spend
    from {{ ref(mart) }}
    group by account_id, {{ key }}, date_day
),
{%- endfor %}

differences as (
    {%- for comparison, whole, parts, metrics in comparisons %}
    {{ x_ads.compared_levels(comparison, whole, parts, metrics) }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as text) as comparison, cast(null as text) as metric, 1 as settled_after_days, account_id, entity_id,
        date_day, ends_at, cast(0 as numeric(28, 6)) as whole, cast(0 as numeric(28, 6)) as parts
    from accounts
    where 1 = 0
    {%- endfor %}
),

-- Line items whose ads X has no figures for at all: media, where the API no longer reports media creatives; accounts and
-- media, where their streams are not loaded.
without_ads as (
    select account_id, line_item_id
    from {{ ref('int_x_ads__line_items') }}
    where (
        product_type = 'MEDIA'
        and not exists (select 1 from {{ ref('stg_x_ads__media_creative_stats') }} as media where media.account_id = int_x_ads__line_items.account_id)
    ) or (
        product_type = 'PROMOTED_ACCOUNT'
        and not exists (select 1 from {{ ref('stg_x_ads__promoted_account_stats') }} as promoted where promoted.account_id = int_x_ads__line_items.account_id)
    )
),

names as (
    select account_id, account_id as entity_id, account_name as entity_name from {{ ref('int_x_ads__accounts') }}
    union all
    select account_id, id, description from {{ ref('stg_x_ads__funding_instruments') }}
    union all
    select account_id, campaign_id, campaign_name from {{ ref('int_x_ads__campaigns') }}
    union all
    select account_id, line_item_id, line_item_name from {{ ref('int_x_ads__line_items') }}
)

select
    differences.comparison,
    differences.metric,
    differences.account_id,
    differences.entity_id,
    max(names.entity_name) as entity_name,
    differences.date_day,
    differences.whole,
    differences.parts,
    cast(differences.whole - differences.parts as numeric(28, 6)) as difference,
    case
        when differences.comparison = 'LINE_ITEM_AND_ADS' and without_ads.line_item_id is not null then 'ADS_NOT_REPORTED'
        when accounts_.as_of < {{ dbt.dateadd('day', 'differences.settled_after_days', 'differences.ends_at') }} then 'STILL_MOVING'
        else 'DOES_NOT_ADD_UP'
    end as explanation
from differences
left join {{ ref('int_x_ads__accounts') }} as accounts_ on accounts_.account_id = differences.account_id
left join without_ads
    on without_ads.account_id = differences.account_id and without_ads.line_item_id = differences.entity_id
left join names on names.account_id = differences.account_id and names.entity_id = differences.entity_id
group by
    differences.comparison, differences.metric, differences.account_id, differences.entity_id, differences.date_day,
    differences.whole, differences.parts, differences.settled_after_days, differences.ends_at, without_ads.line_item_id, accounts_.as_of
