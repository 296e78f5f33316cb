-- Links in posts, one row per link, for the same package; in DuckDB's JSON.
CREATE OR REPLACE VIEW twitter_ads.tweet_url AS
SELECT
    t._sdc_batched_at AS _fivetran_synced,
    t.tweet_id,
    CAST(link.key AS bigint) AS index,
    link.value ->> 'url' AS url,
    link.value ->> 'expanded_url' AS expanded_url,
    link.value ->> 'display_url' AS display_url,
    CAST(link.value -> 'indices' AS varchar) AS indices
FROM (
    SELECT
        tweets.*,
        ROW_NUMBER() OVER (PARTITION BY tweets.tweet_id ORDER BY tweets.account_id) AS twin
    FROM tap_twitter_ads_async.tweets
) AS t
CROSS JOIN JSON_EACH(t.entities, '$.urls') AS link
WHERE t.twin = 1;
