{{ x_ads.loaded('account_media', {
    'account_id': 'text',
    'id': 'text',
    'creative_type': 'text',
    'media_url': 'text',
    'video_id': 'text',
    'media_key': 'text',
    'created_at': 'moment',
    'updated_at': 'moment',
    'deleted': 'boolean'
}) }}
