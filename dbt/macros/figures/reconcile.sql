{# Figures of one level beside the sum of the level below it: rows of reconciliation, one per entity, day and metric.

   whole, parts: relations with account_id, entity_id, date_day and the metrics; ends_at too in `whole`. #}
{% macro compared_levels(comparison, whole, parts, metrics) %}
{%- for metric in metrics %}
select
    '{{ comparison }}' as comparison,
    '{{ metric | upper }}' as metric,
    {{ 14 if metric == 'spend' else 1 }} as settled_after_days,
    coalesce(whole.account_id, parts.account_id) as account_id,
    coalesce(whole.entity_id, parts.entity_id) as entity_id,
    coalesce(whole.date_day, parts.date_day) as date_day,
    coalesce(whole.ends_at, parts.ends_at) as ends_at,
    cast(coalesce(whole.{{ metric }}, 0) as numeric(28, 6)) as whole,
    cast(coalesce(parts.{{ metric }}, 0) as numeric(28, 6)) as parts
from {{ whole }} as whole
full outer join {{ parts }} as parts
    on parts.account_id = whole.account_id and parts.entity_id = whole.entity_id and parts.date_day = whole.date_day
where coalesce(whole.{{ metric }}, 0) <> coalesce(parts.{{ metric }}, 0)
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endmacro %}


{# `dbt run-operation reconcile` names what does not add up, in the tables that `dbt build` made last. #}
{% macro reconcile() %}
    {% set found = run_query(
        "select comparison, metric, account_id, entity_name, entity_id, date_day, whole, parts, explanation from "
        ~ ref('reconciliation') ~ " order by explanation, comparison, account_id, entity_id, date_day, metric") %}
    {% if not found.rows %}
        {% do log("Accounts, funding instruments, campaigns, line items and ads add up.", info=true) %}
    {% endif %}
    {% for row in found.rows %}
        {% do log(row.explanation ~ "  " ~ row.comparison ~ "  account " ~ row.account_id ~ "  " ~ (row.entity_name or row.entity_id)
            ~ " (" ~ row.entity_id ~ ")  " ~ row.date_day ~ "  " ~ row.metric ~ ": " ~ row.whole ~ " against " ~ row.parts, info=true) %}
    {% endfor %}
{% endmacro %}
