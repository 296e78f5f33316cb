{{ x_ads.loaded('media_creatives', {
    'account_id': 'text',
    'id': 'text',
    'line_item_id': 'text',
    'account_media_id': 'text',
    'creative_type': 'text',
    'landing_url': 'text',
    'entity_status': 'text',
    'approval_status': 'text',
    'created_at': 'moment',
    'updated_at': 'moment',
    'deleted': 'boolean'
}) }}
