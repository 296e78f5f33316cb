{# Rows are one per key, and no column of the key is null. More than one row: the loader appends instead of upserting. #}
{% test unique_key(model, columns) %}
select {{ columns | join(', ') }}, count(*) as copies
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 or {% for column in columns %}count({{ column }}) < count(*){{ " or " if not loop.last }}{% endfor %}
{% endtest %}
