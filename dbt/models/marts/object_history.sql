-- Versions of one moment are one, the account's own history being the better witness; versions that differ in nothing
-- that is shown here follow each other unnoticed.
with at_one_moment as (
    select *
    from (
        select
            *,
            row_number() over (partition by account_id, entity, entity_id, valid_from order by known_from) as witness
        from {{ ref('int_x_ads__versions') }}
    ) as numbered
    where witness = 1
),

compared as (
    select
        *,
        {%- for column in ['name', 'entity_status', 'daily_budget_amount_local_micro', 'total_budget_amount_local_micro', 'is_deleted'] %}
        lag({{ column }}) over (partition by account_id, entity, entity_id order by valid_from) as last_{{ column }},
        {%- endfor %}
        row_number() over (partition by account_id, entity, entity_id order by valid_from) as place
    from at_one_moment
),

changes as (
    select *
    from compared
    where
        place = 1
        {%- for column in ['name', 'entity_status', 'daily_budget_amount_local_micro', 'total_budget_amount_local_micro', 'is_deleted'] %}
        or {{ column }} is distinct from last_{{ column }}
        {%- endfor %}
)

select
    account_id,
    entity,
    entity_id,
    {{ x_ads.base_10('entity_id') }} as entity_id_base_10,
    valid_from,
    lead(valid_from) over (partition by account_id, entity, entity_id order by valid_from) as valid_to,
    name,
    entity_status,
    {{ x_ads.money('daily_budget_amount_local_micro') }} as daily_budget,
    {{ x_ads.money('total_budget_amount_local_micro') }} as total_budget,
    is_deleted,
    known_from
from changes
