{{ x_ads.loaded('cards', {
    'account_id': 'text',
    'id': 'text',
    'name': 'text',
    'card_uri': 'text',
    'card_type': 'text',
    'components': 'json',
    'slides': 'json',
    'title': 'text',
    'website_url': 'text',
    'website_dest_url': 'text',
    'created_at': 'moment',
    'updated_at': 'moment',
    'deleted': 'boolean'
}) }}
