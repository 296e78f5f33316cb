{# Tables with segments: those named <entity>_stats_by_<segmentation>, and the ones that x_ads_segment_tables names. #}
{% macro segment_tables() %}
    {% set tables = [] %}
    {% if execute %}
        {% set declared = source('tap_twitter_ads_async', 'accounts') %}
        {% set named = var('x_ads_segment_tables') | map('lower') | list %}
        {% set found = [] %}
        {% for row in run_query(x_ads.tables_of_schema(declared)).rows %}
            {% set name = row[0] | lower %}
            {% if '_stats_by_' in name or name in named %}
                {% do found.append(name) %}
                {% do tables.append(adapter.get_relation(
                    database=declared.database, schema=declared.schema, identifier=name)) %}
            {% endif %}
        {% endfor %}
        {% set missing = named | reject('in', found) | list %}
        {% if missing %}
            {{ exceptions.raise_compiler_error(
                "Variable x_ads_segment_tables names " ~ missing | join(', ') ~ ", which schema " ~ declared.schema
                ~ " does not have. Load that report, or take the name out.") }}
        {% endif %}
    {% endif %}
    {{ return(tables) }}
{% endmacro %}

{% macro tables_of_schema(declared) %}
select table_name
from {{ declared.database ~ '.' if target.type == 'snowflake' }}information_schema.tables
where lower(table_schema) = lower('{{ declared.schema }}') and lower(table_catalog) = lower('{{ declared.database }}')
order by table_name
{% endmacro %}

{# Columns of a segmented table: name -> kind. #}
{% macro segment_columns() %}
    {% set columns = {'entity': 'text', 'segmentation_type': 'text', 'segment_name': 'text', 'segment_value': 'text', 'country': 'text', 'platform': 'text'} %}
    {% do columns.update(x_ads.stats_columns()) %}
    {{ return(columns) }}
{% endmacro %}
