-- Links in posts, one row per link, for the same package; in PostgreSQL's JSON.
CREATE OR REPLACE VIEW twitter_ads.tweet_url AS
SELECT
    t._sdc_batched_at AS _fivetran_synced,
    t.tweet_id,
    CAST(link.number - 1 AS bigint) AS index,
    link.body ->> 'url' AS url,
    link.body ->> 'expanded_url' AS expanded_url,
    link.body ->> 'display_url' AS display_url,
    CAST(link.body -> 'indices' AS text) AS indices
FROM (
    SELECT
        tweets.*,
        ROW_NUMBER() OVER (PARTITION BY tweets.tweet_id ORDER BY tweets.account_id) AS twin
    FROM tap_twitter_ads_async.tweets
) AS t
CROSS JOIN LATERAL JSONB_ARRAY_ELEMENTS(t.entities -> 'urls') WITH ORDINALITY AS link (body, number)
WHERE t.twin = 1;
