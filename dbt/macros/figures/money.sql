{# Millionths of a currency as an exact amount of it. A division would make a float of it on DuckDB. #}
{% macro money(micro) -%}
    cast(cast({{ micro }} as numeric(20, 0)) * cast(0.000001 as numeric(7, 6)) as numeric(28, 6))
{%- endmacro %}

{# A quotient with six decimals; null where there is nothing to divide by. #}
{% macro ratio(above, below, times=1) -%}
    cast({{ times ~ ' * ' if times != 1 }}cast({{ above }} as double precision) / nullif(cast({{ below }} as double precision), 0) as numeric(28, 6))
{%- endmacro %}

{# A sum of counts; null and 0 are the same to X. #}
{% macro total(column) -%}
    cast(coalesce(sum({{ column }}), 0) as bigint)
{%- endmacro %}
