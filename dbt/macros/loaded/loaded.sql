{# A stream's rows in the same columns and types on every warehouse.

   columns: name -> text, integer, number, boolean, date, moment (UTC, without a zone) or json.
   A column that was not selected, and every column of a stream that is not loaded, is null. Rows that the loader has
   marked as deleted (a newer table version came without them) are left out. #}
{% macro loaded(stream, columns) %}
{%- set relation = x_ads.loaded_relation(stream) %}
{{ x_ads.loaded_from(relation, columns) }}
{%- endmacro %}


{% macro loaded_from(relation, columns) %}
{%- set found = x_ads.found_columns(relation) %}
select
    {%- for name, kind in columns.items() %}
    {% if name in found -%}
    {{ x_ads.as_kind(adapter.quote(found[name].name), kind, found[name].dtype | lower) }}
    {%- else -%}
    cast(null as {{ x_ads.type_of(kind) }})
    {%- endif %} as {{ name }}{{ "," if not loop.last }}
    {%- endfor %}
{%- if relation %}
from {{ relation }}
{%- if '_sdc_deleted_at' in found %}
where {{ adapter.quote(found['_sdc_deleted_at'].name) }} is null
{%- endif %}
{%- else %}
from (select 1 as nothing) as not_loaded
where 1 = 0
{%- endif %}
{%- endmacro %}


{# Columns of a table by their lower-case names; none while parsing and for a table that is not there. #}
{% macro found_columns(relation) %}
    {% set found = {} %}
    {% if relation and execute %}
        {% for column in adapter.get_columns_in_relation(relation) %}
            {% do found.update({column.name | lower: column}) %}
        {% endfor %}
    {% endif %}
    {{ return(found) }}
{% endmacro %}
