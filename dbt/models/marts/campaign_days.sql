with days as (
    select
        figures.*,
        accounts.account_name,
        accounts.account_id_base_10,
        coalesce(campaigns.campaign_name, figures.entity_id) as campaign_name,
        campaigns.funding_instrument_id,
        campaigns.funding_instrument,
        campaigns.currency,
        campaigns.objective,
        campaigns.result_type,
        {{ x_ads.results('campaigns.result_type') }} as results,
        accounts.as_of,
        accounts.attribution_window_days
    from {{ ref('int_x_ads__campaign_days') }} as figures
    left join {{ ref('int_x_ads__campaigns') }} as campaigns
        on campaigns.account_id = figures.account_id and campaigns.campaign_id = figures.entity_id
    left join {{ ref('int_x_ads__accounts') }} as accounts on accounts.account_id = figures.account_id
)

select
    account_id,
    account_name,
    entity_id as campaign_id,
    campaign_name,
    account_id_base_10,
    {{ x_ads.base_10('entity_id') }} as campaign_id_base_10,
    funding_instrument_id,
    funding_instrument,
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
