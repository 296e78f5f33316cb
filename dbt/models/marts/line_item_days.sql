with days as (
    select
        figures.*,
        accounts.account_name,
        accounts.account_id_base_10,
        line_items.campaign_id,
        line_items.campaign_name,
        coalesce(line_items.line_item_name, figures.entity_id) as line_item_name,
        line_items.funding_instrument_id,
        line_items.currency,
        line_items.objective,
        line_items.goal,
        line_items.result_type,
        {{ x_ads.results('line_items.result_type') }} as results,
        accounts.as_of,
        accounts.attribution_window_days
    from {{ ref('int_x_ads__line_item_days') }} as figures
    left join {{ ref('int_x_ads__line_items') }} as line_items
        on line_items.account_id = figures.account_id and line_items.line_item_id = figures.entity_id
    left join {{ ref('int_x_ads__accounts') }} as accounts on accounts.account_id = figures.account_id
)

select
    account_id,
    account_name,
    campaign_id,
    campaign_name,
    entity_id as line_item_id,
    line_item_name,
    account_id_base_10,
    {{ x_ads.base_10('campaign_id') }} as campaign_id_base_10,
    {{ x_ads.base_10('entity_id') }} as line_item_id_base_10,
    funding_instrument_id,
    currency,
    objective,
    goal,
    date_day,
    starts_at,
    ends_at,
    {{ x_ads.figure_columns() | join(',\n    ') }},
    result_type,
    results,
    {{ x_ads.rates() }},
    {{ x_ads.finality() }}
from days
