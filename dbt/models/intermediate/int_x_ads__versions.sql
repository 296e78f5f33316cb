-- Every known version of a campaign or line item: of the account's own history where that is loaded, and of snapshots.
with versions as (
    {%- for entity, snapshot in {'CAMPAIGN': 'x_ads_campaign_snapshot', 'LINE_ITEM': 'x_ads_line_item_snapshot'}.items() %}
    select
        account_id, '{{ entity }}' as entity, id as entity_id, cast(dbt_valid_from as timestamp) as valid_from, name, entity_status,
        daily_budget_amount_local_micro, total_budget_amount_local_micro, coalesce(deleted, false) as is_deleted,
        'SNAPSHOT' as known_from
    from {{ ref(snapshot) }}
    union all
    {%- endfor %}
    select
        account_id, entity, entity_id, change_time,
        {{ x_ads.json_string('entity_data', ['name']) }},
        {{ x_ads.json_string('entity_data', ['entity_status']) }},
        cast({{ x_ads.json_string('entity_data', ['daily_budget_amount_local_micro']) }} as bigint),
        cast({{ x_ads.json_string('entity_data', ['total_budget_amount_local_micro']) }} as bigint),
        coalesce({{ x_ads.json_string('entity_data', ['deleted']) }} = 'true', false),
        'ACCOUNT_HISTORY'
    from {{ ref('stg_x_ads__account_history') }}
    where entity in ('CAMPAIGN', 'LINE_ITEM') and entity_data is not null
)

select * from versions
