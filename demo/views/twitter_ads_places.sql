-- Figures by country and by region, for the same package: needs streams campaign_stats_by_locations and
-- campaign_stats_by_regions, and targeting_locations for the countries' names (docs/dbt.md).
-- Web conversions cannot be had by place: X reports none.
CREATE OR REPLACE VIEW twitter_ads.campaign_locations_report AS
SELECT
    s._sdc_batched_at AS _fivetran_synced,
    s.account_id,
    s.entity_id AS campaign_id,
    CAST(s.date AS timestamp) AS date,
    s.placement,
    s.segment_value AS segment,
    COALESCE(s.segment_name, s.segment_value) AS segment_name,
    s.impressions,
    s.clicks,
    s.url_clicks,
    s.billed_charge_local_micro
FROM tap_twitter_ads_async.campaign_stats_by_locations AS s
WHERE s.granularity = 'DAY';

CREATE OR REPLACE VIEW twitter_ads.campaign_regions_report AS
SELECT
    s._sdc_batched_at AS _fivetran_synced,
    s.account_id,
    s.entity_id AS campaign_id,
    CAST(s.date AS timestamp) AS date,
    s.placement,
    s.segment_value AS segment,
    COALESCE(s.segment_name, s.segment_value) AS segment_name,
    'COUNTRIES' AS location_type,
    COALESCE(l.name, s.country) AS location_name,
    s.impressions,
    s.clicks,
    s.url_clicks,
    s.billed_charge_local_micro
FROM tap_twitter_ads_async.campaign_stats_by_regions AS s
LEFT JOIN tap_twitter_ads_async.targeting_locations AS l ON l.country_code = s.country AND l.location_type = 'COUNTRIES'
WHERE s.granularity = 'DAY';
