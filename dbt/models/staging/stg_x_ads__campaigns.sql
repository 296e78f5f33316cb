{{ x_ads.loaded('campaigns', {
    'account_id': 'text',
    'id': 'text',
    'name': 'text',
    'funding_instrument_id': 'text',
    'entity_status': 'text',
    'effective_status': 'text',
    'budget_optimization': 'text',
    'daily_budget_amount_local_micro': 'integer',
    'total_budget_amount_local_micro': 'integer',
    'currency': 'text',
    'start_time': 'moment',
    'end_time': 'moment',
    'created_at': 'moment',
    'updated_at': 'moment',
    'deleted': 'boolean'
}) }}
