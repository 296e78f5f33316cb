{# Schemas are called what the project says, without the profile's name before them: x_ads, not public_x_ads.
   Only while this package is built by itself; in your project your own macro, or dbt's, decides. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
