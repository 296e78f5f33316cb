{{ x_ads.loaded('app_event_tags', {
    'account_id': 'text',
    'id': 'text',
    'provider_app_event_name': 'text',
    'conversion_type': 'text',
    'status': 'text',
    'app_store_identifier': 'text',
    'os_type': 'text',
    'post_view_attribution_window': 'integer',
    'post_engagement_attribution_window': 'integer',
    'created_at': 'moment',
    'updated_at': 'moment',
    'deleted': 'boolean'
}) }}
