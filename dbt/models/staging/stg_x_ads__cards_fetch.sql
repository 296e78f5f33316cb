{{ x_ads.loaded('cards_fetch', {
    'account_id': 'text',
    'card_uri': 'text',
    'name': 'text',
    'card_type': 'text',
    'title': 'text',
    'website_url': 'text',
    'website_dest_url': 'text',
    'created_at': 'moment',
    'updated_at': 'moment',
    'deleted': 'boolean'
}) }}
