{# What an objective is after: the kind of result of a line item, from goal, objective and the type of its web event tag.

   The goal is the finer of the two. Reach is not additive over days, so what its campaigns show for results is
   impressions. #}
{% macro result_type(goal, objective, tag_type) %}
    case
        when {{ goal }} = 'SITE_VISITS' then 'SITE_VISITS'
        when {{ goal }} = 'APP_PURCHASES' then 'APP_PURCHASES'
        when {{ goal }} = 'APP_CLICKS' then 'APP_CLICKS'
        when {{ goal }} = 'APP_INSTALLS' then 'APP_INSTALLS'
        when {{ goal }} = 'VIEW_3S_100PCT' then 'VIDEO_3S100PCT_VIEWS'
        when {{ goal }} = 'VIEW_6S' then 'VIDEO_6S_VIEWS'
        when {{ goal }} = 'VIEW_15S' then 'VIDEO_15S_VIEWS'
        when {{ goal }} = 'WEBSITE_CONVERSIONS' or ({{ goal }} is null and {{ objective }} = 'WEBSITE_CONVERSIONS') then
            case {{ tag_type }}
                {%- for event, type in x_ads.web_events().items() if type %}
                when '{{ type }}' then '{{ event | upper }}'
                {%- endfor %}
                else 'CONVERSIONS'
            end
        when {{ objective }} = 'WEBSITE_CLICKS' then 'LINK_CLICKS'
        when {{ objective }} = 'APP_INSTALLS' then 'APP_INSTALLS'
        when {{ objective }} = 'APP_ENGAGEMENTS' then 'APP_CLICKS'
        when {{ objective }} in ('VIDEO_VIEWS', 'PREROLL_VIEWS') then 'VIDEO_VIEWS'
        when {{ objective }} = 'FOLLOWERS' then 'FOLLOWS'
        when {{ objective }} = 'ENGAGEMENTS' then 'ENGAGEMENTS'
        when {{ objective }} = 'REACH' then 'IMPRESSIONS'
        when {{ objective }} = 'WEBSITE_CONVERSIONS' then 'CONVERSIONS'
    end
{% endmacro %}

{# How many of them: null where line items of one campaign are after different things, or after something unknown. #}
{% macro results(result_type) %}
    case {{ result_type }}
        when 'LINK_CLICKS' then url_clicks
        when 'APP_CLICKS' then app_clicks
        when 'APP_INSTALLS' then app_installs
        when 'APP_PURCHASES' then app_purchases
        when 'VIDEO_VIEWS' then video_total_views
        when 'VIDEO_3S100PCT_VIEWS' then video_3s100pct_views
        when 'VIDEO_6S_VIEWS' then video_6s_views
        when 'VIDEO_15S_VIEWS' then video_15s_views
        when 'FOLLOWS' then follows
        when 'ENGAGEMENTS' then engagements
        when 'IMPRESSIONS' then impressions
        when 'CONVERSIONS' then conversions
        {%- for event, type in x_ads.web_events().items() %}
        when '{{ event | upper }}' then {{ event }}
        {%- endfor %}
    end
{% endmacro %}

{# One kind of result for several line items, MIXED if they differ. #}
{% macro common_result_type(result_type) -%}
    case when min({{ result_type }}) = max({{ result_type }}) and count({{ result_type }}) = count(*) then min({{ result_type }})
        when count({{ result_type }}) > 0 then 'MIXED' end
{%- endmacro %}

{# Rates of one row. Over several rows divide sums; the metrics of this package do. #}
{% macro rates() %}
    {{ x_ads.ratio('clicks', 'impressions') }} as ctr,
    {{ x_ads.ratio('spend', 'impressions', 1000) }} as cpm,
    {{ x_ads.ratio('spend', 'clicks') }} as cpc,
    {{ x_ads.ratio('spend', 'conversions') }} as cpa,
    {{ x_ads.ratio('conversion_value', 'spend') }} as roas,
    {{ x_ads.ratio('spend', 'results') }} as cost_per_result
{% endmacro %}
