-- Accounts with the moment up to which their figures are known, and for how long conversions keep arriving.
{%- set tags_are_loaded = x_ads.loaded_relation('web_event_tags') is not none or x_ads.loaded_relation('app_event_tags') is not none %}

with stats as (
    {%- for stream in ['account_stats', 'funding_instrument_stats', 'campaign_stats', 'line_item_stats', 'promoted_tweet_stats', 'promoted_account_stats', 'media_creative_stats'] %}
    select account_id, end_time, coalesce(_sdc_extracted_at, _sdc_batched_at) as known_at, {{ 1 if stream == 'account_stats' else 0 }} as is_account
    from {{ ref('stg_x_ads__' ~ stream) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- The tap writes the last days of account_stats in every run, so their newest row tells when the account was read last.
-- Where they are not loaded, a resting account has no new rows: then the newest row of all accounts has to do.
per_account as (
    select account_id, max(known_at) as known_at, max(is_account) as has_account_stats
    from stats
    group by account_id
),

newest as (
    select max(known_at) as known_at, least({{ x_ads.now_utc() }}, max(end_time)) as seen_until
    from stats
),

windows as (
    select account_id, max(greatest(coalesce(click_window, 0), coalesce(view_through_window, 0))) as days
    from {{ ref('stg_x_ads__web_event_tags') }}
    group by account_id
    union all
    select account_id, max(greatest(coalesce(post_view_attribution_window, 0), coalesce(post_engagement_attribution_window, 0)))
    from {{ ref('stg_x_ads__app_event_tags') }}
    group by account_id
),

attribution as (
    select account_id, max(days) as days
    from windows
    group by account_id
)

select
    accounts.id as account_id,
    {{ x_ads.base_10('accounts.id') }} as account_id_base_10,
    accounts.name as account_name,
    accounts.business_name,
    accounts.timezone,
    accounts.approval_status,
    coalesce(accounts.deleted, false) as is_deleted,
    {%- if var('x_ads_as_of') %}
    cast('{{ var("x_ads_as_of") }}' as timestamp) as as_of,
    {%- else %}
    cast(coalesce(
        case when per_account.has_account_stats = 1 then per_account.known_at end, newest.known_at, newest.seen_until
    ) as timestamp) as as_of,
    {%- endif %}
    {%- if tags_are_loaded %}
    cast(coalesce(attribution.days, 0) as integer) as attribution_window_days
    {%- else %}
    cast({{ var('x_ads_attribution_window_days') }} as integer) as attribution_window_days
    {%- endif %}
from {{ ref('stg_x_ads__accounts') }} as accounts
cross join newest
left join per_account on per_account.account_id = accounts.id
left join attribution on attribution.account_id = accounts.id
