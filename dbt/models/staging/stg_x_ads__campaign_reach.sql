{{ x_ads.loaded('campaign_reach', {
    'account_id': 'text',
    'entity_id': 'text',
    'period': 'text',
    'start_time': 'moment',
    'end_time': 'moment',
    'date': 'date',
    'total_audience_reach': 'integer',
    'average_frequency': 'number',
    'complete': 'boolean'
}) }}
