with periods as (
    select 'CAMPAIGN' as entity, rows_.* from {{ ref('stg_x_ads__campaign_reach') }} as rows_
    union all
    select 'FUNDING_INSTRUMENT', rows_.* from {{ ref('stg_x_ads__funding_instrument_reach') }} as rows_
)

select
    periods.account_id,
    accounts.account_name,
    periods.entity,
    periods.entity_id,
    coalesce(campaigns.campaign_name, funding_instruments.description, periods.entity_id) as entity_name,
    {{ x_ads.base_10('periods.entity_id') }} as entity_id_base_10,
    periods.period,
    periods.date as starts_on,
    periods.start_time as starts_at,
    periods.end_time as ends_at,
    periods.total_audience_reach,
    cast(periods.average_frequency as double precision) as average_frequency,
    periods.complete as is_complete
from periods
left join {{ ref('int_x_ads__accounts') }} as accounts on accounts.account_id = periods.account_id
left join {{ ref('int_x_ads__campaigns') }} as campaigns
    on campaigns.account_id = periods.account_id and campaigns.campaign_id = periods.entity_id
    and periods.entity = 'CAMPAIGN'
left join {{ ref('stg_x_ads__funding_instruments') }} as funding_instruments
    on funding_instruments.account_id = periods.account_id and funding_instruments.id = periods.entity_id
    and periods.entity = 'FUNDING_INSTRUMENT'
