-- The loaded tables under the names and columns that dbt packages for X Ads of another vendor read: schema twitter_ads.
-- docs/dbt.md tells how to use them, and why they are as they are.
-- The tables are looked for where Meltano has them loaded, in schema tap_twitter_ads_async; replace it if yours is another.
-- Every view's first column is the load time, which target-postgres and target-snowflake record. Where the loader records
-- none, leave those lines out.
CREATE SCHEMA IF NOT EXISTS twitter_ads;

-- Objects. The package keeps the newest of several versions; here each object has one, the present.

CREATE OR REPLACE VIEW twitter_ads.account_history AS
SELECT
    a._sdc_batched_at AS _fivetran_synced,
    a.id,
    a.name,
    a.business_id,
    a.business_name,
    a.industry_type,
    a.approval_status,
    a.timezone,
    a.timezone_switch_at,
    a.salt,
    a.created_at,
    a.updated_at,
    a.deleted
FROM tap_twitter_ads_async.accounts AS a;

CREATE OR REPLACE VIEW twitter_ads.campaign_history AS
SELECT
    c._sdc_batched_at AS _fivetran_synced,
    c.account_id,
    c.id,
    c.name,
    c.funding_instrument_id,
    c.entity_status,
    c.servable,
    c.standard_delivery,
    c.frequency_cap,
    c.duration_in_days,
    c.daily_budget_amount_local_micro,
    c.total_budget_amount_local_micro,
    c.currency,
    c.start_time,
    c.end_time,
    c.created_at,
    c.updated_at,
    c.deleted
FROM tap_twitter_ads_async.campaigns AS c;

CREATE OR REPLACE VIEW twitter_ads.line_item_history AS
SELECT
    l._sdc_batched_at AS _fivetran_synced,
    l.account_id,
    l.id,
    l.campaign_id,
    l.name,
    l.entity_status,
    l.objective,
    l.product_type,
    l.optimization,
    l.bid_type,
    l.bid_unit,
    l.charge_by,
    l.automatically_select_bid,
    l.bid_amount_local_micro,
    l.target_cpa_local_micro,
    l.total_budget_amount_local_micro,
    l.currency,
    l.advertiser_domain,
    l.advertiser_user_id,
    l.creative_source,
    l.primary_web_event_tag,
    l.start_time,
    l.end_time,
    l.created_at,
    l.updated_at,
    l.deleted
FROM tap_twitter_ads_async.line_items AS l;

CREATE OR REPLACE VIEW twitter_ads.promoted_tweet_history AS
SELECT
    p._sdc_batched_at AS _fivetran_synced,
    p.account_id,
    p.id,
    p.line_item_id,
    p.tweet_id,
    p.entity_status,
    p.approval_status,
    p.created_at,
    p.updated_at,
    p.deleted
FROM tap_twitter_ads_async.promoted_tweets AS p;

-- Two accounts that may promote the same user's posts both list them; joined by the post alone, figures would double.
CREATE OR REPLACE VIEW twitter_ads.tweet AS
SELECT
    t._sdc_batched_at AS _fivetran_synced,
    t.account_id,
    t.tweet_id AS id,
    t.name,
    t.full_text,
    t.lang
FROM (
    SELECT
        tweets.*,
        ROW_NUMBER() OVER (PARTITION BY tweets.tweet_id ORDER BY tweets.account_id) AS twin
    FROM tap_twitter_ads_async.tweets
) AS t
WHERE t.twin = 1;

-- Figures: one row per entity, placement and day. `date` is the day in the account's time zone; hours and totals that a
-- change of the setting granularity may have left in the same table would count twice.

CREATE OR REPLACE VIEW twitter_ads.account_report AS
SELECT
    s._sdc_batched_at AS _fivetran_synced,
    s.account_id,
    CAST(s.date AS timestamp) AS date,
    s.placement,
    s.impressions,
    s.engagements,
    s.follows,
    s.likes,
    s.replies,
    s.retweets
FROM tap_twitter_ads_async.account_stats AS s
WHERE s.granularity = 'DAY';

CREATE OR REPLACE VIEW twitter_ads.campaign_report AS
SELECT
    s._sdc_batched_at AS _fivetran_synced,
    s.account_id,
    s.entity_id AS campaign_id,
    CAST(s.date AS timestamp) AS date,
    s.placement,
    s.impressions,
    s.clicks,
    s.url_clicks,
    s.billed_charge_local_micro,
    s.conversion_purchases_metric,
    s.conversion_purchases_sale_amount,
    s.conversion_sign_ups_metric,
    s.conversion_sign_ups_sale_amount,
    s.conversion_custom_metric,
    s.conversion_custom_sale_amount,
    s.mobile_conversion_payment_info_additions_post_view,
    s.mobile_conversion_payment_info_additions_post_engagement,
    s.mobile_conversion_payment_info_additions_assisted,
    s.mobile_conversion_payment_info_additions_sale_amount,
    s.mobile_conversion_add_to_wishlists_post_view,
    s.mobile_conversion_add_to_wishlists_post_engagement,
    s.mobile_conversion_add_to_wishlists_assisted,
    s.mobile_conversion_add_to_wishlists_sale_amount,
    s.mobile_conversion_add_to_carts_post_view,
    s.mobile_conversion_add_to_carts_post_engagement,
    s.mobile_conversion_add_to_carts_assisted,
    s.mobile_conversion_add_to_carts_sale_amount,
    s.mobile_conversion_checkouts_initiated_post_view,
    s.mobile_conversion_checkouts_initiated_post_engagement,
    s.mobile_conversion_checkouts_initiated_assisted,
    s.mobile_conversion_checkouts_initiated_sale_amount,
    s.mobile_conversion_searches_post_view,
    s.mobile_conversion_searches_post_engagement,
    s.mobile_conversion_searches_assisted,
    s.mobile_conversion_searches_sale_amount,
    s.mobile_conversion_content_views_post_view,
    s.mobile_conversion_content_views_post_engagement,
    s.mobile_conversion_content_views_assisted,
    s.mobile_conversion_content_views_sale_amount
FROM tap_twitter_ads_async.campaign_stats AS s
WHERE s.granularity = 'DAY';

CREATE OR REPLACE VIEW twitter_ads.line_item_report AS
SELECT
    s._sdc_batched_at AS _fivetran_synced,
    s.account_id,
    s.entity_id AS line_item_id,
    CAST(s.date AS timestamp) AS date,
    s.placement,
    s.impressions,
    s.clicks,
    s.url_clicks,
    s.billed_charge_local_micro,
    s.conversion_purchases_metric,
    s.conversion_purchases_sale_amount,
    s.conversion_sign_ups_metric,
    s.conversion_sign_ups_sale_amount,
    s.conversion_custom_metric,
    s.conversion_custom_sale_amount,
    s.mobile_conversion_payment_info_additions_post_view,
    s.mobile_conversion_payment_info_additions_post_engagement,
    s.mobile_conversion_payment_info_additions_assisted,
    s.mobile_conversion_payment_info_additions_sale_amount,
    s.mobile_conversion_add_to_wishlists_post_view,
    s.mobile_conversion_add_to_wishlists_post_engagement,
    s.mobile_conversion_add_to_wishlists_assisted,
    s.mobile_conversion_add_to_wishlists_sale_amount,
    s.mobile_conversion_add_to_carts_post_view,
    s.mobile_conversion_add_to_carts_post_engagement,
    s.mobile_conversion_add_to_carts_assisted,
    s.mobile_conversion_add_to_carts_sale_amount,
    s.mobile_conversion_checkouts_initiated_post_view,
    s.mobile_conversion_checkouts_initiated_post_engagement,
    s.mobile_conversion_checkouts_initiated_assisted,
    s.mobile_conversion_checkouts_initiated_sale_amount,
    s.mobile_conversion_searches_post_view,
    s.mobile_conversion_searches_post_engagement,
    s.mobile_conversion_searches_assisted,
    s.mobile_conversion_searches_sale_amount,
    s.mobile_conversion_content_views_post_view,
    s.mobile_conversion_content_views_post_engagement,
    s.mobile_conversion_content_views_assisted,
    s.mobile_conversion_content_views_sale_amount
FROM tap_twitter_ads_async.line_item_stats AS s
WHERE s.granularity = 'DAY';

CREATE OR REPLACE VIEW twitter_ads.promoted_tweet_report AS
SELECT
    s._sdc_batched_at AS _fivetran_synced,
    s.account_id,
    s.entity_id AS promoted_tweet_id,
    CAST(s.date AS timestamp) AS date,
    s.placement,
    s.impressions,
    s.clicks,
    s.url_clicks,
    s.billed_charge_local_micro,
    s.conversion_purchases_metric,
    s.conversion_purchases_sale_amount,
    s.conversion_sign_ups_metric,
    s.conversion_sign_ups_sale_amount,
    s.conversion_custom_metric,
    s.conversion_custom_sale_amount,
    s.mobile_conversion_payment_info_additions_post_view,
    s.mobile_conversion_payment_info_additions_post_engagement,
    s.mobile_conversion_payment_info_additions_assisted,
    s.mobile_conversion_payment_info_additions_sale_amount,
    s.mobile_conversion_add_to_wishlists_post_view,
    s.mobile_conversion_add_to_wishlists_post_engagement,
    s.mobile_conversion_add_to_wishlists_assisted,
    s.mobile_conversion_add_to_wishlists_sale_amount,
    s.mobile_conversion_add_to_carts_post_view,
    s.mobile_conversion_add_to_carts_post_engagement,
    s.mobile_conversion_add_to_carts_assisted,
    s.mobile_conversion_add_to_carts_sale_amount,
    s.mobile_conversion_checkouts_initiated_post_view,
    s.mobile_conversion_checkouts_initiated_post_engagement,
    s.mobile_conversion_checkouts_initiated_assisted,
    s.mobile_conversion_checkouts_initiated_sale_amount,
    s.mobile_conversion_searches_post_view,
    s.mobile_conversion_searches_post_engagement,
    s.mobile_conversion_searches_assisted,
    s.mobile_conversion_searches_sale_amount,
    s.mobile_conversion_content_views_post_view,
    s.mobile_conversion_content_views_post_engagement,
    s.mobile_conversion_content_views_assisted,
    s.mobile_conversion_content_views_sale_amount
FROM tap_twitter_ads_async.promoted_tweet_stats AS s
WHERE s.granularity = 'DAY';
