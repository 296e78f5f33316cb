{# Conversions of a stats relation in rows: entity and day, who counted them, event, how they were won, count and value.

   keys: columns that tell rows apart beside those. Rows without any count, piece or value are left out. #}
{% macro conversion_rows(stats, keys) %}
select
    {% for key in keys %}{{ key }}, {% endfor %}
    counted_by,
    event,
    attribution,
    {{ x_ads.total('conversions') }} as conversions,
    {{ x_ads.money('coalesce(sum(pieces), 0)') }} as order_quantity,
    {{ x_ads.money('coalesce(sum(value), 0)') }} as conversion_value
from ({{ adapter.dispatch('conversion_parts_in_rows', 'x_ads')(stats, keys, x_ads.conversion_parts()) }}) as parts
group by {% for key in keys %}{{ key }}, {% endfor %}counted_by, event, attribution
having {{ x_ads.total('conversions') }} <> 0 or coalesce(sum(pieces), 0) <> 0 or coalesce(sum(value), 0) <> 0
{% endmacro %}

{% macro default__conversion_parts_in_rows(stats, keys, parts) %}
select
    {% for key in keys %}stats.{{ key }}, {% endfor %}
    part.counted_by, part.event, part.attribution, part.conversions, part.pieces, part.value
from {{ stats }} as stats
cross join lateral (values
    {%- for counted_by, event, attribution, conversions, pieces, value in parts %}
    ('{{ counted_by }}', '{{ event | upper }}', '{{ attribution }}',
     {{ 'stats.' ~ conversions if conversions else 'cast(null as bigint)' }},
     {{ 'stats.' ~ pieces if pieces else 'cast(null as bigint)' }},
     {{ 'stats.' ~ value if value else 'cast(null as bigint)' }}){{ "," if not loop.last }}
    {%- endfor %}
) as part (counted_by, event, attribution, conversions, pieces, value)
{% endmacro %}

{# DuckDB turns values that refer to another table into a join, which takes several times as long as a list. #}
{% macro duckdb__conversion_parts_in_rows(stats, keys, parts) %}
select
    {% for key in keys %}{{ key }}, {% endfor %}
    part.counted_by, part.event, part.attribution, part.conversions, part.pieces, part.value
from (
    select
        {% for key in keys %}stats.{{ key }}, {% endfor %}
        unnest([
            {%- for counted_by, event, attribution, conversions, pieces, value in parts %}
            {'counted_by': '{{ counted_by }}', 'event': '{{ event | upper }}', 'attribution': '{{ attribution }}',
             'conversions': {{ 'stats.' ~ conversions if conversions else 'cast(null as bigint)' }},
             'pieces': {{ 'stats.' ~ pieces if pieces else 'cast(null as bigint)' }},
             'value': {{ 'stats.' ~ value if value else 'cast(null as bigint)' }}}{{ "," if not loop.last }}
            {%- endfor %}
        ]) as part
    from {{ stats }} as stats
) as parts
{% endmacro %}

{# Snowflake knows no values that refer to another table of the query, but a list of columns as rows. #}
{% macro snowflake__conversion_parts_in_rows(stats, keys, parts) %}
select
    {% for key in keys %}amounts.{{ key }}, {% endfor %}
    part.counted_by, part.event, part.attribution,
    case when part.kind = 'conversions' then amounts.amount end as conversions,
    case when part.kind = 'pieces' then amounts.amount end as pieces,
    case when part.kind = 'value' then amounts.amount end as value
from (
    select {% for key in keys %}{{ key }}, {% endfor %}column_name, amount
    from {{ stats }}
    unpivot (amount for column_name in (
        {%- set columns = [] %}
        {%- for part in parts %}{% do columns.extend(part[3:] | select | list) %}{% endfor %}
        {{ columns | join(', ') }}
    ))
) as amounts
inner join (
    select column1 as column_name, column2 as counted_by, column3 as event, column4 as attribution, column5 as kind
    from values
    {%- for counted_by, event, attribution, conversions, pieces, value in parts %}
    {%- set last = loop.last %}
    {%- for kind, column in {'conversions': conversions, 'pieces': pieces, 'value': value}.items() if column %}
    ('{{ column | upper }}', '{{ counted_by }}', '{{ event | upper }}', '{{ attribution }}', '{{ kind }}'){{ "," if not (last and loop.last) }}
    {%- endfor %}
    {%- endfor %}
) as part on part.column_name = upper(amounts.column_name)
{% endmacro %}
