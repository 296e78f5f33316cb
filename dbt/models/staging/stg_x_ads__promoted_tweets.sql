{{ x_ads.loaded('promoted_tweets', {
    'account_id': 'text',
    'id': 'text',
    'line_item_id': 'text',
    'tweet_id': 'text',
    'entity_status': 'text',
    'approval_status': 'text',
    'created_at': 'moment',
    'updated_at': 'moment',
    'deleted': 'boolean'
}) }}
