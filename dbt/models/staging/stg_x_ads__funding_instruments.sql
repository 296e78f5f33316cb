{{ x_ads.loaded('funding_instruments', {
    'account_id': 'text',
    'id': 'text',
    'type': 'text',
    'description': 'text',
    'currency': 'text',
    'entity_status': 'text',
    'credit_limit_local_micro': 'integer',
    'credit_remaining_local_micro': 'integer',
    'funded_amount_local_micro': 'integer',
    'start_time': 'moment',
    'end_time': 'moment',
    'created_at': 'moment',
    'updated_at': 'moment',
    'deleted': 'boolean'
}) }}
