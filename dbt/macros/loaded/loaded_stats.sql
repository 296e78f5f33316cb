{# A stats stream's rows of the granularity that the marts are made of (variable x_ads_granularity).

   Days and hours of the same time lie in one table if the setting was changed once; both would count twice. #}
{% macro loaded_stats(stream, segmented=false) %}
select * from (
{{ x_ads.loaded(stream, x_ads.stats_columns()) }}
) as figures
where granularity = '{{ var("x_ads_granularity") }}'
{% endmacro %}


{# Columns of a stats table: name -> kind. Metrics in the order of docs/streams.md. #}
{% macro stats_columns() %}
    {% set columns = {
        'account_id': 'text', 'entity_id': 'text', 'placement': 'text', 'granularity': 'text',
        'start_time': 'moment', 'end_time': 'moment', 'date': 'date'
    } %}
    {% for metric in x_ads.count_metrics() + ['billed_charge_local_micro'] + x_ads.conversion_columns() %}
        {% do columns.update({metric: 'integer'}) %}
    {% endfor %}
    {% do columns.update({'_sdc_extracted_at': 'moment', '_sdc_batched_at': 'moment'}) %}
    {{ return(columns) }}
{% endmacro %}
