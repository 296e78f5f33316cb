-- Tags with the event that they report, in the words of the metrics.
select
    account_id,
    id as tag_id,
    name as tag_name,
    'WEB' as counted_by,
    case type
        {%- for event, type in x_ads.web_events().items() if type %}
        when '{{ type }}' then '{{ event | upper }}'
        {%- endfor %}
    end as event,
    view_through_window as view_window_days,
    click_window as engagement_window_days
from {{ ref('stg_x_ads__web_event_tags') }}
union all
select
    account_id,
    id,
    coalesce(provider_app_event_name, app_store_identifier),
    'APP',
    case conversion_type
        {%- for event, type in x_ads.app_events().items() if type %}
        when '{{ type }}' then '{{ event | upper }}'
        {%- endfor %}
    end,
    post_view_attribution_window,
    post_engagement_attribution_window
from {{ ref('stg_x_ads__app_event_tags') }}
