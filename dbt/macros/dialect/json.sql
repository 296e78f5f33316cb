{# Every string that a path finds in a JSON column, one row each, with its position from 0.

   path: '$.urls[*].expanded_url', keys with dots between them, [*] for every element of an array.
   keys: columns of the relation that are passed through. #}
{% macro json_strings(relation, keys, column, path) %}
    {{- adapter.dispatch('json_strings', 'x_ads')(relation, keys, column, path) -}}
{% endmacro %}

{% macro default__json_strings(relation, keys, column, path) %}
select {{ keys | join(', ') }}, position - 1 as position, found[position] as value
from (
    select *, unnest(generate_series(1, len(found))) as position
    from (
        select {{ keys | join(', ') }}, json_extract_string({{ column }}, '{{ path }}') as found
        from {{ relation }}
        where {{ column }} is not null
    ) as lists
) as elements
where found[position] is not null
{% endmacro %}

{% macro postgres__json_strings(relation, keys, column, path) %}
select
    {% for key in keys %}rows_.{{ key }}, {% endfor -%}
    cast(element.number - 1 as bigint) as position,
    element.value #>> '{}' as value
from {{ relation }} as rows_
cross join lateral jsonb_path_query(rows_.{{ column }}, '{{ path }}') with ordinality as element (value, number)
{% endmacro %}

{% macro snowflake__json_strings(relation, keys, column, path) %}
{%- set steps = path.split('[*]') -%}
select
    {{ keys | join(', ') }},
    row_number() over (
        partition by {{ keys | join(', ') }}
        order by {% for step in steps[:-1] %}level_{{ loop.index }}.index{{ ", " if not loop.last }}{% endfor %}
    ) - 1 as position,
    cast({{ x_ads.snowflake_step('level_' ~ (steps | length - 1) ~ '.value', steps[-1]) }} as text) as value
from {{ relation }}
{%- set ns = namespace(input=column) %}
{%- for step in steps[:-1] %}
, lateral flatten(input => {{ x_ads.snowflake_step(ns.input, step) }}) as level_{{ loop.index }}
{%- set ns.input = 'level_' ~ loop.index ~ '.value' %}
{%- endfor %}
where {{ x_ads.snowflake_step('level_' ~ (steps | length - 1) ~ '.value', steps[-1]) }} is not null
{% endmacro %}

{% macro snowflake_step(value, step) -%}
    {%- set names = step | replace('$', '') | trim('.') -%}
    {{ value }}{% if names %}:{{ names }}{% endif %}
{%- endmacro %}


{# One string of a JSON object, by its keys from the outside in. #}
{% macro json_string(column, keys) %}
    {{- adapter.dispatch('json_string', 'x_ads')(column, keys) -}}
{% endmacro %}

{% macro default__json_string(column, keys) -%}
    json_extract_string({{ column }}, '$.{{ keys | join('.') }}')
{%- endmacro %}

{% macro postgres__json_string(column, keys) -%}
    ({{ column }} #>> '{ {{- keys | join(',') -}} }')
{%- endmacro %}

{% macro snowflake__json_string(column, keys) -%}
    cast({{ column }}:{{ keys | join(':') }} as text)
{%- endmacro %}
