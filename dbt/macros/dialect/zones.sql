{# The calendar date of a UTC moment on a clock, and the UTC moment at which a date begins there. #}
{% macro local_date(moment, zone) -%}
    {{ adapter.dispatch('local_date', 'x_ads')(moment, zone) }}
{%- endmacro %}

{% macro default__local_date(moment, zone) -%}
    cast((({{ moment }}) at time zone 'UTC' at time zone {{ zone }}) as date)
{%- endmacro %}

{% macro snowflake__local_date(moment, zone) -%}
    cast(convert_timezone('UTC', {{ zone }}, {{ moment }}) as date)
{%- endmacro %}


{% macro local_midnight(date, zone) -%}
    {{ adapter.dispatch('local_midnight', 'x_ads')(date, zone) }}
{%- endmacro %}

{% macro default__local_midnight(date, zone) -%}
    (cast({{ date }} as timestamp) at time zone {{ zone }} at time zone 'UTC')
{%- endmacro %}

{% macro snowflake__local_midnight(date, zone) -%}
    convert_timezone({{ zone }}, 'UTC', cast({{ date }} as timestamp_ntz))
{%- endmacro %}


{# Now, in UTC without a zone. #}
{% macro now_utc() -%}
    {{ adapter.dispatch('now_utc', 'x_ads')() }}
{%- endmacro %}

{% macro default__now_utc() -%}
    (current_timestamp at time zone 'UTC')
{%- endmacro %}

{% macro snowflake__now_utc() -%}
    cast(convert_timezone('UTC', current_timestamp()) as timestamp_ntz)
{%- endmacro %}


{# Seconds from one moment to another, as a fraction. #}
{% macro seconds_between(earlier, later) -%}
    {{ adapter.dispatch('seconds_between', 'x_ads')(earlier, later) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    cast(extract(epoch from ({{ later }} - {{ earlier }})) as double precision)
{%- endmacro %}

{% macro snowflake__seconds_between(earlier, later) -%}
    cast(datediff('second', {{ earlier }}, {{ later }}) as double precision)
{%- endmacro %}
