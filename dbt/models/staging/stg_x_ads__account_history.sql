{{ x_ads.loaded('account_history', {
    'account_id': 'text',
    'entity': 'text',
    'entity_id': 'text',
    'change_time': 'moment',
    'change_id': 'text',
    'change_type': 'text',
    'entity_data': 'json'
}) }}
