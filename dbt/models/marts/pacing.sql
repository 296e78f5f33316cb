with budgets as (
    select
        'LINE_ITEM' as level, account_id, line_item_id as entity_id, line_item_name as entity_name, campaign_id,
        currency, entity_status, is_deleted, flight_starts_at, flight_ends_at, daily_budget, total_budget
    from {{ ref('int_x_ads__line_items') }}
    union all
    select
        'CAMPAIGN', account_id, campaign_id, campaign_name, campaign_id,
        currency, entity_status, is_deleted, flight_starts_at, flight_ends_at, daily_budget, total_budget
    from {{ ref('int_x_ads__campaigns') }}
),

-- Only whole days count: the day in progress would look like a day of low spend.
clocks as (
    select
        account_id,
        account_name,
        {{ x_ads.local_date('as_of', 'timezone') }} as today,
        {{ x_ads.local_midnight(x_ads.local_date('as_of', 'timezone'), 'timezone') }} as today_began_at
    from {{ ref('int_x_ads__accounts') }}
),

figures as (
    select 'LINE_ITEM' as level, account_id, line_item_id as entity_id, date_day, spend from {{ ref('line_item_days') }}
    union all
    select 'CAMPAIGN', account_id, campaign_id, date_day, spend from {{ ref('campaign_days') }}
),

spent as (
    select
        figures.level,
        figures.account_id,
        figures.entity_id,
        cast(sum(figures.spend) as numeric(28, 6)) as spend,
        cast(sum(case when figures.date_day = {{ dbt.dateadd('day', -1, 'clocks.today') }} then figures.spend else 0 end) as numeric(28, 6)) as spend_last_day,
        cast(sum(case when figures.date_day >= {{ dbt.dateadd('day', -7, 'clocks.today') }} then figures.spend else 0 end) as numeric(28, 6)) as spend_7_days
    from figures
    inner join clocks on clocks.account_id = figures.account_id
    where figures.date_day < clocks.today
    group by figures.level, figures.account_id, figures.entity_id
),

flights as (
    select
        budgets.*,
        clocks.account_name,
        {{ dbt.dateadd('day', -1, 'clocks.today') }} as last_whole_day,
        coalesce(spent.spend, 0) as spend,
        coalesce(spent.spend_last_day, 0) as spend_last_day,
        coalesce(spent.spend_7_days, 0) as spend_7_days,
        case
            when budgets.flight_starts_at is null or budgets.flight_ends_at is null then null
            when clocks.today_began_at <= budgets.flight_starts_at then 0
            when clocks.today_began_at >= budgets.flight_ends_at then 1
            else {{ x_ads.ratio(
                x_ads.seconds_between('budgets.flight_starts_at', 'clocks.today_began_at'),
                x_ads.seconds_between('budgets.flight_starts_at', 'budgets.flight_ends_at')) }}
        end as elapsed_share
    from budgets
    inner join clocks on clocks.account_id = budgets.account_id
    left join spent
        on spent.level = budgets.level and spent.account_id = budgets.account_id and spent.entity_id = budgets.entity_id
    where budgets.total_budget is not null or budgets.daily_budget is not null
)

select
    level,
    account_id,
    account_name,
    campaign_id,
    entity_id,
    entity_name,
    {{ x_ads.base_10('entity_id') }} as entity_id_base_10,
    currency,
    entity_status,
    is_deleted,
    flight_starts_at,
    flight_ends_at,
    cast(last_whole_day as date) as last_whole_day,
    daily_budget,
    total_budget,
    cast(spend as numeric(28, 6)) as spend,
    cast(spend_last_day as numeric(28, 6)) as spend_last_day,
    {{ x_ads.ratio('spend_7_days', '7') }} as spend_per_day,
    {{ x_ads.ratio('spend_last_day', 'daily_budget') }} as last_day_share,
    {{ x_ads.ratio('spend', 'total_budget') }} as spent_share,
    cast(elapsed_share as numeric(28, 6)) as elapsed_share,
    {{ x_ads.ratio('spend', 'total_budget * elapsed_share') }} as pace,
    {{ x_ads.ratio('spend', 'elapsed_share') }} as projected_spend,
    cast(total_budget - spend as numeric(28, 6)) as remaining_budget,
    {{ x_ads.ratio('(total_budget - spend) * 7', 'spend_7_days') }} as days_left
from flights
