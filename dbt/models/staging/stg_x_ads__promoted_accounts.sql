{{ x_ads.loaded('promoted_accounts', {
    'account_id': 'text',
    'id': 'text',
    'line_item_id': 'text',
    'user_id': 'text',
    'entity_status': 'text',
    'approval_status': 'text',
    'created_at': 'moment',
    'updated_at': 'moment',
    'deleted': 'boolean'
}) }}
