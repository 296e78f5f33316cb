{{ x_ads.loaded('web_event_tags', {
    'account_id': 'text',
    'id': 'text',
    'name': 'text',
    'type': 'text',
    'status': 'text',
    'click_window': 'integer',
    'view_through_window': 'integer',
    'deleted': 'boolean'
}) }}
