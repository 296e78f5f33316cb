-- Added up from campaigns: X reports neither spend nor conversions for accounts.
with days as (
    select
        account_id,
        currency,
        date_day,
        min(account_name) as account_name,
        min(account_id_base_10) as account_id_base_10,
        min(starts_at) as starts_at,
        max(ends_at) as ends_at,
        count(distinct campaign_id) as active_campaigns,
        {%- for column in x_ads.figure_columns() %}
        {%- if column in ('spend', 'conversion_value') %}
        cast(sum({{ column }}) as numeric(28, 6)) as {{ column }},
        {%- else %}
        {{ x_ads.total(column) }} as {{ column }},
        {%- endif %}
        {%- endfor %}
        {{ x_ads.common_result_type('result_type') }} as result_type
    from {{ ref('campaign_days') }}
    group by account_id, currency, date_day
),

with_results as (
    select
        days.*,
        {{ x_ads.results('result_type') }} as results,
        accounts.as_of,
        accounts.attribution_window_days
    from days
    left join {{ ref('int_x_ads__accounts') }} as accounts on accounts.account_id = days.account_id
)

select
    account_id,
    account_name,
    account_id_base_10,
    currency,
    date_day,
    starts_at,
    ends_at,
    active_campaigns,
    {{ x_ads.figure_columns() | join(',\n    ') }},
    result_type,
    results,
    {{ x_ads.rates() }},
    {{ x_ads.finality() }}
from with_results
