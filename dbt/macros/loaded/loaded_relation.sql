{# The table of a stream as it is in the warehouse, or none where the stream is not loaded.

   Every stream but `accounts` may be missing: a selection, an account without the feature, an API that no longer
   offers it. Without `accounts` the schema is most likely the wrong one, and silence would look like no spend. #}
{% macro loaded_relation(stream) %}
    {% set declared = source('tap_twitter_ads_async', stream) %}
    {% if not execute %}
        {{ return(none) }}
    {% endif %}
    {% set found = adapter.get_relation(
        database=declared.database, schema=declared.schema, identifier=declared.identifier) %}
    {% if found is none and stream == 'accounts' %}
        {{ exceptions.raise_compiler_error(
            "No table accounts in schema " ~ declared.schema ~ " of database " ~ declared.database
            ~ ". Set the variable x_ads_schema to the schema that the loader writes to, and load the stream accounts.") }}
    {% endif %}
    {{ return(found) }}
{% endmacro %}
