{# One row per entity and day of the account's calendar, placements added up, as X's own interface shows it.

   Spend is in the currency of the funding instrument. A charge that X took back makes the sum smaller, below zero if
   need be: a credit belongs to the day on which it was charged. #}
{% macro daily_figures(stats) %}
select
    account_id,
    entity_id,
    date as date_day,
    min(start_time) as starts_at,
    max(end_time) as ends_at,
    {%- for metric in x_ads.count_metrics() %}
    {{ x_ads.total(metric) }} as {{ metric }},
    {%- endfor %}
    {{ x_ads.money('coalesce(sum(billed_charge_local_micro), 0)') }} as spend,
    {%- for event in x_ads.web_events() %}
    {{ x_ads.total('conversion_' ~ event ~ '_metric') }} as {{ event }},
    {%- endfor %}
    {%- for event in ['installs', 'purchases', 'sign_ups'] %}
    {{ x_ads.total('coalesce(mobile_conversion_' ~ event ~ '_post_view, 0) + coalesce(mobile_conversion_' ~ event ~ '_post_engagement, 0)') }} as app_{{ event }},
    {%- endfor %}
    cast({{ x_ads.chosen_events('conversion_%_metric') }} as bigint) as conversions,
    {{ x_ads.money(x_ads.chosen_events('conversion_%_sale_amount')) }} as conversion_value
from {{ stats }}
group by account_id, entity_id, date
{% endmacro %}


{# Sum over the events that count as conversions (variable x_ads_conversion_events). #}
{% macro chosen_events(pattern) %}
    {%- set chosen = var('x_ads_conversion_events') -%}
    {%- for event in chosen if event not in x_ads.web_events() -%}
        {{ exceptions.raise_compiler_error(
            "Variable x_ads_conversion_events names " ~ event ~ "; X reports: " ~ x_ads.web_events() | join(', ') ~ ".") }}
    {%- endfor -%}
    {%- for event in chosen -%}
        coalesce(sum({{ pattern | replace('%', event) }}), 0){{ " + " if not loop.last }}
    {%- else -%}
        0
    {%- endfor -%}
{% endmacro %}


{# The figures of a mart, in its order. #}
{% macro figure_columns() %}
    {{ return(
        x_ads.count_metrics() + ['spend'] + (x_ads.web_events() | list)
        + ['app_installs', 'app_purchases', 'app_sign_ups', 'conversions', 'conversion_value']
    ) }}
{% endmacro %}
