{# Until when a day's figures may move, counted from its end.

   Unsegmented metrics are final after 24 hours. Charges are estimates for up to 3 days and are adjusted for up to 14.
   Conversions keep arriving during the attribution window of the account's tags. #}
{% macro finality(ends_at='ends_at', date_day='date_day', as_of='as_of', attribution='attribution_window_days') %}
    cast({{ dbt.dateadd('day', 'greatest(14, ' ~ attribution ~ ') + 1', date_day) }} as date) as final_on,
    {{ as_of }} >= {{ dbt.dateadd('day', 'greatest(14, ' ~ attribution ~ ')', ends_at) }} as is_final,
    case
        when {{ as_of }} < {{ ends_at }} then 'DAY_NOT_OVER'
        when {{ as_of }} < {{ dbt.dateadd('day', 1, ends_at) }} then 'METRICS_MAY_MOVE'
        when {{ as_of }} < {{ dbt.dateadd('day', 3, ends_at) }} then 'SPEND_IS_ESTIMATED'
        when {{ as_of }} < {{ dbt.dateadd('day', 14, ends_at) }} then 'SPEND_MAY_BE_ADJUSTED'
        when {{ as_of }} < {{ dbt.dateadd('day', attribution, ends_at) }} then 'CONVERSIONS_MAY_ARRIVE'
        else 'FINAL'
    end as finality
{% endmacro %}
