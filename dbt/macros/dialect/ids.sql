{# An id as X's Ads Manager shows it: the base 10 of the API's base 36. Null for what is no such id. #}
{% macro base_10(id) %}
    {%- set digits = "'0123456789abcdefghijklmnopqrstuvwxyz'" -%}
    case when {{ id }} is not null and length({{ id }}) between 1 and 13 and length(translate({{ id }}, {{ digits }}, '')) = 0 then
        cast(
        {%- for place in range(1, 14) %}
            case when length({{ id }}) >= {{ place }} then cast({{ x_ads.position_in(digits, 'substr(' ~ id ~ ', length(' ~ id ~ ') - ' ~ (place - 1) ~ ', 1)') }} - 1 as numeric(38, 0)) * cast({{ 36 ** (place - 1) }} as numeric(38, 0)) else 0 end{{ " +" if not loop.last }}
        {%- endfor %}
        as {{ x_ads.type_of('text') }})
    end
{% endmacro %}

{% macro position_in(text, part) %}
    {{- adapter.dispatch('position_in', 'x_ads')(text, part) -}}
{% endmacro %}

{% macro default__position_in(text, part) -%}
    strpos({{ text }}, {{ part }})
{%- endmacro %}

{% macro snowflake__position_in(text, part) -%}
    charindex({{ part }}, {{ text }})
{%- endmacro %}
