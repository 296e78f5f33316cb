{# The API's metrics, by family. #}

{% macro count_metrics() %}
    {{ return([
        'impressions', 'engagements', 'clicks', 'url_clicks', 'app_clicks', 'card_engagements', 'likes', 'retweets',
        'replies', 'follows', 'qualified_impressions', 'billed_engagements', 'video_total_views',
        'video_3s100pct_views', 'video_6s_views', 'video_15s_views', 'video_views_25', 'video_views_50',
        'video_views_75', 'video_views_100', 'video_cta_clicks', 'video_content_starts'
    ]) }}
{% endmacro %}

{# Web conversions, and the type of web event tag that brings each. #}
{% macro web_events() %}
    {{ return({
        'purchases': 'PURCHASE', 'sign_ups': 'SIGN_UP', 'site_visits': 'SITE_VISIT', 'downloads': 'DOWNLOAD',
        'custom': 'CUSTOM', 'add_to_carts': 'ADD_TO_CART', 'checkouts_initiated': 'CHECKOUT_INITIATED',
        'content_views': 'CONTENT_VIEW', 'payment_info_additions': 'ADDED_PAYMENT_INFO',
        'add_to_wishlists': 'ADD_TO_WISHLIST', 'searches': 'SEARCH', 'landing_page_views': none,
        'subscriptions': 'SUBSCRIBE'
    }) }}
{% endmacro %}

{# App conversions, and the type of app event tag that brings each. #}
{% macro app_events() %}
    {{ return({
        'spent_credits': 'SPENT_CREDITS', 'installs': 'INSTALL', 'content_views': 'CONTENT_VIEW',
        'add_to_wishlists': 'ADD_TO_WISHLIST', 'checkouts_initiated': 'CHECKOUT_INITIATED',
        'reservations': 'RESERVATION', 'tutorials_completed': 'TUTORIAL_COMPLETE',
        'achievements_unlocked': 'ACHIEVEMENT_UNLOCKED', 'searches': 'SEARCH', 'add_to_carts': 'ADD_TO_CART',
        'payment_info_additions': 'ADDED_PAYMENT_INFO', 're_engages': 'RE_ENGAGE', 'shares': 'SHARE', 'rates': 'RATED',
        'logins': 'LOGIN', 'updates': 'UPDATE', 'levels_achieved': 'LEVEL_ACHIEVED', 'invites': 'INVITE',
        'key_page_views': none, 'downloads': none, 'purchases': 'PURCHASE', 'sign_ups': 'SIGN_UP',
        'site_visits': none, 'installs_skan': none, 'purchases_skan': none
    }) }}
{% endmacro %}

{# App conversions whose value over the lifetime of a customer X reports, too. #}
{% macro lifetime_events() %}
    {{ return([
        'purchases', 'sign_ups', 'updates', 'tutorials_completed', 'reservations', 'add_to_carts', 'add_to_wishlists',
        'checkouts_initiated', 'levels_achieved', 'achievements_unlocked', 'shares', 'invites',
        'payment_info_additions', 'spent_credits', 'rates', 'content_views', 'logins', 'searches'
    ]) }}
{% endmacro %}

{# Columns of conversions in rows: who counted them, event, how it was won, and the columns of count, pieces and value.

   Web conversions come split by how they were won, in all three columns. App conversions are split in their counts
   only, those of a lifetime not at all: what is not split stands in a row of its own, so that sums are right. #}
{% macro conversion_parts() %}
    {% set parts = [] %}
    {% for event in x_ads.web_events() %}
        {% set stem = 'conversion_' ~ event %}
        {% do parts.append(['WEB', event, 'POST_VIEW', stem ~ '_post_view', stem ~ '_order_quantity_view', stem ~ '_sale_amount_view']) %}
        {% do parts.append(['WEB', event, 'POST_ENGAGEMENT', stem ~ '_post_engagement', stem ~ '_order_quantity_engagement', stem ~ '_sale_amount_engagement']) %}
        {% do parts.append(['WEB', event, 'ASSISTED', stem ~ '_assisted', none, none]) %}
    {% endfor %}
    {% for event in x_ads.app_events() %}
        {% set stem = 'mobile_conversion_' ~ event %}
        {% do parts.append(['APP', event, 'POST_VIEW', stem ~ '_post_view', none, none]) %}
        {% do parts.append(['APP', event, 'POST_ENGAGEMENT', stem ~ '_post_engagement', none, none]) %}
        {% if event not in ('key_page_views', 'installs_skan', 'purchases_skan') %}
            {% do parts.append(['APP', event, 'ASSISTED', stem ~ '_assisted', none, none]) %}
            {% do parts.append(['APP', event, 'NOT_SPLIT', none, stem ~ '_order_quantity', stem ~ '_sale_amount']) %}
        {% endif %}
    {% endfor %}
    {% for event in x_ads.lifetime_events() %}
        {% set stem = 'lifetime_value_' ~ event %}
        {% do parts.append(['LIFETIME', event, 'NOT_SPLIT', stem ~ '_metric', stem ~ '_order_quantity', stem ~ '_sale_amount']) %}
    {% endfor %}
    {{ return(parts) }}
{% endmacro %}

{# All columns that conversions need. #}
{% macro conversion_columns() %}
    {% set columns = [] %}
    {% for event in x_ads.web_events() %}
        {% do columns.append('conversion_' ~ event ~ '_metric') %}
        {% do columns.append('conversion_' ~ event ~ '_sale_amount') %}
    {% endfor %}
    {% for part in x_ads.conversion_parts() %}
        {% for column in part[3:] if column %}
            {% do columns.append(column) %}
        {% endfor %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}
