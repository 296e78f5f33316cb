{{ x_ads.loaded('tweets', {
    'account_id': 'text',
    'tweet_id': 'text',
    'name': 'text',
    'full_text': 'text',
    'text': 'text',
    'lang': 'text',
    'card_uri': 'text',
    'entities': 'json',
    'created_at': 'moment'
}) }}
