{# Parts of a link. They come as they stand in it, percent signs included; a part that is not there is null. #}
{% macro link_parts(link) %}
    {{ x_ads.first_group(link, '^([^?#]*)') }} as base_url,
    {{ x_ads.first_group(link, '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)') }} as url_host,
    {{ x_ads.first_group(link, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*([^?#]*)') }} as url_path,
    {%- for name in ['utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term'] %}
    {{ x_ads.first_group(link, '[?&]' ~ name ~ '=([^&#]*)') }} as {{ name }}{{ "," if not loop.last }}
    {%- endfor %}
{% endmacro %}

{% macro first_group(text, pattern) -%}
    nullif({{ adapter.dispatch('first_group', 'x_ads')(text, pattern) }}, '')
{%- endmacro %}

{% macro default__first_group(text, pattern) -%}
    regexp_extract({{ text }}, '{{ pattern }}', 1)
{%- endmacro %}

{% macro postgres__first_group(text, pattern) -%}
    substring({{ text }} from '{{ pattern }}')
{%- endmacro %}

{% macro snowflake__first_group(text, pattern) -%}
    regexp_substr({{ text }}, '{{ pattern }}', 1, 1, 'e', 1)
{%- endmacro %}
