-- The rows of every segmented table; where there is none, none.
{%- set tables = x_ads.segment_tables() %}
{%- for table in tables %}
select '{{ table.identifier | lower }}' as source_table, coalesce(_sdc_extracted_at, _sdc_batched_at) as known_at, rows_.*
from ({{ x_ads.loaded_from(table, x_ads.segment_columns()) }}) as rows_
where granularity = '{{ var("x_ads_granularity") }}'
{{ 'union all' if not loop.last }}
{%- else %}
select cast(null as text) as source_table, cast(null as timestamp) as known_at, rows_.*
from ({{ x_ads.loaded_from(none, x_ads.segment_columns()) }}) as rows_
{%- endfor %}
