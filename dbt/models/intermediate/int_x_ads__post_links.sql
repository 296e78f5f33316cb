-- Links in the text of posts.
select
    account_id,
    tweet_id,
    value as url,
    cast(row_number() over (partition by account_id, tweet_id order by min(position)) as bigint) as place
from ({{ x_ads.json_strings(ref('stg_x_ads__tweets'), ['account_id', 'tweet_id'], 'entities', '$.urls[*].expanded_url') }}) as links
group by account_id, tweet_id, value
