-- Campaigns with their funding instrument, and what their line items are after: MIXED if not the same.
with aims as (
    select
        account_id,
        campaign_id,
        {{ x_ads.common_result_type('result_type') }} as result_type,
        {{ x_ads.common_result_type('objective') }} as objective,
        min(flight_starts_at) as flight_starts_at,
        case when count(flight_ends_at) = count(*) then max(flight_ends_at) end as flight_ends_at
    from {{ ref('int_x_ads__line_items') }}
    group by account_id, campaign_id
)

select
    campaigns.account_id,
    campaigns.id as campaign_id,
    coalesce(campaigns.name, campaigns.id) as campaign_name,
    campaigns.funding_instrument_id,
    funding_instruments.description as funding_instrument,
    coalesce(funding_instruments.currency, campaigns.currency) as currency,
    aims.objective,
    aims.result_type,
    campaigns.entity_status,
    coalesce(campaigns.start_time, aims.flight_starts_at) as flight_starts_at,
    coalesce(campaigns.end_time, aims.flight_ends_at) as flight_ends_at,
    {{ x_ads.money('campaigns.daily_budget_amount_local_micro') }} as daily_budget,
    {{ x_ads.money('campaigns.total_budget_amount_local_micro') }} as total_budget,
    coalesce(campaigns.deleted, false) as is_deleted
from {{ ref('stg_x_ads__campaigns') }} as campaigns
left join aims on aims.account_id = campaigns.account_id and aims.campaign_id = campaigns.id
left join {{ ref('stg_x_ads__funding_instruments') }} as funding_instruments
    on funding_instruments.account_id = campaigns.account_id and funding_instruments.id = campaigns.funding_instrument_id
