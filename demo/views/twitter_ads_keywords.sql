-- Figures by keyword, for the same package: needs a stream line_item_stats_by_keywords (docs/dbt.md).
-- Web conversions cannot be had by keyword: X reports none.
CREATE OR REPLACE VIEW twitter_ads.line_item_keywords_report AS
SELECT
    s._sdc_batched_at AS _fivetran_synced,
    s.account_id,
    s.entity_id AS line_item_id,
    CAST(s.date AS timestamp) AS date,
    s.placement,
    COALESCE(s.segment_name, s.segment_value) AS segment,
    s.impressions,
    s.clicks,
    s.url_clicks,
    s.billed_charge_local_micro
FROM tap_twitter_ads_async.line_item_stats_by_keywords AS s
WHERE s.granularity = 'DAY';
