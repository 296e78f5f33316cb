-- Links in posts, one row per link, for the same package; in Snowflake's VARIANT.
CREATE OR REPLACE VIEW twitter_ads.tweet_url AS
SELECT
    t._sdc_batched_at AS _fivetran_synced,
    t.tweet_id,
    link.index AS index,
    link.value:url::varchar AS url,
    link.value:expanded_url::varchar AS expanded_url,
    link.value:display_url::varchar AS display_url,
    TO_JSON(link.value:indices) AS indices
FROM (
    SELECT
        tweets.*,
        ROW_NUMBER() OVER (PARTITION BY tweets.tweet_id ORDER BY tweets.account_id) AS twin
    FROM tap_twitter_ads_async.tweets
) AS t,
LATERAL FLATTEN(input => t.entities:urls) AS link
WHERE t.twin = 1;
