{# The warehouse's type of a kind of column, and a loaded column in that type. #}
{% macro type_of(kind) %}
    {{ return(adapter.dispatch('type_of', 'x_ads')(kind)) }}
{% endmacro %}

{% macro default__type_of(kind) %}
    {{ return({
        'text': 'text', 'integer': 'bigint', 'number': 'double precision', 'boolean': 'boolean', 'date': 'date',
        'moment': 'timestamp', 'json': 'json'
    }[kind]) }}
{% endmacro %}

{% macro postgres__type_of(kind) %}
    {{ return('jsonb' if kind == 'json' else x_ads.default__type_of(kind)) }}
{% endmacro %}

{% macro snowflake__type_of(kind) %}
    {{ return({'json': 'variant', 'moment': 'timestamp_ntz'}.get(kind) or x_ads.default__type_of(kind)) }}
{% endmacro %}


{% macro as_kind(column, kind, dtype) %}
    {%- if kind == 'moment' and ('with time zone' in dtype or dtype in ('timestamptz', 'timestamp_tz', 'timestamp_ltz')) -%}
    {{ x_ads.utc(column) }}
    {%- elif kind == 'json' and dtype in ('text', 'varchar', 'character varying', 'string') -%}
    {{ x_ads.json_of_text(column) }}
    {%- elif kind == 'json' -%}
    {{ x_ads.json_of_json(column) }}
    {%- else -%}
    cast({{ column }} as {{ x_ads.type_of(kind) }})
    {%- endif -%}
{% endmacro %}


{# A moment with a zone as UTC without one. #}
{% macro utc(moment) %}
    {{- adapter.dispatch('utc', 'x_ads')(moment) -}}
{% endmacro %}

{% macro default__utc(moment) -%}
    ({{ moment }} at time zone 'UTC')
{%- endmacro %}

{% macro snowflake__utc(moment) -%}
    cast(convert_timezone('UTC', {{ moment }}) as timestamp_ntz)
{%- endmacro %}


{% macro json_of_text(column) %}
    {{- adapter.dispatch('json_of_text', 'x_ads')(column) -}}
{% endmacro %}

{% macro default__json_of_text(column) -%}
    cast({{ column }} as {{ x_ads.type_of('json') }})
{%- endmacro %}

{% macro snowflake__json_of_text(column) -%}
    try_parse_json({{ column }})
{%- endmacro %}


{# target-postgres makes an array of jsonb values of what is an array in JSON. #}
{% macro json_of_json(column) %}
    {{- adapter.dispatch('json_of_json', 'x_ads')(column) -}}
{% endmacro %}

{% macro default__json_of_json(column) -%}
    {{ column }}
{%- endmacro %}

{% macro postgres__json_of_json(column) -%}
    to_jsonb({{ column }})
{%- endmacro %}
