{{ x_ads.loaded('accounts', {
    'id': 'text',
    'name': 'text',
    'business_name': 'text',
    'timezone': 'text',
    'timezone_switch_at': 'moment',
    'industry_type': 'text',
    'approval_status': 'text',
    'created_at': 'moment',
    'updated_at': 'moment',
    'deleted': 'boolean'
}) }}
