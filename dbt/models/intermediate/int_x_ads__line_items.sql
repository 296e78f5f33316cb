-- Line items with everything above them, and what they are after.
select
    line_items.account_id,
    line_items.id as line_item_id,
    coalesce(line_items.name, line_items.id) as line_item_name,
    line_items.campaign_id,
    coalesce(campaigns.name, line_items.campaign_id) as campaign_name,
    campaigns.funding_instrument_id,
    coalesce(funding_instruments.currency, campaigns.currency, line_items.currency) as currency,
    line_items.objective,
    line_items.goal,
    line_items.product_type,
    line_items.pay_by,
    {{ x_ads.result_type('line_items.goal', 'line_items.objective', 'tags.type') }} as result_type,
    line_items.entity_status,
    line_items.start_time as flight_starts_at,
    line_items.end_time as flight_ends_at,
    {{ x_ads.money('line_items.daily_budget_amount_local_micro') }} as daily_budget,
    {{ x_ads.money('line_items.total_budget_amount_local_micro') }} as total_budget,
    coalesce(line_items.deleted, false) as is_deleted
from {{ ref('stg_x_ads__line_items') }} as line_items
left join {{ ref('stg_x_ads__campaigns') }} as campaigns
    on campaigns.account_id = line_items.account_id and campaigns.id = line_items.campaign_id
left join {{ ref('stg_x_ads__funding_instruments') }} as funding_instruments
    on funding_instruments.account_id = campaigns.account_id and funding_instruments.id = campaigns.funding_instrument_id
left join {{ ref('stg_x_ads__web_event_tags') }} as tags
    on tags.account_id = line_items.account_id and tags.id = line_items.primary_web_event_tag
