{{ config(severity='warn') }}
-- Spend without a currency is spend whose campaign, line item or ad is not loaded: keep the setting with_deleted on, and
-- load the object streams beside the figures.
select 'campaign' as level, account_id, campaign_id as entity_id, sum(spend) as spend
from {{ ref('campaign_days') }}
where currency is null
group by account_id, campaign_id
having sum(spend) <> 0
union all
select 'line item', account_id, line_item_id, sum(spend)
from {{ ref('line_item_days') }}
where currency is null
group by account_id, line_item_id
having sum(spend) <> 0
union all
select 'ad', account_id, ad_id, sum(spend)
from {{ ref('ad_days') }}
where currency is null
group by account_id, ad_id
having sum(spend) <> 0
